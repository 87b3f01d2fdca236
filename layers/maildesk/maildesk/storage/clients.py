"""How our clients ask AWS."""

from botocore.config import Config

# A name of our own is not put together anew for every request; our requests are typed, so that botocore need not check their shape.
CONFIG = Config(user_agent="maildesk", parameter_validation=False, connect_timeout=5, read_timeout=30)

"""What an operator sets. Fields that only a newer version of Maildesk knows are passed over where they are stored; what an
operator gives is held to the fields there are by `desk.operate`."""

from maildesk.settings.accounts import BUILT_IN, GRAPH_HOST, POLLED_APART, PORTS, Mailbox, MailboxDefaults, MailboxSettings, Sender
from maildesk.settings.desk import Autoresponse, Desk, Settings
from maildesk.settings.types import EmailAddress, Moment, Priority, Security

__all__ = [
    "BUILT_IN",
    "GRAPH_HOST",
    "POLLED_APART",
    "PORTS",
    "Autoresponse",
    "Desk",
    "EmailAddress",
    "Mailbox",
    "MailboxDefaults",
    "MailboxSettings",
    "Moment",
    "Priority",
    "Security",
    "Sender",
    "Settings",
]

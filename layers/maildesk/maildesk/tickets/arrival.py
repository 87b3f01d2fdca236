"""A mail as it arrives, and what is known when it does."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from maildesk.settings import Settings
from maildesk.tickets.joining import Candidate
from maildesk.tickets.records import Correspondent, Receipt, Ticket


class Arrival(Struct, frozen=True, kw_only=True):
    """One mail as it was fetched. `id` sorts by time and names what this mail adds to its ticket; `tried_before` is the
    receipt this run replaces, where the operator asked to try again;
    `expires_at`: when the bucket forgets the raw mail, and so should the receipt."""

    identity: str
    id: str
    mailbox: str
    raw_key: str
    size: int
    received_at: datetime
    now: datetime
    expires_at: datetime
    tried_before: Receipt | None = None
    header_only: bool = False


class Known(Struct, frozen=True, kw_only=True):
    """What is stored of what a mail may concern. `pointers`: the tickets it points at, strongest evidence first."""

    pointers: Sequence[Candidate] = ()
    tickets: Mapping[int, Ticket] = {}
    correspondent: Correspondent | None = None
    settings: Settings

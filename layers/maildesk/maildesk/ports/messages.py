"""What is handed on: the queues and the event bus carry keys and states, never mail text."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol

from msgspec import Struct

from maildesk.settings import Mailbox, MailboxSettings
from maildesk.tickets.records import owner


class Inbound(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A message of inbound.fifo: one fetched mail, by its keys. `broke_off`: why only its header was; `again`: the operator asked to
    process it once more."""

    mailbox: str
    identity: str
    conversation: str
    raw_key: str
    size: int
    received_at: datetime
    header_only: bool = False
    broke_off: bool = False
    again: int = 0


class OutboxKey(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A message of outbox.fifo."""

    ticket: int | None = None
    receipt: str | None = None
    id: str
    generation: int

    @property
    def owner(self) -> int | str:
        return owner(self.ticket, self.receipt)


class CheckRequest(Struct, frozen=True, kw_only=True):
    """A connection test for another function to carry out, or to look for the mail `message_id`.
    `password` None: the one stored for the mailbox."""

    mailbox: Mailbox
    password: str | None = None
    message_id: str | None = None

    def __repr__(self) -> str:
        return f"CheckRequest({self.mailbox.name})"


class Change(Struct, frozen=True, kw_only=True):
    """An item of the tickets table as it is now and as it was; `old` is empty where it is new. Values as text."""

    new: dict[str, str]
    old: dict[str, str]


class DeskEvent(Struct, frozen=True, kw_only=True):
    """Something other systems may act on. `detail` holds keys and states, never mail text."""

    type: Literal["TicketCreated", "MessageAdded", "TicketChanged", "DeliveryFailed"]
    detail: dict[str, str | int | None]


class Queues(Protocol):
    """Sending is batched; whatever the queue does not take raises TryAgain."""

    def poll(self, mailboxes: Sequence[MailboxSettings]) -> None:
        """Each in the queue of the function that polls its protocol."""

    def inbound(self, mails: Sequence[Inbound]) -> None: ...

    def outbox(self, items: Sequence[OutboxKey]) -> None: ...

    def delay(self, receipt_handle: str, seconds: int) -> None:
        """Hides a message of outbox.fifo this long; those behind it in its ticket wait too."""


class Events(Protocol):
    def tell(self, events: Sequence[DeskEvent]) -> None:
        """Raises TryAgain where the bus did not take them all."""

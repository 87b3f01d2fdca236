"""What Maildesk remembers. One struct per kind of item of the tickets table; times are aware UTC.

Every record names its key: the kind, then what tells it from others of its kind. A record with a `version`
is only ever replaced by the next version of what was read (optimistic locking).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar, Literal, TypeVar

from msgspec import Struct

from maildesk.settings import Priority

PUSHED_MAIL = "raw/ses/"
"""Where the raw copies of pushed mails are: whole, however large. Of fetched ones above a mailbox's size there is the header only."""

Key = tuple[str | int, ...]
Status = Literal["open", "pending", "closed"]
ReceiptState = Literal["done", "quarantined", "discarded"]
Outcome = Literal["new ticket", "joined", "automatic", "bounce", "unknown sender", "too large", "unreadable"]
OutboxState = Literal["queued", "waiting", "sent", "failed"]
Direction = Literal["in", "out", "note"]


class Person(Struct, frozen=True):
    name: str
    address: str


class StoredAttachment(Struct, frozen=True, kw_only=True):
    """Its bytes are in the bucket under `attachments/<sha256>`; `size` in bytes."""

    filename: str
    content_type: str
    size: int
    sha256: str
    inline: bool = False
    content_id: str | None = None


class Ticket(Struct, frozen=True, kw_only=True):
    """`thread` holds the Message-IDs an answer refers to: the first, and the latest few."""

    kind: ClassVar[str] = "ticket"
    number: int
    subject: str
    status: Status = "open"
    requester: Person
    collaborators: tuple[Person, ...] = ()
    assignee: str | None = None
    mailbox: str
    group: str | None = None
    ticket_type: str | None = None
    priority: Priority = "normal"
    thread: tuple[str, ...] = ()
    linked_to: int | None = None
    created_at: datetime
    updated_at: datetime
    version: int = 1

    @property
    def key(self) -> Key:
        return (self.kind, self.number)

    def includes(self, address: str) -> bool:
        """Whether this address takes part: the requester or a collaborator."""
        return any(person.address.lower() == address.lower() for person in (self.requester, *self.collaborators))


class Message(Struct, frozen=True, kw_only=True):
    """An entry of a ticket: mail in, answer out, or note. `text` is what its writer added; where `body_key` is set,
    text is its beginning and the whole, with HTML and quoted text, is in the bucket under that key."""

    kind: ClassVar[str] = "message"
    ticket: int
    id: str
    direction: Direction
    author: Person
    text: str
    full_text: str | None = None
    html: str | None = None
    body_key: str | None = None
    attachments: tuple[StoredAttachment, ...] = ()
    message_id: str | None = None
    receipt: str | None = None
    automatic: str | None = None
    created_at: datetime

    @property
    def key(self) -> Key:
        return (self.kind, self.ticket, self.id)


class MessageReference(Struct, frozen=True, kw_only=True):
    """Which ticket a Message-ID (RFC 5322 §3.6.4, without brackets) belongs to."""

    kind: ClassVar[str] = "message-id"
    message_id: str
    ticket: int

    @property
    def key(self) -> Key:
        return (self.kind, self.message_id)


class Receipt(Struct, frozen=True, kw_only=True):
    """What became of one fetched mail, and why, in words an operator understands."""

    kind: ClassVar[str] = "receipt"
    identity: str
    mailbox: str
    raw_key: str
    size: int
    state: ReceiptState
    outcome: Outcome
    reasons: tuple[str, ...] = ()
    ticket: int | None = None
    subject: str = ""
    sender: str = ""
    message_id: str | None = None
    received_at: datetime
    processed_at: datetime
    expires_at: datetime | None = None
    version: int = 1

    @property
    def key(self) -> Key:
        return (self.kind, self.identity)


class OutboxItem(Struct, frozen=True, kw_only=True):
    """One mail to be sent. An answer's text is that of its `message`; what nobody wrote carries its own. It belongs to a
    ticket, or to the receipt of a mail that made none.
    `generation` counts how often an operator sent it on its way; `attempts` how often that was tried; `left` are the
    addresses still to be reached, where the server took the mail for the others."""

    kind: ClassVar[str] = "outbox"
    ticket: int | None = None
    receipt: str | None = None
    id: str
    purpose: Literal["auto-response", "answer", "size notice"]
    state: OutboxState = "queued"
    mailbox: str
    to: tuple[Person, ...]
    cc: tuple[Person, ...] = ()
    subject: str
    text: str | None = None
    message: str | None = None
    message_id: str
    references: tuple[str, ...] = ()
    attempts: int = 0
    generation: int = 1
    left: tuple[str, ...] = ()
    last_error: str | None = None
    provider_id: str | None = None
    created_at: datetime
    sent_at: datetime | None = None
    version: int = 1

    @property
    def key(self) -> Key:
        return (self.kind, owner(self.ticket, self.receipt), self.id)


def owner(ticket: int | None, receipt: str | None) -> int | str:
    """What a mail to be sent belongs to: a ticket by its number, or a receipt by its identity."""
    assert ticket is not None or receipt is not None
    return receipt or "" if ticket is None else ticket


class Correspondent(Struct, frozen=True, kw_only=True):
    """An address outside that is known: it had a ticket, or was auto-answered. And when it was of late."""

    kind: ClassVar[str] = "correspondent"
    address: str
    autoresponses: tuple[datetime, ...] = ()
    version: int = 1

    @property
    def key(self) -> Key:
        return (self.kind, self.address)


Record = Ticket | Message | MessageReference | Receipt | OutboxItem | Correspondent


R = TypeVar("R", Ticket, Message, MessageReference, Receipt, OutboxItem, Correspondent)


class Found:
    """Records by key, as they were read together."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._records = {record.key: record for record in records}

    def one(self, shape: type[R], *ids: str | int) -> R | None:
        record = self._records.get((shape.kind, *ids))
        return record if isinstance(record, shape) else None


class Write(Struct, frozen=True):
    """`expects`: the version that must be stored now, 0 for "must not exist", None for "no matter"."""

    record: Record
    expects: int | None = 0


Plan = tuple[Write, ...]
"""Writes that happen together or not at all."""


def replacing(record: Ticket | Receipt | OutboxItem | Correspondent) -> Write:
    """Writes the next version of what was read as `record.version - 1`."""
    return Write(record, expects=record.version - 1)

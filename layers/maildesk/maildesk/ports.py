"""The few things the desk needs from outside. Adapters translate every failure into one of two:
`TryAgain` (it may work later) or `GiveUp` (it will not until somebody changes something).
Both carry one plain sentence for the operator, never a secret and never mail text.
The use cases own the retry policy; adapters never retry."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Literal, Protocol, Self

from msgspec import Struct

from maildesk.auth import SenderAuth
from maildesk.settings import Mailbox, Sender, Settings
from maildesk.tickets.records import Found, Key, Plan, Record

Cursor = dict[str, Any]
"""How far a mailbox has been read: small, JSON, understood by its adapter alone. The desk keeps one for each source."""


class TryAgain(Exception):  # noqa: N818
    """A failure that may pass: a time-out, a closed port, a server that is busy and may have said for how many `seconds`."""

    def __init__(self, sentence: str, seconds: float = 0) -> None:
        super().__init__(sentence)
        self.seconds = seconds


class GiveUp(Exception):  # noqa: N818
    """A failure that stays until somebody acts: a wrong password, a missing folder, an untrusted certificate."""


class SignInAgain(GiveUp):
    """A consent or a client that the provider no longer honours: no try will help before the operator gives a new one."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A mail on the server that is new to us. `size` in bytes as the server states it."""

    key: str
    size: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """`raw` holds the whole mail, or only its header where `header_only`. `received_at` is the server's date."""

    key: str
    raw: bytes
    received_at: datetime | None
    header_only: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a connection test."""

    name: str
    ok: bool
    detail: str
    milliseconds: int = 0


class MailboxConnection(Protocol):
    """An open mailbox. The order of a poll is list_new → fetch → (stored and queued) → finish → cursor_after saved."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: object) -> None: ...

    def list_new(self, cursor: Cursor | None) -> Sequence[Listed]:
        """Mails not yet read, oldest first, at most 10,000 at once; none that came before the mailbox's `not_before`.
        A cursor the server no longer honours (UIDVALIDITY changed) counts as none."""

    def fetch(self, mails: Sequence[Listed], max_size: int) -> Iterator[Fetched]:
        """Each mail in turn, without marking it read; above `max_size` bytes (0: no limit) its header only.
        A mail that vanished meanwhile is left out, and so is one of which only now is seen that it came before `not_before`;
        of one that the server cannot give, a stand-in says so (`header_only`)."""

    def finish(self, keys: Sequence[str]) -> None:
        """Do with these what the mailbox's `after_fetch` says: nothing, move, or delete. Safe to repeat."""

    def cursor_after(self, key: str) -> Cursor:
        """The cursor once `key` and all listed before it are done."""


class OpenMailbox(Protocol):
    def __call__(self, mailbox: Mailbox, password: str) -> MailboxConnection:
        """Connects and signs in. `password` is what Secrets Manager holds for the mailbox; to an adapter, an access token
        where `mailbox.auth` is not password. Raises TryAgain or GiveUp, SignInAgain among it."""


class CheckMailbox(Protocol):
    def __call__(self, mailbox: Mailbox, password: str) -> Iterator[Step]:
        """The whole connection test, from the host's name on, up to the first failure."""


@dataclass(frozen=True, slots=True)
class Login:
    """`password`: what Secrets Manager holds for `account`; to an adapter, an access token where `auth` is not password."""

    user: str
    password: str = field(repr=False)
    auth: SenderAuth = "password"
    account: str = ""

    def by(self, token: str) -> "Login":
        return replace(self, password=token)


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who a mail really goes to (RFC 5321): bounces go to `sender`."""

    sender: str
    recipients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """A recipient the server did not take, in its own words; `temporary` where it may later."""

    address: str
    words: str
    temporary: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """A mail at least one recipient of which was taken. `provider_id` is the provider's id or answer."""

    provider_id: str
    refused: tuple[Refused, ...] = ()


class SenderConnection(Protocol):
    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: object) -> None: ...

    def send(self, envelope: Envelope, mime: bytes) -> Sent:
        """Hands the mail over. TryAgain where no recipient was taken and one may be later; GiveUp where all were refused
        for good. The connection serves for further mails either way."""


class OpenSender(Protocol):
    def __call__(self, sender: Sender, login: Login | None) -> SenderConnection:
        """Connects and signs in where `login` is given. Raises TryAgain or GiveUp."""


class CheckSender(Protocol):
    def __call__(self, sender: Sender, login: Login | None) -> Iterator[Step]:
        """The whole connection test, up to the first failure; sends nothing."""


class Inbound(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A message of inbound.fifo: one fetched mail, by its keys. `again`: the operator asked to process it once more."""

    mailbox: str
    identity: str
    conversation: str
    raw_key: str
    size: int
    received_at: datetime
    header_only: bool = False
    again: int = 0


class OutboxKey(Struct, frozen=True, kw_only=True):
    """A message of outbox.fifo."""

    ticket: int
    id: str
    generation: int


@dataclass(frozen=True, slots=True)
class Page:
    """`next`: hand it in as `after` for the following page; None at the end."""

    records: list[Record]
    next: str | None


class Progress(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`taken`: mails of `day`, in UTC. `left`: mails that are listed and not yet read; a server may hold more than it lists at once.
    `imported`: mails of the first import while that goes on."""

    day: date
    taken: int = 0
    left: int = 0
    imported: int | None = 0


class MailboxState(Struct, frozen=True, kw_only=True):
    """How a mailbox does. `failures` counts in a row; `last_error` is a sentence for the operator."""

    name: str
    cursor: Cursor | None = None
    lease_until: datetime | None = None
    next_poll_at: datetime | None = None
    last_polled_at: datetime | None = None
    last_success_at: datetime | None = None
    last_error: str | None = None
    last_error_at: datetime | None = None
    failures: int = 0
    progress: Progress | None = None


class Store(Protocol):
    """The tickets table."""

    def fetch(self, keys: Iterable[Key]) -> Found:
        """What is stored under these keys, read consistently, as many at once as possible."""

    def commit(self, plans: Sequence[Plan]) -> list[bool]:
        """Carries out each plan wholly or not at all. False: something it expected had changed meanwhile."""

    def next_numbers(self, count: int) -> range:
        """That many ticket numbers nobody else gets."""

    def thread(self, ticket: int) -> list[Record]:
        """A ticket's messages and outbox items, oldest first; empty where there is none."""

    def tickets(self, status: str, limit: int, after: str | None) -> Page:
        """Tickets of this status, the latest change first."""

    def receipts(self, state: str, limit: int, after: str | None) -> Page:
        """Receipts of this state, the latest first."""

    def outbox(self, state: str, limit: int, after: str | None) -> Page:
        """Outbox items of this state, the latest first."""


class Bucket(Protocol):
    """Raw mail under `raw/`, long bodies under `bodies/`, attachments under `attachments/`."""

    def put(self, key: str, content: bytes) -> None: ...

    def get(self, key: str) -> bytes:
        """Raises GiveUp where there is no such object (any more)."""


class Queues(Protocol):
    """Sending is batched; whatever the queue does not take raises TryAgain."""

    def poll(self, mailboxes: Sequence[str]) -> None: ...

    def inbound(self, mails: Sequence[Inbound]) -> None: ...

    def outbox(self, items: Sequence[OutboxKey]) -> None: ...

    def delay(self, receipt_handle: str, seconds: int) -> None:
        """Hides a message of outbox.fifo this long; those behind it in its ticket wait too."""


class DeskEvent(Struct, frozen=True, kw_only=True):
    """Something other systems may act on. `detail` holds keys and states, never mail text."""

    type: Literal["TicketCreated", "MessageAdded", "TicketChanged", "DeliveryFailed"]
    detail: dict[str, str | int | None]


class Change(Struct, frozen=True, kw_only=True):
    """An item of the tickets table as it is now and as it was; `old` is empty where it is new. Values as text."""

    new: dict[str, str]
    old: dict[str, str]


class Events(Protocol):
    def tell(self, events: Sequence[DeskEvent]) -> None:
        """Raises TryAgain where the bus did not take them all."""


class Secrets(Protocol):
    """Secrets Manager. Names are `mailbox/<name>` and `sender/<name>`."""

    def get(self, name: str) -> str | None:
        """Remembered while the process lives."""

    def forget(self, name: str) -> None:
        """Reads it anew next time: what was remembered turned out wrong."""

    def put(self, name: str, value: str) -> None: ...

    def delete(self, name: str) -> None: ...

    def token_keys(self) -> tuple[bytes, ...]:
        """The keys of our reply tokens, the current one first."""


class SettingsStore(Protocol):
    """The settings table."""

    def load(self) -> Settings:
        """Everything an operator set; at most a minute old."""

    def fresh(self) -> Settings:
        """Everything an operator set, as it is now."""

    def save(self, before: Settings, after: Settings) -> None:
        """Writes what differs between the two and leaves the rest, so that two operators at work do not undo each other's
        changes; drops the cache."""


class MailboxStates(Protocol):
    """The sync states in the settings table. A lease keeps two polls of one mailbox apart and expires by itself."""

    def due(self, now: datetime) -> list[str]:
        """Active mailboxes whose next poll has come."""

    def get(self, name: str) -> MailboxState | None: ...

    def take_lease(self, name: str, owner: str, now: datetime, until: datetime, next_poll_at: datetime) -> MailboxState | None:
        """The state, now leased to `owner`; None while another holds it, or where it is not due (any more)."""

    def save_cursor(self, name: str, owner: str, cursor: Cursor, until: datetime, progress: Progress | None = None) -> None:
        """Saves how far the poll got and renews the lease. Raises TryAgain where the lease was lost."""

    def release(
        self, name: str, owner: str, *, next_poll_at: datetime | None, now: datetime, error: str | None, progress: Progress | None = None
    ) -> None:
        """Ends the lease and notes how the poll went: `error` None for well, else the sentence. `next_poll_at` None: not at all.
        Raises TryAgain where the lease was lost."""

    def schedule(self, name: str, next_poll_at: datetime | None) -> None:
        """When to poll next; None: not at all. Makes the state where there is none."""

    def delete(self, name: str) -> None: ...


Clock = Callable[[], datetime]

"""What is kept: tickets, settings, sync states, mail, secrets."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from msgspec import Struct

from maildesk.ports.accounts import Cursor
from maildesk.settings import Settings
from maildesk.tickets.records import Found, Key, Plan, Record


@dataclass(frozen=True, slots=True)
class Page:
    """`next`: hand it in as `after` for the following page; None at the end."""

    records: list[Record]
    next: str | None


class Progress(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`taken`: mails of `day`, in UTC. `left`: new mails known to wait on the server.
    `imported`: mails of the first import while that goes on."""

    day: date
    taken: int = 0
    left: int = 0
    imported: int | None = 0


class BrokeOff(Struct, frozen=True):
    """Where polls of a folder broke off: at the batch that begins with the mail `key`, so many `times` in a row."""

    key: str
    times: int


class MailboxState(Struct, frozen=True, kw_only=True):
    """How a mailbox does. `failures` counts in a row; `last_error` is a sentence for the operator; `broke_off` goes by source."""

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
    broke_off: dict[str, BrokeOff] | None = None


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
    """Raw mail under `raw/`, long bodies under `bodies/`, attachments under `attachments/`, and under `known/<mailbox>/` what of
    how far a mailbox was read is too large for a cursor."""

    def put(self, key: str, content: bytes) -> None: ...

    def put_parts(self, key: str, parts: Iterable[bytes]) -> None:
        """One object, of which a few parts are held at a time. It is there once all are read; where reading them fails, nothing is."""

    def get(self, key: str, most: int | None = None) -> bytes:
        """At most its first `most` bytes. Raises GiveUp where there is no such object (any more)."""

    def delete_below(self, prefix: str) -> None: ...


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
        """Saves how far the poll got and renews the lease. Raises LeaseLost where the lease was lost."""

    def release(
        self,
        name: str,
        owner: str,
        *,
        next_poll_at: datetime | None,
        now: datetime,
        error: str | None,
        progress: Progress | None = None,
        broke_off: dict[str, BrokeOff] | None = None,
    ) -> None:
        """Ends the lease and notes how the poll went: `error` None for well, else the sentence. `next_poll_at` None: not at all.
        Raises LeaseLost where the lease was lost."""

    def schedule(self, name: str, next_poll_at: datetime | None) -> None:
        """When to poll next; None: not at all. Makes the state where there is none."""

    def delete(self, name: str) -> None: ...


Clock = Callable[[], datetime]

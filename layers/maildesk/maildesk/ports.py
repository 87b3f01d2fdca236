"""The few things the desk needs from outside. Adapters translate every failure into one of two:
`TryAgain` (it may work later) or `GiveUp` (it will not until somebody changes something).
Both carry one plain sentence for the operator, never a secret and never mail text.
The use cases own the retry policy; adapters never retry."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, Self

from maildesk.settings import Mailbox, Sender

Cursor = dict[str, Any]
"""How far a mailbox has been read: small, JSON, understood by its adapter alone."""


class TryAgain(Exception):  # noqa: N818: named for what to do
    """A failure that may pass: a time-out, a closed port, a server that is busy."""


class GiveUp(Exception):  # noqa: N818
    """A failure that stays until somebody acts: a wrong password, a missing folder, an untrusted certificate."""


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
        """Mails not yet read, oldest first. A cursor the server no longer honours (UIDVALIDITY changed) counts as none."""

    def fetch(self, mails: Sequence[Listed], max_size: int) -> Iterator[Fetched]:
        """Each mail in turn, without marking it read; above `max_size` bytes (0: no limit) its header only.
        A mail that vanished meanwhile is left out."""

    def finish(self, keys: Sequence[str]) -> None:
        """Do with these what the mailbox's `after_fetch` says: nothing, move, or delete. Safe to repeat."""

    def cursor_after(self, key: str) -> Cursor:
        """The cursor once `key` and all listed before it are done."""

    def check(self) -> Iterator[Step]:
        """The connection test: signed in already, looks at folder, archive folder, counts and capabilities."""


class OpenMailbox(Protocol):
    def __call__(self, mailbox: Mailbox, password: str) -> MailboxConnection:
        """Connects and signs in. Raises TryAgain or GiveUp."""


@dataclass(frozen=True, slots=True)
class Login:
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who a mail really goes to (RFC 5321): `sender` is empty for automatic mail, so that it never bounces back."""

    sender: str
    recipients: tuple[str, ...]


class SenderConnection(Protocol):
    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: object) -> None: ...

    def send(self, envelope: Envelope, mime: bytes) -> str:
        """Hands the mail over; returns the provider's id or answer. TryAgain where no recipient was taken and it may
        work later; GiveUp where it was refused for good."""


class OpenSender(Protocol):
    def __call__(self, sender: Sender, login: Login | None) -> SenderConnection:
        """Connects and signs in where `login` is given. Raises TryAgain or GiveUp."""

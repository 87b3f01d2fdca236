"""Mail accounts: where mail comes from, and where it leaves."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol, Self

from maildesk.ports.checks import Step
from maildesk.settings import Mailbox, Sender
from maildesk.settings.auth import SenderAuth

Cursor = dict[str, Any]
"""How far a mailbox has been read: small, JSON, understood by its adapter alone. The desk keeps one for each source."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A mail on the server that is new to us. `size` in bytes as the server states it."""

    key: str
    size: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """`raw` holds the whole mail, or only its header where `header_only`; of a mail too large to be held, its first part, which `rest`
    follows: to be read once, before the next mail is asked for. `received_at` is the server's date."""

    key: str
    raw: bytes
    received_at: datetime | None
    header_only: bool = False
    rest: Iterable[bytes] = ()


class MailboxConnection(Protocol):
    """An open mailbox. The order of a poll is list_new → fetch → (stored and queued) → finish → cursor_after saved."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: object) -> None: ...

    def list_new(self, cursor: Cursor | None) -> Sequence[Listed]:
        """Mails not yet read, oldest first, at most 10,000 at once; none that came before the mailbox's `not_before`.
        A cursor the server no longer honours (UIDVALIDITY changed) counts as none."""

    def more(self) -> int:
        """How many mails were new beyond those listed last, as far as that is known without asking."""

    def fetch(self, mails: Sequence[Listed], max_size: int) -> Iterator[Fetched]:
        """Each mail in turn, without marking it read; above `max_size` bytes (0: no limit) its header only.
        A mail that vanished meanwhile is left out, and so is one of which only now is seen that it came before `not_before`;
        of one that the server cannot give, a stand-in says so (`header_only`).
        Reading a `rest` raises Withheld where the server gives no more of it."""

    def finish(self, keys: Sequence[str]) -> None:
        """Do with these what the mailbox's `after_fetch` says: nothing, move, or delete. Safe to repeat."""

    def cursor_after(self, key: str) -> Cursor:
        """The cursor once `key` and all listed before it are done."""


class OpenMailbox(Protocol):
    def __call__(self, mailbox: Mailbox, password: str) -> AbstractContextManager[MailboxConnection]:
        """Connects and signs in. `password` is what Secrets Manager holds for the mailbox; to an adapter, an access token
        where `mailbox.auth` is not password. Raises TryAgain or GiveUp, SignInAgain among it."""


class CheckMailbox(Protocol):
    def __call__(self, mailbox: Mailbox, password: str) -> Iterator[Step]:
        """The whole connection test, from the host's name on, up to the first failure."""


class FindMail(Protocol):
    def __call__(self, mailbox: Mailbox, password: str, message_id: str) -> bool:
        """Whether this mail (its Message-ID without brackets) is in a folder that is read or archived to: told by asking for it,
        not by reading what is there. Raises TryAgain or GiveUp."""


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
    """A mail at least one recipient of which was taken. `provider_id` is the provider's id or answer;
    `message_id`, without brackets, what the provider put in place of the mail's own, if anything."""

    provider_id: str
    refused: tuple[Refused, ...] = ()
    message_id: str | None = None


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

"""What is new in a folder of Exchange, a page at a time: what of a page is to be read, and how far that has got."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Self

from maildesk.ports import Listed, TryAgain
from maildesk.settings import Mailbox

_EARLIEST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class New:
    """A mail that is new; `size` in bytes as the server states them, which are those of its store: near those of the mail."""

    key: str
    size: int
    received: datetime | None
    read: bool

    def is_wanted(self, mailbox: Mailbox) -> bool:
        if self.read and mailbox.only_unread:
            return False
        return not mailbox.not_before or self.received is None or self.received >= mailbox.not_before


@dataclass(frozen=True, slots=True)
class Page:
    """`start` asks the server for it, `following` for the next one. Of its mails those in `done`, by digest, have been read;
    `left` are those to be read, oldest first."""

    start: str = ""
    following: str = ""
    done: tuple[str, ...] = ()
    left: dict[str, New] = field(default_factory=dict)

    @classmethod
    def of(cls, start: str, following: str, done: tuple[str, ...], new: Iterable[New], mailbox: Mailbox) -> Self:
        wanted = [mail for mail in new if mail.is_wanted(mailbox) and digest(mail.key) not in done]
        oldest_first = sorted(wanted, key=lambda mail: mail.received or _EARLIEST)
        return cls(start, following, done, {mail.key: mail for mail in oldest_first})

    def listed(self) -> list[Listed]:
        return [Listed(mail.key, mail.size) for mail in self.left.values()]

    def after(self, key: str) -> tuple[str, tuple[str, ...]]:
        """Where to go on once `key` and all before it are read: what asks for that page, and what is done of it."""
        keys = list(self.left)
        read = keys[: keys.index(key) + 1]
        return (self.following, ()) if read == keys else (self.start, (*self.done, *map(digest, read)))


def digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=8).hexdigest()


class Course:
    """The pages of a folder by what leads to them. Those that lead in a circle would be read for ever."""

    def __init__(self, server: object) -> None:
        self._server = server
        self._walked = set[int]()

    def begin(self) -> None:
        self._walked.clear()

    def go_on_to(self, page: str) -> None:
        if hash(page) in self._walked:
            raise TryAgain(f"{self._server} lists the folder in a circle: a page leads back to an earlier one. Ask its administrator.")
        self._walked.add(hash(page))

"""How one poll of a mailbox goes: how far it has read, and what it met."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Self

from maildesk.desk.progress import all_read, begun, read
from maildesk.ports import Cursor, MailboxState, Progress
from maildesk.settings import Mailbox


@dataclass
class Turn:
    """`unfinished`: a folder has mail left; `stopped`: the operator wants no more of it; `broken`: what failed, failed for all folders;
    `read_well`: a folder could be read; `hopeless`: no try helps before the operator acts; `wanted_pause`: seconds the server asks for."""

    mailbox: Mailbox
    owner: str
    cursors: Cursor
    seconds_left: Callable[[], float]
    counted: Progress
    waiting: dict[str, int] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    unfinished: bool = False
    out_of_time: bool = False
    stopped: bool = False
    broken: bool = False
    read_well: bool = False
    hopeless: bool = False
    wanted_pause: float = 0

    @classmethod
    def begun(cls, mailbox: Mailbox, state: MailboxState, owner: str, today: date, seconds_left: Callable[[], float]) -> Self:
        cursors = _cursors(state, mailbox)
        return cls(mailbox, owner, cursors, seconds_left, begun(state.progress, today, anew=not cursors))

    def took(self, folder: Mailbox, mails: int, left: int, cursor: Cursor) -> None:
        self.cursors[folder.source] = cursor
        self.waiting[folder.source] = left
        self.counted = read(self.counted, mails, sum(self.waiting.values()))

    @property
    def ended(self) -> bool:
        """No other folder is to be read."""
        return self.broken or self.stopped or self.out_of_time

    @property
    def goes_on(self) -> bool:
        """There is more to do at once."""
        return self.unfinished and not self.broken and not self.stopped

    @property
    def progress(self) -> Progress | None:
        """None where it stays as it was saved last."""
        if self.failures:
            return None
        return self.counted if self.unfinished or self.stopped else all_read(self.counted)

    @property
    def error(self) -> str | None:
        if self.broken or len(self.failures) <= 1:
            return self.failures[-1] if self.failures else None
        return f"{self.failures[0]} Reading {len(self.failures) - 1} more of its folders failed, too."


def _cursors(state: MailboxState, mailbox: Mailbox) -> Cursor:
    """How far each folder of this very account has been read, by its source. An operator may have named another since, and a
    poll that ran meanwhile may have saved its cursors after that."""
    sources = {folder.source for folder in mailbox.each_folder}
    return {source: cursor for source, cursor in (state.cursor or {}).items() if source in sources}

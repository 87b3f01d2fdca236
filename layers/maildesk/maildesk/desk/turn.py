"""How one poll of a mailbox goes: how far it has read, and what it met."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Self, TypeVar

from maildesk.desk.progress import all_read, begun, read
from maildesk.ports import BrokeOff, Cursor, Listed, MailboxState, Progress
from maildesk.settings import Mailbox

T = TypeVar("T")

SUSPECTED = 3
"""Polls in a row that break off at the same mail."""


@dataclass
class Turn:
    """`reached`: the folder at hand could be opened; `in_hand`: the first mail of the batch that is being taken in;
    `unfinished`: a folder has mail left; `stopped`: the operator wants no more of it; `broken`: what failed, failed for all folders;
    `read_well`: a folder could be read; `hopeless`: no try helps before the operator acts; `wanted_pause`: seconds the server asks for."""

    mailbox: Mailbox
    owner: str
    cursors: Cursor
    seconds_left: Callable[[], float]
    counted: Progress
    broke_off: dict[str, BrokeOff]
    reached: bool = False
    in_hand: Listed | None = None
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
        cursors = _by_source(state.cursor, mailbox)
        counted = begun(state.progress, today, anew=not cursors)
        return cls(mailbox, owner, cursors, seconds_left, counted, _by_source(state.broke_off, mailbox))

    def took(self, folder: Mailbox, mails: int, left: int, cursor: Cursor) -> None:
        self.cursors[folder.source] = cursor
        self.waiting[folder.source] = left
        self.counted = read(self.counted, mails, sum(self.waiting.values()))
        self.went_well(folder)

    def went_well(self, folder: Mailbox) -> None:
        self.in_hand = None
        self.broke_off.pop(folder.source, None)

    def batch_size(self, folder: Mailbox) -> int:
        """Where polls break off again and again, it shows at which mail."""
        before = self.broke_off.get(folder.source)
        return 1 if before and before.times >= SUSPECTED - 1 else folder.batch_size

    def breaks_off(self, folder: Mailbox) -> Listed | None:
        """Notes where. The mail, once it is suspected: then the batch in hand is that mail alone."""
        if self.in_hand is None:
            return None
        before = self.broke_off.get(folder.source)
        times = before.times + 1 if before and before.key == self.in_hand.key else 1
        self.broke_off[folder.source] = BrokeOff(self.in_hand.key, times)
        return self.in_hand if times >= SUSPECTED else None

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


def _by_source(known: Mapping[str, T] | None, mailbox: Mailbox) -> dict[str, T]:
    """What is known of each folder of this very account. An operator may have named another since, and a poll that ran meanwhile may
    have saved what it knew after that."""
    sources = {folder.source for folder in mailbox.each_folder}
    return {source: one for source, one in (known or {}).items() if source in sources}

"""A mail at which polls break off again and again, tried apart from the others: docs/decisions/0014-a-mail-that-breaks-polls-off.md."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from maildesk.desk.handing_over import STOP_BEFORE_END, HandingOver
from maildesk.ports import Cursor, Fetched, GiveUp, Listed, MailboxConnection, TryAgain
from maildesk.settings import Mailbox
from maildesk.telemetry import logger, whereabouts

_HEADER_ALONE = 1
"""Byte: more than that is too large."""

T = TypeVar("T")
Step = Callable[[MailboxConnection, Sequence[Listed]], T]
"""What is done over a connection of its own, where this is listed as new: on the last one, a server that broke off says no more."""


@dataclass
class Apart:
    """`cursor`: how far the folder has been read, up to the suspect. `taken_in`: it came, and nothing need stand for it."""

    opened: Callable[[], AbstractContextManager[MailboxConnection]]
    handing_over: HandingOver
    folder: Mailbox
    cursor: Cursor | None
    suspect: Listed
    taken_in: bool = False

    def past(self) -> Cursor | None:
        """The cursor after the suspect, once it came after all or its header stands for it: only where others come well, or where there
        is no other and its header comes. Else None: it may as well be the server or the network that ails."""
        others = self._tried(self._others)
        others_come = any(self._tried(partial(self._comes, other)) for other in others or ())
        if others is None or (others and not others_come):
            return None
        return next((cursor for step in self._steps(others_come) if (cursor := self._tried(step))), None)

    def _steps(self, others_come: bool) -> Iterator[Step[Cursor]]:
        yield self._whole
        if not self.taken_in:
            yield self._by_its_header
        if others_come:
            yield self._left_there if self.taken_in else self._by_words

    def _tried(self, step: Step[T]) -> T | None:
        try:
            self._check_time()
            with self.opened() as connection:
                listed = connection.list_new(self.cursor)
                if self.suspect.key not in {mail.key for mail in listed}:
                    return None
                return step(connection, listed)
        except Exception as error:
            why = str(error) if isinstance(error, TryAgain | GiveUp) else whereabouts(error)
            logger.warning("tried apart in vain", mailbox=self.folder.name, error=why)
            return None

    def _check_time(self) -> None:
        if self.handing_over.seconds_left() < STOP_BEFORE_END:
            raise TryAgain("The time is up.")

    def _others(self, _: MailboxConnection, listed: Sequence[Listed]) -> list[Listed]:
        """Near and far: bad mails come in rows."""
        others = [mail for mail in listed if mail.key != self.suspect.key]
        return [others[place] for place in sorted({0, len(others) // 2, len(others) - 1})] if others else []

    def _comes(self, mail: Listed, connection: MailboxConnection, _: Sequence[Listed]) -> bool:
        """Its own time to be passed by the cursor comes later: what is handed over twice is taken once."""
        self.handing_over.hand_over(connection, self.folder, [mail])
        return True

    def _whole(self, connection: MailboxConnection, _: Sequence[Listed]) -> Cursor:
        keys = self.handing_over.take_in(connection, self.folder, [self.suspect])
        self.taken_in = True
        connection.finish(keys)
        return connection.cursor_after(self.suspect.key)

    def _left_there(self, connection: MailboxConnection, _: Sequence[Listed]) -> Cursor:
        logger.warning("a mail that was taken in is left on the server, which broke off", mailbox=self.folder.name)
        return connection.cursor_after(self.suspect.key)

    def _by_its_header(self, connection: MailboxConnection, _: Sequence[Listed]) -> Cursor:
        for header in connection.fetch([self.suspect], _HEADER_ALONE):
            self.handing_over.stand_in(self.folder, header, self.suspect.size)
        return connection.cursor_after(self.suspect.key)

    def _by_words(self, connection: MailboxConnection, _: Sequence[Listed]) -> Cursor:
        key, size = self.suspect.key, self.suspect.size
        words = f"Subject: A mail at which the server breaks off\r\n\r\n{self.folder.folder}: {key}, {size} bytes\r\n"
        self.handing_over.stand_in(self.folder, Fetched(key, words.encode(), None, header_only=True), size)
        return connection.cursor_after(key)

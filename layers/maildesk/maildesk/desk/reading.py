"""One turn of a mailbox's new mail: folder by folder, batch by batch. Cursor last, so that nothing is lost."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from maildesk.desk.apart import Apart
from maildesk.desk.handing_over import STOP_BEFORE_END, HandingOver
from maildesk.desk.holding import held_together
from maildesk.desk.turn import Turn
from maildesk.ports import (
    Clock,
    Cursor,
    GiveUp,
    LeaseLost,
    Listed,
    MailboxConnection,
    MailboxStates,
    OpenMailbox,
    Secrets,
    SettingsStore,
    SignInAgain,
    TryAgain,
)
from maildesk.settings import Mailbox
from maildesk.telemetry import ALARM, logger, whereabouts

LEASE = timedelta(minutes=5)
"""As long as the function may run: a lease whose poll was killed ends by itself."""

TURN = timedelta(minutes=1)
"""How long a poll with work left goes on before it lets others have its place: docs/architecture.md, Turns. Its folders share it."""

LARGE_MAIL = 200.0
"""Seconds that must be left to begin a large mail after others."""

BATCH_BYTES = 20 * 1024 * 1024
"""A batch is held in memory at once; a single larger mail is a batch of its own."""


@dataclass(frozen=True)
class Reading:
    settings: SettingsStore
    states: MailboxStates
    secrets: Secrets
    open_mailbox: OpenMailbox
    handing_over: HandingOver
    clock: Clock
    turn: Turn

    def read(self) -> None:
        """What fails in a folder once it is reached is that folder's, and the next one is read; all else is the mailbox's."""
        turn = self.turn
        for folder in turn.mailbox.each_folder:
            turn.reached, turn.in_hand = False, None
            try:
                self._read_folder(folder)
                turn.read_well = True
            except Exception as error:
                self._note(error)
                turn.broken = not turn.reached or isinstance(error, LeaseLost) or turn.wanted_pause > 0
            if turn.ended:
                return

    def _read_folder(self, folder: Mailbox) -> None:
        try:
            with self._opened(folder) as connection:
                self.turn.reached = True
                self._read(folder, connection)
        except Exception as error:
            if not self._gets_past(folder, error):
                raise
            self._read_folder(folder)

    def _gets_past(self, folder: Mailbox, error: Exception) -> bool:
        """A mail at which poll after poll broke off: it came, or something stands for it."""
        if isinstance(error, SignInAgain) or getattr(error, "seconds", 0) > 0:
            return False
        suspect, cursor = self.turn.breaks_off(folder), self.turn.cursors.get(folder.source)
        if suspect is None:
            return False
        past = Apart(partial(self._opened, folder), self.handing_over, folder, cursor, suspect).past()
        if past is None:
            return False
        self.turn.read_well = True
        self._took(folder, [suspect], max(0, self.turn.waiting.get(folder.source, 0) - 1), past)
        return True

    def _opened(self, folder: Mailbox) -> AbstractContextManager[MailboxConnection]:
        password = self.secrets.get(f"mailbox/{folder.name}")
        if password is None:
            raise GiveUp(f"No password is stored for mailbox {folder.name}: give one with mailbox.put.")
        return self.open_mailbox(folder, password)

    def _read(self, folder: Mailbox, connection: MailboxConnection) -> None:
        turn = self.turn
        share_ends = self.clock() + TURN / len(turn.mailbox.each_folder)
        for number, (batch, left) in enumerate(_new(connection, turn.cursors, folder, turn.batch_size(folder))):
            turn.stopped = not self._is_wanted(folder.name)
            turn.out_of_time = turn.seconds_left() < _seconds_for(batch, turn)
            time_is_up = turn.out_of_time or (number > 0 and self.clock() >= share_ends)
            turn.unfinished |= time_is_up
            if time_is_up or turn.stopped:
                return
            turn.in_hand = batch[0]
            self.handing_over.hand_over(connection, folder, batch)
            self._took(folder, batch, left, connection.cursor_after(batch[-1].key))
        turn.went_well(folder)

    def _took(self, folder: Mailbox, batch: Sequence[Listed], left: int, cursor: Cursor) -> None:
        self.turn.took(folder, len(batch), left, cursor)
        self.states.save_cursor(folder.name, self.turn.owner, self.turn.cursors, self.clock() + LEASE, self.turn.counted)
        logger.info("taken in", mailbox=folder.name, mails=len(batch), left=left)

    def _is_wanted(self, name: str) -> bool:
        """Of what is remembered of the settings: at most a minute old."""
        settings = self.settings.load()
        mailbox = settings.mailbox(name)
        return mailbox is not None and mailbox.active and settings.desk.fetching_enabled

    def _note(self, error: Exception) -> None:
        turn, name = self.turn, self.turn.mailbox.name
        self.secrets.forget(f"mailbox/{name}")
        if isinstance(error, TryAgain | GiveUp):
            logger.warning("poll failed", mailbox=name, error=str(error))
            turn.failures.append(str(error))
        else:
            logger.error("poll broke off", mailbox=name, error=whereabouts(error))
            turn.failures.append(f"Maildesk met an error of its own ({type(error).__name__}); the log of its poll has the details.")
        turn.wanted_pause = getattr(error, "seconds", 0)
        if isinstance(error, SignInAgain):
            turn.hopeless = True
            logger.error(ALARM, mailbox=name)


def _seconds_for(batch: Sequence[Listed], turn: Turn) -> float:
    """Begun with what another folder left of the time, a large mail would be taken for one that never comes to an end."""
    late = batch[0].size > BATCH_BYTES and bool(turn.waiting)
    return LARGE_MAIL if late else STOP_BEFORE_END


def _new(connection: MailboxConnection, cursors: Cursor, folder: Mailbox, together: int) -> Iterator[tuple[list[Listed], int]]:
    """Batches, and how many new mails are known to come after each. Lists until nothing is new: a server may list only so many at once."""
    while listed := connection.list_new(cursors.get(folder.source)):
        left = len(listed) + connection.more()
        for batch in held_together(listed, BATCH_BYTES, together):
            left -= len(batch)
            yield batch, left

"""One mailbox's new mail: folder by folder, batch by batch. Cursor last, so that nothing is lost."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

from maildesk.desk.apart import Apart
from maildesk.desk.handing_over import STOP_BEFORE_END, HandingOver
from maildesk.desk.holding import held_together
from maildesk.desk.turn import Turn
from maildesk.ports import (
    Bucket,
    Clock,
    Cursor,
    GiveUp,
    LeaseLost,
    Listed,
    MailboxConnection,
    MailboxStates,
    OpenMailbox,
    Queues,
    Secrets,
    SettingsStore,
    SignInAgain,
    TryAgain,
)
from maildesk.settings import Mailbox, Settings
from maildesk.telemetry import ALARM, logger, whereabouts

LEASE = timedelta(minutes=5)
"""As long as the function may run: a lease whose poll was killed ends by itself."""

BACKOFF_MINUTES = (1, 2, 5, 10, 30, 60)
"""Minutes until the next try after the first, second, … failure in a row."""

TURN = timedelta(minutes=1)
"""How long a poll with work left goes on before it lets others have its place: docs/architecture.md, Turns. Its folders share it."""

LARGE_MAIL = 200.0
"""Seconds that must be left to begin a large mail after others."""

_BATCH_BYTES = 20 * 1024 * 1024
"""A batch is held in memory at once; a single larger mail is a batch of its own."""


@dataclass(frozen=True)
class Poller:
    settings: SettingsStore
    states: MailboxStates
    secrets: Secrets
    bucket: Bucket
    queues: Queues
    open_mailbox: OpenMailbox
    clock: Clock
    apart: Collection[str] = ()
    """Protocols that another function polls."""

    def poll(self, name: str, seconds_left: Callable[[], float]) -> None:
        """Polls a mailbox that is due, unless another poll holds its lease: of messages that piled up, the first does the work.
        Failures end up on the mailbox, not here."""
        settings = self._settings(name)
        mailbox = settings.mailbox(name)
        if mailbox is None or not settings.desk.fetching_enabled:
            return
        if not mailbox.polled:
            self.states.schedule(name, None)
            return
        if mailbox.protocol in self.apart:  # it has been changed since the message was sent
            self.queues.poll([mailbox])
            return
        owner, now = uuid4().hex, self.clock()
        state = self.states.take_lease(name, owner, now, now + LEASE, now + LEASE)
        if state is None:
            return
        turn = Turn.begun(mailbox, state, owner, now.date(), seconds_left)
        self._take(turn)
        now = self.clock()
        next_poll_at = self._next(turn, state.failures, now)
        with suppress(TryAgain):  # the lease was lost: whoever has it now tells how it goes
            self.states.release(
                name, owner, next_poll_at=next_poll_at, now=now, error=turn.error, progress=turn.progress, broke_off=turn.broke_off
            )
        if turn.goes_on:
            self.queues.poll([mailbox])

    def _settings(self, name: str) -> Settings:
        """Read anew where what is remembered knows nothing of an active mailbox that is polled here: it may have become one just now."""
        mailbox = self.settings.load().mailbox(name)
        return self.settings.load() if mailbox and mailbox.active and mailbox.protocol not in self.apart else self.settings.fresh()

    def _next(self, turn: Turn, failures: int, now: datetime) -> datetime | None:
        """A mailbox of which something could be read is polled as ever, and soon tries again what could not."""
        if turn.hopeless:
            return None
        if turn.goes_on:
            return now
        minutes = turn.mailbox.poll_every_minutes if turn.read_well else BACKOFF_MINUTES[min(failures, len(BACKOFF_MINUTES) - 1)]
        return now + max(timedelta(minutes=minutes), timedelta(seconds=turn.wanted_pause))

    def _take(self, turn: Turn) -> None:
        """What fails in a folder once it is reached is that folder's, and the next one is read; all else is the mailbox's."""
        for folder in turn.mailbox.each_folder:
            turn.reached, turn.in_hand = False, None
            try:
                self._take_from(turn, folder)
                turn.read_well = True
            except Exception as error:
                self._note(turn, error)
                turn.broken = not turn.reached or isinstance(error, LeaseLost) or turn.wanted_pause > 0
            if turn.ended:
                return

    def _take_from(self, turn: Turn, folder: Mailbox) -> None:
        try:
            with self._opened(folder) as connection:
                turn.reached = True
                self._read(turn, folder, connection)
        except Exception as error:
            if not self._gets_past(turn, folder, error):
                raise
            self._take_from(turn, folder)

    def _gets_past(self, turn: Turn, folder: Mailbox, error: Exception) -> bool:
        """A mail at which poll after poll broke off: it came, or something stands for it."""
        if isinstance(error, SignInAgain) or getattr(error, "seconds", 0) > 0:
            return False
        suspect, cursor = turn.breaks_off(folder), turn.cursors.get(folder.source)
        if suspect is None:
            return False
        past = Apart(partial(self._opened, folder), self._handing_over(turn), folder, cursor, suspect).past()
        if past is None:
            return False
        turn.read_well = True
        self._took(turn, folder, [suspect], max(0, turn.waiting.get(folder.source, 0) - 1), past)
        return True

    def _opened(self, folder: Mailbox) -> AbstractContextManager[MailboxConnection]:
        return self.open_mailbox(folder, self._password(folder.name))

    def _handing_over(self, turn: Turn) -> HandingOver:
        return HandingOver(self.bucket, self.queues, self.clock, turn.seconds_left)

    def _password(self, name: str) -> str:
        password = self.secrets.get(f"mailbox/{name}")
        if password is None:
            raise GiveUp(f"No password is stored for mailbox {name}: give one with mailbox.put.")
        return password

    def _read(self, turn: Turn, folder: Mailbox, connection: MailboxConnection) -> None:
        handing_over = self._handing_over(turn)
        share_ends = self.clock() + TURN / len(turn.mailbox.each_folder)
        for number, (batch, left) in enumerate(_new(connection, turn.cursors, folder, turn.batch_size(folder))):
            turn.stopped = not self._is_wanted(folder.name)
            turn.out_of_time = turn.seconds_left() < _seconds_for(batch, turn)
            time_is_up = turn.out_of_time or (number > 0 and self.clock() >= share_ends)
            turn.unfinished |= time_is_up
            if time_is_up or turn.stopped:
                return
            turn.in_hand = batch[0]
            handing_over.hand_over(connection, folder, batch)
            self._took(turn, folder, batch, left, connection.cursor_after(batch[-1].key))
        turn.went_well(folder)

    def _took(self, turn: Turn, folder: Mailbox, batch: Sequence[Listed], left: int, cursor: Cursor) -> None:
        turn.took(folder, len(batch), left, cursor)
        self.states.save_cursor(folder.name, turn.owner, turn.cursors, self.clock() + LEASE, turn.counted)
        logger.info("taken in", mailbox=folder.name, mails=len(batch), left=left)

    def _is_wanted(self, name: str) -> bool:
        """Of what is remembered of the settings: at most a minute old."""
        settings = self.settings.load()
        mailbox = settings.mailbox(name)
        return mailbox is not None and mailbox.active and settings.desk.fetching_enabled

    def _note(self, turn: Turn, error: Exception) -> None:
        name = turn.mailbox.name
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
    late = batch[0].size > _BATCH_BYTES and bool(turn.waiting)
    return LARGE_MAIL if late else STOP_BEFORE_END


def _new(connection: MailboxConnection, cursors: Cursor, folder: Mailbox, together: int) -> Iterator[tuple[list[Listed], int]]:
    """Batches, and how many new mails are known to come after each. Lists until nothing is new: a server may list only so many at once."""
    while listed := connection.list_new(cursors.get(folder.source)):
        left = len(listed) + connection.more()
        for batch in held_together(listed, _BATCH_BYTES, together):
            left -= len(batch)
            yield batch, left

"""One mailbox's new mail: to the bucket, to inbound.fifo, then off the server's hands. Cursor last, so that nothing is lost."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from maildesk.desk.handing_over import STOP_BEFORE_END, HandingOver
from maildesk.desk.holding import held_together
from maildesk.desk.progress import all_read, begun, read
from maildesk.ports import (
    Bucket,
    Clock,
    Cursor,
    GiveUp,
    Listed,
    MailboxConnection,
    MailboxState,
    MailboxStates,
    OpenMailbox,
    Progress,
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

    def poll(self, name: str, seconds_left: Callable[[], float]) -> None:
        """Polls a mailbox that is due, unless another poll holds its lease: of messages that piled up, the first does the work.
        Failures end up on the mailbox, not here."""
        settings = self._settings(name)
        mailbox = settings.mailbox(name)
        if mailbox is None or not settings.desk.fetching_enabled:
            return
        if not mailbox.active:
            self.states.schedule(name, None)
            return
        owner, now = uuid4().hex, self.clock()
        state = self.states.take_lease(name, owner, now, now + LEASE, now + LEASE)
        if state is None:
            return
        came = self._tried(mailbox, state, owner, seconds_left)
        minutes = BACKOFF_MINUTES[min(state.failures, len(BACKOFF_MINUTES) - 1)] if came.error else mailbox.poll_every_minutes
        now = self.clock()
        pause = max(timedelta(minutes=minutes), timedelta(seconds=came.wanted_pause))
        next_poll_at = None if came.hopeless else now if came.unfinished else now + pause
        with suppress(TryAgain):  # the lease was lost: whoever has it now tells how it goes
            self.states.release(name, owner, next_poll_at=next_poll_at, now=now, error=came.error, progress=came.progress)
        if came.unfinished:
            self.queues.poll([name])

    def _settings(self, name: str) -> Settings:
        """Read anew where what is remembered knows nothing of an active mailbox: it may have been started just now."""
        mailbox = self.settings.load().mailbox(name)
        return self.settings.load() if mailbox and mailbox.active else self.settings.fresh()

    def _tried(self, mailbox: Mailbox, state: MailboxState, owner: str, seconds_left: Callable[[], float]) -> "_Outcome":
        try:
            return self._take_in(mailbox, state, owner, seconds_left)
        except (TryAgain, GiveUp) as failure:
            self.secrets.forget(f"mailbox/{mailbox.name}")
            logger.warning("poll failed", mailbox=mailbox.name, error=str(failure))
            hopeless = isinstance(failure, SignInAgain)
            if hopeless:
                logger.error(ALARM, mailbox=mailbox.name)
            return _Outcome(str(failure), hopeless=hopeless, wanted_pause=getattr(failure, "seconds", 0))
        except Exception as error:
            logger.error("poll broke off", mailbox=mailbox.name, error=whereabouts(error))
            return _Outcome(f"Maildesk met an error of its own ({type(error).__name__}); the log of poll-mailbox has the details.")

    def _take_in(self, mailbox: Mailbox, state: MailboxState, owner: str, seconds_left: Callable[[], float]) -> "_Outcome":
        password = self.secrets.get(f"mailbox/{mailbox.name}")
        if password is None:
            raise GiveUp(f"No password is stored for mailbox {mailbox.name}: give one with mailbox.put.")
        cursors = _cursors(state, mailbox)
        handing_over = HandingOver(self.bucket, self.queues, self.clock, seconds_left)
        progress = begun(state.progress, self.clock().date(), anew=not cursors)
        for folder in mailbox.each_folder:
            with self.open_mailbox(folder, password) as connection:
                for batch, left in _new(connection, cursors, folder):
                    if seconds_left() < STOP_BEFORE_END:
                        return _Outcome(unfinished=True, progress=progress)
                    handing_over.hand_over(connection, folder, batch)
                    cursors[folder.source] = connection.cursor_after(batch[-1].key)
                    progress = read(progress, len(batch), left)
                    self.states.save_cursor(mailbox.name, owner, cursors, self.clock() + LEASE, progress)
                    logger.info("taken in", mailbox=mailbox.name, mails=len(batch), left=left)
        return _Outcome(progress=all_read(progress))


@dataclass(frozen=True, slots=True)
class _Outcome:
    """`error`: what went wrong, in a sentence; `hopeless`: and will again until the operator acts; `wanted_pause`: the seconds that
    the server asks for."""

    error: str | None = None
    unfinished: bool = False
    hopeless: bool = False
    wanted_pause: float = 0
    progress: Progress | None = None


def _cursors(state: MailboxState, mailbox: Mailbox) -> Cursor:
    """How far each folder of this very account has been read, by its source. An operator may have named another since, and a
    poll that ran meanwhile may have saved its cursors after that."""
    sources = {folder.source for folder in mailbox.each_folder}
    return {source: cursor for source, cursor in (state.cursor or {}).items() if source in sources}


def _new(connection: MailboxConnection, cursors: Cursor, folder: Mailbox) -> Iterator[tuple[list[Listed], int]]:
    """Batches, and how many new mails are known to come after each. Lists until nothing is new: a server may list only so many at once."""
    while listed := connection.list_new(cursors.get(folder.source)):
        left = len(listed) + connection.more()
        for batch in held_together(listed, _BATCH_BYTES, folder.batch_size):
            left -= len(batch)
            yield batch, left

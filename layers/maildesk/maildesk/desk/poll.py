"""When a mailbox is polled, and when again."""

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from maildesk.desk.handing_over import HandingOver
from maildesk.desk.reading import LEASE, Reading
from maildesk.desk.turn import Turn
from maildesk.ports import Bucket, Clock, MailboxStates, OpenMailbox, Queues, Secrets, SettingsStore, TryAgain
from maildesk.settings import Mailbox, Settings

BACKOFF_MINUTES = (1, 2, 5, 10, 30, 60)
"""Minutes until the next try after the first, second, … failure in a row."""


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
        mailbox = self._wanted(name)
        if mailbox is None:
            return
        owner, now = uuid4().hex, self.clock()
        state = self.states.take_lease(name, owner, now, now + LEASE, now + LEASE)
        if state is None:
            return
        turn = Turn.begun(mailbox, state, owner, now.date(), seconds_left)
        self._reading(turn).read()
        self._release(turn, state.failures)
        if turn.goes_on:
            self.queues.poll([mailbox])

    def _wanted(self, name: str) -> Mailbox | None:
        """None where it is not to be polled, or not by this function."""
        settings = self._settings(name)
        mailbox = settings.mailbox(name)
        if mailbox is None or not settings.desk.fetching_enabled:
            return None
        if not mailbox.polled:
            self.states.schedule(name, None)
            return None
        if mailbox.protocol in self.apart:  # it has been changed since the message was sent
            self.queues.poll([mailbox])
            return None
        return mailbox

    def _settings(self, name: str) -> Settings:
        """Read anew where what is remembered knows nothing of an active mailbox that is polled here: it may have become one just now."""
        mailbox = self.settings.load().mailbox(name)
        return self.settings.load() if mailbox and mailbox.active and mailbox.protocol not in self.apart else self.settings.fresh()

    def _reading(self, turn: Turn) -> Reading:
        handing_over = HandingOver(self.bucket, self.queues, self.clock, turn.seconds_left)
        return Reading(self.settings, self.states, self.secrets, self.open_mailbox, handing_over, self.clock, turn)

    def _release(self, turn: Turn, failures: int) -> None:
        name, owner, now = turn.mailbox.name, turn.owner, self.clock()
        next_poll_at = self._next(turn, failures, now)
        with suppress(TryAgain):  # the lease was lost: whoever has it now tells how it goes
            self.states.release(
                name, owner, next_poll_at=next_poll_at, now=now, error=turn.error, progress=turn.progress, broke_off=turn.broke_off
            )

    def _next(self, turn: Turn, failures: int, now: datetime) -> datetime | None:
        """A mailbox of which something could be read is polled as ever, and soon tries again what could not."""
        if turn.hopeless:
            return None
        if turn.goes_on:
            return now
        minutes = turn.mailbox.poll_every_minutes if turn.read_well else BACKOFF_MINUTES[min(failures, len(BACKOFF_MINUTES) - 1)]
        return now + max(timedelta(minutes=minutes), timedelta(seconds=turn.wanted_pause))

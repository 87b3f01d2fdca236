"""Once a minute: which mailboxes are due."""

from datetime import timedelta

from maildesk.desk.schedule import Scheduler
from maildesk.ports import MailboxState
from maildesk.settings import Desk
from tests.fakes import FixedClock, MemoryQueues, MemorySettings, MemoryStates
from tests.make import NOW, settings

STATES = (
    MailboxState(name="overdue", next_poll_at=NOW - timedelta(days=1)),
    MailboxState(name="due", next_poll_at=NOW),
    MailboxState(name="later", next_poll_at=NOW + timedelta(seconds=1)),
    MailboxState(name="stopped"),
)


def scheduled(*states, of=None):
    queues = MemoryQueues()
    count = Scheduler(MemorySettings(of or settings()), MemoryStates(*states), queues, FixedClock(NOW)).schedule()
    assert count == len(queues.polls)
    return queues.polls


def test_each_mailbox_that_is_due_is_polled():
    assert scheduled(*STATES) == ["overdue", "due"]


def test_nothing_is_due():
    assert scheduled(*STATES[2:]) == []


def test_fetching_can_be_switched_off_for_the_whole_desk():
    assert scheduled(*STATES, of=settings(desk=Desk(fetching_enabled=False))) == []

"""Once a minute: which mailboxes are due."""

from datetime import timedelta

from maildesk.desk.schedule import Scheduler
from maildesk.ports import MailboxState
from maildesk.settings import Desk
from tests.fakes import FixedClock, MemoryQueues, MemorySettings, MemoryStates
from tests.make import NOW, mailbox, settings

STATES = (
    MailboxState(name="overdue", next_poll_at=NOW - timedelta(days=1)),
    MailboxState(name="due", next_poll_at=NOW),
    MailboxState(name="later", next_poll_at=NOW + timedelta(seconds=1)),
    MailboxState(name="stopped"),
)


def scheduled(*states, of=None):
    queues = MemoryQueues()
    known = of or settings(mailboxes=tuple(mailbox(state.name) for state in STATES))
    count = Scheduler(MemorySettings(known), MemoryStates(*states), queues, FixedClock(NOW)).schedule()
    assert count == len(queues.polls)
    return queues.polls


def test_each_mailbox_that_is_due_is_polled():
    assert scheduled(*STATES) == ["overdue", "due"]


def test_nothing_is_due():
    assert scheduled(*STATES[2:]) == []


def test_fetching_can_be_switched_off_for_the_whole_desk():
    assert scheduled(*STATES, of=settings(desk=Desk(fetching_enabled=False))) == []


def test_a_mailbox_added_since_the_settings_were_read_is_polled_and_one_that_is_gone_is_not():
    store, queues = MemorySettings(settings()), MemoryQueues()
    store.load()
    store.stored = settings(mailboxes=(mailbox("due"),))
    assert Scheduler(store, MemoryStates(*STATES), queues, FixedClock(NOW)).schedule() == 1
    assert queues.polls == ["due"]


class Watched(tuple):
    """Counts how often it is gone through."""

    times = 0

    def __iter__(self):
        Watched.times += 1
        return super().__iter__()


def test_however_many_are_due_the_mailboxes_are_gone_through_but_once():
    names = [f"mailbox{number}" for number in range(100)]
    states = [MailboxState(name=name, next_poll_at=NOW) for name in names]
    assert scheduled(*states, of=settings(mailboxes=Watched(map(mailbox, names)))) == names
    assert Watched.times == 1

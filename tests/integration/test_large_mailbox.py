"""A mailbox of thirty thousand messages is imported in turns, and no other mailbox waits for it longer than a turn."""

from collections import Counter
from collections.abc import Iterator

import pytest

from local.mail.dovecot import Dovecot, missing
from maildesk.desk.operate.health import Health, health
from maildesk.desk.poll import Poller
from maildesk.desk.reading import TURN
from maildesk.mail.identity import fingerprint
from maildesk.mailboxes.imap.mailbox import open_imap
from maildesk.ports import MailboxState
from maildesk.settings import Settings
from tests.contracts.mailbox_contract import mail
from tests.fakes import FixedClock, MemoryBucket, MemoryQueues, MemorySecrets, MemorySettings, MemoryStates
from tests.make import NOW, mailbox
from tests.servers.accounts import PASSWORD

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))

MESSAGES = 30_000
BATCH, SECONDS_A_BATCH = 500, 4
A_TURN = 15 * BATCH
FULL, *OTHERS = NAMES = ("full", "anna", "ben", "cleo")


class OnePlace:
    """Four mailboxes, and one place for polls. Each batch takes its seconds, by a clock that nothing else moves. What waits is taken
    as from a fair queue: whoever has had the least of the place comes first."""

    def __init__(self, server: Dovecot) -> None:
        self.server, self.clock, self.queues = server, FixedClock(NOW), MemoryQueues()
        account = {"host": "127.0.0.1", "port": server.imap_port, "security": "none", "batch_size": BATCH}
        self.settings = Settings(mailboxes=tuple(mailbox(name, user=name, **account) for name in NAMES))
        self.states = MemoryStates(*(MailboxState(name=name) for name in NAMES))
        secrets = MemorySecrets(**{f"mailbox/{name}": PASSWORD for name in NAMES})
        save = self.states.save_cursor
        self.states.save_cursor = lambda *arguments: (save(*arguments), self.clock.wait(seconds=SECONDS_A_BATCH))
        self.poller = Poller(MemorySettings(self.settings), self.states, secrets, MemoryBucket(), self.queues, open_imap, self.clock)
        self.had: Counter[str] = Counter()
        self.came = iter(range(MESSAGES, 2 * MESSAGES))

    def mail_comes(self, name: str) -> None:
        self.server.deliver(name, mail(next(self.came)))
        self.due(name)

    def due(self, name: str) -> None:
        self.states.schedule(name, self.clock())
        self.queues.poll([self.settings.mailbox(name)])

    def poll_next(self) -> str:
        name, began = min(self.queues.polls, key=self.had.__getitem__), self.clock()
        self.queues.polls.remove(name)
        self.poller.poll(name, lambda: 300.0)
        self.had[name] += (self.clock() - began).total_seconds()
        assert self.clock() - began <= TURN
        return name

    def queued(self, name: str) -> list[str]:
        return [one.identity for one in self.queues.mails if one.mailbox == name]

    def told(self, name: str) -> Health:
        return health(self.settings.mailbox(name), self.states.get(name), self.settings, self.clock())


@pytest.fixture
def server(tmp_path) -> Iterator[Dovecot]:
    with Dovecot(tmp_path, dict.fromkeys(NAMES, PASSWORD)) as server:
        maildir = server.maildir(FULL)
        for number in range(MESSAGES):
            maildir.deliver(mail(number))
        yield server


def test_thirty_thousand_messages_come_in_turns_and_keep_nobody_waiting(server):
    desk = OnePlace(server)
    desk.due(FULL)
    for turn in range(1, MESSAGES // A_TURN + 1):
        assert desk.poll_next() == FULL
        left = MESSAGES - turn * A_TURN
        told = desk.told(FULL)
        assert (told.taken_today, told.backlog) == (turn * A_TURN, left)
        assert told.first_import == (f"{turn * A_TURN} mails read, {left} known to wait" if left else None)
        for other in OTHERS:
            desk.mail_comes(other)
        assert sorted(desk.poll_next() for _ in OTHERS) == OTHERS
        assert [len(desk.queued(other)) for other in OTHERS] == [turn] * 3
    assert desk.queues.polls == []
    assert desk.queued(FULL) == [fingerprint(mail(number)).identity for number in range(MESSAGES)]

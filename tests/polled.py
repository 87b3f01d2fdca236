"""A mailbox that is polled, over fakes."""

from maildesk.desk.poll import Poller
from maildesk.mail.identity import fingerprint
from maildesk.ports import MailboxState
from maildesk.settings import Desk
from tests.fakes import FixedClock, MailServer, MemoryBucket, MemoryQueues, MemorySecrets, MemorySettings, MemoryStates
from tests.make import NOW, mailbox, settings


def raw(number):
    return f"Message-ID: <{number}@customer.example>\r\nSubject: Mail {number}\r\n\r\nText {number}\r\n".encode()


def server(count=3):
    return MailServer({f"{number:03}": raw(number) for number in range(count)})


class Polled:
    """A mailbox `help`, due, on a server with three new mails."""

    def __init__(self, on=None, password="secret", desk=None, **of_mailbox):
        self.server, self.clock = on or server(), FixedClock(NOW)
        self.settings = MemorySettings(settings(mailboxes=(mailbox(**of_mailbox),), desk=desk or Desk()))
        self.states = MemoryStates(MailboxState(name="help", next_poll_at=NOW))
        self.secrets = MemorySecrets(**{"mailbox/help": password} if password else {})
        self.bucket, self.queues = MemoryBucket(), MemoryQueues()
        self.apart = ()

    def poll(self, seconds_left=lambda: 300.0):
        ports = (self.settings, self.states, self.secrets, self.bucket, self.queues, self.server.open, self.clock)
        Poller(*ports, apart=self.apart).poll("help", seconds_left)

    def poll_when_due(self):
        self.clock.wait(minutes=5)
        self.poll()

    @property
    def state(self):
        return self.states.get("help")

    @property
    def queued(self):
        return [mail.identity for mail in self.queues.mails]


def identities(on):
    return [fingerprint(mail).identity for mail in on.mails.values()]

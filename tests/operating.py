"""A desk in memory, and an operator who commands it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from maildesk.desk.operate.dispatch import answer
from maildesk.desk.operate.operator import Operator
from maildesk.ports import MailboxState
from maildesk.settings import Mailbox, Sender
from maildesk.tickets.records import Ticket
from tests.fakes import (
    FixedClock,
    MailServer,
    MemoryBucket,
    MemoryEvents,
    MemoryQueues,
    MemorySecrets,
    MemorySettings,
    MemoryStates,
    MemoryStore,
    PostOffice,
)

SUPPORT = {"name": "support", "address": "support@example.com", "host": "imap.example.com", "password": "of-the-mailbox"}
OUTGOING = {"name": "outgoing", "address": "support@example.com", "host": "smtp.example.com", "password": "of-the-sender"}


@dataclass
class MemoryDesk:
    settings: MemorySettings = field(default_factory=MemorySettings)
    states: MemoryStates = field(default_factory=MemoryStates)
    secrets: MemorySecrets = field(default_factory=MemorySecrets)
    store: MemoryStore = field(default_factory=MemoryStore)
    bucket: MemoryBucket = field(default_factory=MemoryBucket)
    queues: MemoryQueues = field(default_factory=MemoryQueues)
    events: MemoryEvents = field(default_factory=MemoryEvents)
    server: MailServer = field(default_factory=MailServer)
    office: PostOffice = field(default_factory=PostOffice)
    clock: FixedClock = field(default_factory=FixedClock)
    while_waiting: Callable[[], object] = lambda: None

    def operator(self) -> Operator:
        ports = self.settings, self.states, self.secrets, self.store, self.bucket, self.queues
        accounts = self.server.check, self.office.check, self.office.open, self.server.find
        return Operator(*ports, *accounts, self.clock, self.wait)

    def wait(self, seconds: float) -> None:
        self.clock.wait(seconds=seconds)
        self.while_waiting()

    def asked(self, command: str, **fields: Any) -> dict[str, Any]:
        event = json.loads(json.dumps({"command": command, **fields}))
        return json.loads(json.dumps(answer(self.operator(), event)))

    def do(self, command: str, **fields: Any) -> dict[str, Any]:
        """The answer of a command that succeeds, without its `ok`."""
        result = self.asked(command, **fields)
        assert result.pop("ok"), result
        return result

    def refused(self, command: str, **fields: Any) -> dict[str, Any]:
        """The error of a command that is refused, and must have changed nothing."""
        before = self.everything()
        result = self.asked(command, **fields)
        assert not result["ok"], result
        assert self.everything() == before
        return result["error"]

    def everything(self) -> Any:
        kept = dict(self.states.states), dict(self.secrets.values), dict(self.store.records), dict(self.bucket.objects)
        sent = list(self.queues.polls), list(self.queues.mails), list(self.queues.items)
        return self.settings.stored, kept, sent

    def mailbox(self, name: str = "support") -> Mailbox:
        mailbox = self.settings.stored.mailbox(name)
        assert mailbox
        return mailbox

    def sender(self, name: str = "outgoing") -> Sender:
        sender = self.settings.stored.sender(name)
        assert sender
        return sender

    def state(self, name: str = "support") -> MailboxState:
        return self.states.states[name]

    def ticket(self, number: int = 1) -> Ticket:
        ticket = self.store.fetch([("ticket", number)]).one(Ticket, number)
        assert ticket
        return ticket

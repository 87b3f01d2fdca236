"""Once a minute: which mailboxes are due?"""

from dataclasses import dataclass

from maildesk.ports import Clock, MailboxStates, Queues, SettingsStore
from maildesk.settings import Mailbox


@dataclass(frozen=True)
class Scheduler:
    settings: SettingsStore
    states: MailboxStates
    queues: Queues
    clock: Clock

    def schedule(self) -> int:
        """Sends a poll message for each mailbox that is due; returns how many."""
        due = self.states.due(self.clock())
        if not due or not self.settings.load().desk.fetching_enabled:
            return 0
        mailboxes = self._known(due)
        self.queues.poll(mailboxes)
        return len(mailboxes)

    def _known(self, names: list[str]) -> list[Mailbox]:
        """Read anew where what is remembered does not know them all: one may have been added just now."""
        remembered = self.settings.load()
        settings = remembered if all(map(remembered.mailbox, names)) else self.settings.fresh()
        return [mailbox for name in names if (mailbox := settings.mailbox(name))]

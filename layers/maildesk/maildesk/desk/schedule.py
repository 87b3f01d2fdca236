"""Once a minute: which mailboxes are due?"""

from dataclasses import dataclass

from maildesk.ports import Clock, MailboxStates, Queues, SettingsStore


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
        self.queues.poll(due)
        return len(due)

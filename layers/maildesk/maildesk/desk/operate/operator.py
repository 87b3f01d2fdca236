"""What the commands work with."""

from dataclasses import dataclass

from maildesk.desk.bodies import Bodies
from maildesk.desk.intake import Intake
from maildesk.ports import Bucket, CheckMailbox, CheckSender, Clock, MailboxStates, Queues, Secrets, SettingsStore, Store


@dataclass(frozen=True)
class Operator:
    settings: SettingsStore
    states: MailboxStates
    secrets: Secrets
    store: Store
    bucket: Bucket
    queues: Queues
    check_mailbox: CheckMailbox
    check_sender: CheckSender
    clock: Clock

    @property
    def bodies(self) -> Bodies:
        return Bodies(self.bucket)

    @property
    def intake(self) -> Intake:
        return Intake(self.store, self.settings, self.secrets, self.bodies)

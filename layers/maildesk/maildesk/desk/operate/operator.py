"""What the commands work with."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from maildesk.desk.bodies import Bodies
from maildesk.desk.intake import Intake
from maildesk.ports import (
    Bucket,
    CheckMailbox,
    CheckSender,
    Clock,
    FindMail,
    MailboxStates,
    OpenSender,
    Queues,
    Secrets,
    SettingsStore,
    Store,
)


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
    open_sender: OpenSender
    find_mail: FindMail
    clock: Clock
    wait: Callable[[float], object] = time.sleep

    @property
    def bodies(self) -> Bodies:
        return Bodies(self.bucket)

    @property
    def intake(self) -> Intake:
        return Intake(self.store, self.settings, self.secrets, self.bodies)

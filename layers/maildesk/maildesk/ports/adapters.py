"""What a module of `mailboxes` or `senders` offers to the wiring. `password`: an access token where auth is not password."""

from collections.abc import Iterator
from typing import Protocol

from maildesk.ports.accounts import Login, MailboxConnection, SenderConnection
from maildesk.ports.checks import Step
from maildesk.ports.state import Bucket
from maildesk.settings import Mailbox, Sender


class MailboxType(Protocol):
    """A protocol. As `OpenMailbox`, `CheckMailbox` and `FindMail`; the bucket keeps what is too large for a cursor."""

    def open_mailbox(self, mailbox: Mailbox, password: str, bucket: Bucket, /) -> MailboxConnection: ...

    def check_mailbox(self, mailbox: Mailbox, password: str, /) -> Iterator[Step]: ...

    def find_mail(self, mailbox: Mailbox, password: str, message_id: str, /) -> bool: ...


class SenderType(Protocol):
    """A way out. As `OpenSender` and `CheckSender`."""

    def open_sender(self, sender: Sender, login: Login | None, /) -> SenderConnection: ...

    def check_sender(self, sender: Sender, login: Login | None, /) -> Iterator[Step]: ...

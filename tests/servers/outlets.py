"""Ways out for tests: a sender with the server behind it, and what arrived there."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from local.mail.smtp_receiver import ReceivedMail, SmtpReceiver
from maildesk.ports import Login, SenderConnection, Step
from maildesk.senders import ses, smtp
from maildesk.settings import Sender

USER, PASSWORD = "support", "pässword"


@dataclass(frozen=True)
class Outlet:
    receiver: SmtpReceiver
    kind: str = "smtp"

    def sender(self, **changes: Any) -> Sender:
        settings: dict[str, Any] = {"name": "out", "address": "support@example.test", "kind": self.kind, "timeout_ms": 10_000}
        if self.kind == "smtp":
            settings |= {"host": "127.0.0.1", "port": self.receiver.port, "security": self.receiver.security, "verify_tls": False}
        return Sender(**settings | changes)

    @property
    def login(self) -> Login | None:
        return Login(USER, PASSWORD) if self.receiver.users else None

    def open(self, **changes: Any) -> SenderConnection:
        opening = ses.open_sender if self.kind == "ses" else smtp.open_sender
        return opening(self.sender(**changes), self.login)

    def check(self, **changes: Any) -> Iterator[Step]:
        checking = ses.check_sender if self.kind == "ses" else smtp.check_sender
        return checking(self.sender(**changes), self.login)

    def received(self, count: int = 1) -> list[ReceivedMail]:
        """Waits for that many: the local SES hands its mail on a little later."""
        give_up = time.monotonic() + 10
        while len(self.receiver.mails) < count and time.monotonic() < give_up:
            time.sleep(0.02)
        return self.receiver.mails

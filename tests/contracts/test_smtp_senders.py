"""SMTP passes the sender contract: over TLS, STARTTLS and neither, signed in and not."""

from collections.abc import Iterator

import pytest

from local.mail.smtp_receiver import SmtpReceiver
from tests.contracts.sender_contract import SenderContract
from tests.servers.outlets import PASSWORD, USER, Outlet


class TestSmtpUnencrypted(SenderContract):
    security = "none"
    users: dict[str, str] = {}  # noqa: RUF012

    @pytest.fixture
    def outlet(self) -> Iterator[Outlet]:
        with SmtpReceiver(security=self.security, users=self.users) as receiver:
            yield Outlet(receiver)


class TestSmtpWithStartTls(TestSmtpUnencrypted):
    security = "starttls"
    users = {USER: PASSWORD}  # noqa: RUF012


class TestSmtpWithTls(TestSmtpUnencrypted):
    security = "tls"
    users = {USER: PASSWORD}  # noqa: RUF012

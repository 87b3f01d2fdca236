"""POP3 passes the mailbox contract on Dovecot: encrypted from the start, by STLS, not at all, and with APOP."""

from collections.abc import Iterator

import pytest

from local.mail.dovecot import Dovecot, missing
from tests.contracts.mailbox_contract import InPartsContract, MailboxContract
from tests.servers.accounts import Account, new_account, users

needs_dovecot = pytest.mark.skipif(missing() is not None, reason=str(missing()))


@needs_dovecot
class TestPop3WithTls(MailboxContract, InPartsContract):
    config = ""

    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dovecot]:
        with Dovecot(tmp_path_factory.mktemp("dovecot"), users(), config=cls.config) as server:
            yield server

    @pytest.fixture
    def account(self, server: Dovecot) -> Account:
        return new_account(server, server.pop3s_port, "tls", "pop3")


class TestPop3WithStls(TestPop3WithTls):
    @pytest.fixture
    def account(self, server: Dovecot) -> Account:
        return new_account(server, server.pop3_port, "starttls", "pop3")


class TestPop3Unencrypted(TestPop3WithTls):
    @pytest.fixture
    def account(self, server: Dovecot) -> Account:
        return new_account(server, server.pop3_port, protocol="pop3")


class TestPop3WithApop(TestPop3Unencrypted):
    config = "auth_mechanisms = plain login apop"

"""IMAP passes the mailbox contract on Dovecot: encrypted or not, where the server can MOVE, has UIDPLUS only, has neither."""

from collections.abc import Iterator

import pytest

from local.mail.dovecot import Dovecot, missing
from tests.contracts.mailbox_contract import FolderMailboxContract, InPartsContract
from tests.servers.accounts import Account, new_account, users

needs_dovecot = pytest.mark.skipif(missing() is not None, reason=str(missing()))


@needs_dovecot
class TestDovecotWithTls(FolderMailboxContract, InPartsContract):
    capability: str | None = None

    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dovecot]:
        with Dovecot(tmp_path_factory.mktemp("dovecot"), users(), capability=cls.capability) as server:
            yield server

    @pytest.fixture
    def account(self, server: Dovecot) -> Account:
        return new_account(server, server.imaps_port, "tls")


class TestDovecotWithStartTlsAndUidplusOnly(TestDovecotWithTls):
    capability = "IMAP4rev1 UIDPLUS NAMESPACE"

    @pytest.fixture
    def account(self, server: Dovecot) -> Account:
        return new_account(server, server.imap_port, "starttls")


class TestDovecotUnencryptedWithNeither(TestDovecotWithTls):
    capability = "IMAP4rev1"

    @pytest.fixture
    def account(self, server: Dovecot) -> Account:
        return new_account(server, server.imap_port)

"""IMAP passes the mailbox contract on pymap, a server that needs PyPI alone."""

from collections.abc import Iterator

import pytest

from local.mail.pymap import Pymap
from tests.contracts.mailbox_contract import FolderMailboxContract
from tests.servers.accounts import Account, new_account, users


class TestPymap(FolderMailboxContract):
    many = 30

    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pymap]:
        with Pymap(tmp_path_factory.mktemp("pymap"), users()) as server:
            yield server

    @pytest.fixture
    def account(self, server: Pymap) -> Account:
        return new_account(server, server.imap_port, "starttls")

"""Exchange Web Services pass the mailbox contract, on a server written from the vendor's published one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.mail.certificates import authority
from maildesk.mailboxes.ews import open_ews
from maildesk.mailboxes.ews_check import check_ews
from maildesk.ports import GiveUp, MailboxConnection, Step, TryAgain
from maildesk.settings import Mailbox
from tests.contracts.mailbox_contract import FolderMailboxContract, Reader, mail, numbers
from tests.fakes import MemoryBucket
from tests.servers.ews import ADDRESS, PASSWORD, USER, EwsServer
from tests.servers.web import trusted


class EwsAccount:
    """`tests.servers.accounts.Account`, with what Exchange knows of it."""

    user = USER

    def __init__(self, ews: EwsServer) -> None:
        self.ews = self.server = ews
        self.bucket = MemoryBucket()

    def mailbox(self, **changes: Any) -> Mailbox:
        port = int(self.ews.origin.rpartition(":")[2])
        settings = {"protocol": "ews", "host": "127.0.0.1", "port": port, "user": USER, "timeout_ms": 10_000} | changes
        return Mailbox(name="support", address=ADDRESS, **settings)

    def open(self, **changes: Any) -> MailboxConnection:
        return open_ews(self.mailbox(**changes), PASSWORD, self.bucket)

    def check(self, **changes: Any) -> list[Step]:
        return list(check_ews(self.mailbox(**changes), PASSWORD))

    def deliver(self, *mails: bytes, folder: str = "INBOX", read: bool = False) -> None:
        for raw in mails:
            self.ews.deliver(raw, folder, read)

    def kept(self, raw: bytes) -> bytes:
        return raw

    def mails(self, folder: str = "INBOX") -> list[bytes]:
        return [one.raw for one in self.ews.items(folder)]

    def flags(self, folder: str = "INBOX") -> list[str]:
        return ["Seen" if one.read else "" for one in self.ews.items(folder)]

    def delete(self, uid: int) -> None:
        self.ews.remove(self.ews.items("INBOX")[uid - 1])


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EwsServer]:
    certificates = authority()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(trusted(certificates, tmp_path)))
    with EwsServer(certificates, page=7) as server:
        server.change_uidvalidity = lambda _user: server.forget_sync_states()  # type: ignore[attr-defined]
        yield server
    assert server.problems == []


class TestEws(FolderMailboxContract):
    test_what_others_flagged_for_deletion_stays = None  # type: ignore[assignment]  # Exchange knows no such flag

    @pytest.fixture
    def account(self, server: EwsServer) -> Any:
        return EwsAccount(server)

    def test_a_thousand_mails(self, account: Any) -> None:
        """A page at a time: the desk asks on until nothing is new."""
        account.deliver(*map(mail, range(1000)))
        found: list[int] = []
        with account.open() as connection:
            cursor = None
            while listed := connection.list_new(cursor):
                found += numbers(list(connection.fetch(listed, 0)))
                cursor = connection.cursor_after(listed[-1].key)
        assert found == list(range(1000))

    def test_a_missing_folder_is_named(self, account: Any) -> None:
        with account.open(folder="Nowhere") as connection, pytest.raises(GiveUp, match=r"no folder Nowhere .* There are: Posteingang"):
            connection.list_new(None)

    def test_a_line_cut_at_any_request_loses_and_doubles_nothing(self, account: Any, after_fetch: str) -> None:
        account.deliver(*map(mail, range(9)))
        reader, step = Reader(), 0
        while True:
            account.ews.cut = step
            try:
                reader.poll(account, after_fetch=after_fetch)
                if account.ews.cut is not None:
                    break
            except TryAgain:
                account.deliver(mail(1000 + step))
            step += 1
        account.ews.cut = None
        for _ in range(step + 9):
            reader.poll(account, after_fetch=after_fetch)
        expected = [*range(9), *(1000 + cut for cut in range(step))]
        assert step > 4
        assert sorted(numbers(list(reader.taken))) == expected
        left, archived = sorted(numbers(account.mails())), sorted(numbers(account.mails("Archive")))
        assert (left, archived) == {"keep": (expected, []), "move": ([], expected), "delete": ([], [])}[after_fetch]

    test_a_line_cut_at_any_command_loses_and_doubles_nothing = None  # type: ignore[assignment]  # by request, above

    def test_closing_never_raises(self, account: Any) -> None:
        with account.open():
            account.ews.cut = 0

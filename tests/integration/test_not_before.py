"""What came before a moment is left alone, and not fetched where the protocol can tell."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from local.mail.dovecot import Dovecot, missing
from tests.contracts.mailbox_contract import mail, numbers, read
from tests.servers.accounts import Account, new_account, users
from tests.servers.proxy import Proxy

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))
MOMENT = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)
CAME = (MOMENT - timedelta(days=30), MOMENT - timedelta(seconds=1), MOMENT, MOMENT + timedelta(days=1))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dovecot]:
    with Dovecot(tmp_path_factory.mktemp("dovecot"), users()) as server:
        yield server


def received(number: int, came: datetime) -> bytes:
    return f"Received: from a by b;\r\n {came:%a, %d %b %Y %H:%M:%S +0000}\r\n".encode() + mail(number)


def commands(proxy: Proxy, word: bytes) -> int:
    return sum(word in line.split() for line in proxy.lines)


def test_by_imap_the_server_tells(server: Dovecot) -> None:
    account = new_account(server, server.imap_port)
    with account.other_program() as client:
        for number, came in enumerate(CAME):
            client.append("INBOX", "", came, mail(number))
    with Proxy(account.port) as proxy, account.on(proxy.port).open(not_before=MOMENT) as connection:
        assert numbers(read(connection)) == [2, 3]
    (search,) = (line for line in proxy.lines if b"SEARCH" in line)
    assert b"SINCE 01-Mar-2026" in search


@pytest.fixture
def drop(server: Dovecot) -> Account:
    account = new_account(server, server.pop3_port, protocol="pop3")
    account.deliver(*(received(number, came) for number, came in enumerate(CAME)))
    return account


def test_by_pop3_the_header_tells(drop: Account) -> None:
    with Proxy(drop.port) as proxy, drop.on(proxy.port).open(not_before=MOMENT) as connection:
        listed = connection.list_new(None)
        assert numbers([fetched.raw.partition(b"+0000\r\n")[2] for fetched in connection.fetch(listed, 0)]) == [2, 3]
        cursor = connection.cursor_after(listed[-1].key)
    assert (commands(proxy, b"TOP"), commands(proxy, b"RETR")) == (4, 2)
    with Proxy(drop.port) as proxy, drop.on(proxy.port).open(not_before=MOMENT) as connection:
        assert connection.list_new(cursor) == []
    assert commands(proxy, b"TOP") == 0


def test_what_is_left_alone_is_not_deleted_either(drop: Account) -> None:
    with drop.open(not_before=MOMENT, after_fetch="delete") as connection:
        fetched = list(connection.fetch(connection.list_new(None), 0))
        connection.finish([mail.key for mail in fetched])
    assert len(drop.mails()) == 2

"""What a poll by IMAP costs in commands: each is a round trip."""

from collections.abc import Iterator

import pytest

from local.mail.dovecot import Dovecot, missing
from tests.servers.accounts import Account, new_account, users
from tests.servers.proxy import Proxy

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dovecot]:
    with Dovecot(tmp_path_factory.mktemp("dovecot"), users()) as server:
        yield server


@pytest.fixture
def account(server: Dovecot) -> Account:
    return new_account(server, server.imap_port)


def commands_after_sign_in(proxy: Proxy) -> list[str]:
    words = [line.decode().upper().split()[1:] for line in proxy.lines if len(line.split()) > 1]
    start = next(index for index, command in enumerate(words) if command[0] in {"AUTHENTICATE", "LOGIN"}) + 1
    return [" ".join(command[: 2 if command[0] == "UID" else 1]) for command in words[start:]]


@pytest.mark.parametrize(("after_fetch", "opening"), [("keep", "EXAMINE"), ("move", "SELECT"), ("delete", "SELECT")])
def test_a_poll_with_nothing_new_takes_two_commands(account: Account, after_fetch: str, opening: str) -> None:
    account.deliver(b"Subject: old\r\n\r\n")
    with account.open() as connection:
        (old,) = connection.list_new(None)
        cursor = connection.cursor_after(old.key)
    with Proxy(account.port) as proxy:
        with account.on(proxy.port).open(after_fetch=after_fetch) as connection:
            assert list(connection.list_new(cursor)) == []
        assert commands_after_sign_in(proxy) == [opening, "UID SEARCH", "LOGOUT"]


def test_fifty_mails_take_three_commands_more(account: Account) -> None:
    account.deliver(*(b"Subject: %d\r\n\r\n" % number for number in range(50)))
    account.deliver(b"Subject: read\r\n\r\n", folder="Archive")
    with Proxy(account.port) as proxy:
        with account.on(proxy.port).open(after_fetch="move") as connection:
            fetched = list(connection.fetch(connection.list_new(None), 0))
            connection.finish([mail.key for mail in fetched])
        assert len(fetched) == 50
        expected = ["SELECT", "UID SEARCH", "UID FETCH", "UID FETCH", "UID MOVE", "LOGOUT"]
        assert commands_after_sign_in(proxy) == expected

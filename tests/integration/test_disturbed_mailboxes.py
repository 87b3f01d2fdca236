"""Polls over a line that is cut, falls silent or carries garbage at any moment: nothing is lost, and nothing is doubled."""

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from local.mail.dovecot import Dovecot, missing
from maildesk.mail.identity import fingerprint
from maildesk.mailboxes.imap import open_imap
from maildesk.mailboxes.pop3 import open_pop3
from maildesk.ports import MailboxConnection
from maildesk.settings import Mailbox
from tests.contracts.mailbox_contract import mail
from tests.polled import Polled
from tests.servers.accounts import PASSWORD, Account, new_account, users
from tests.servers.proxy import Proxy

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))
GARBAGE = (b"\0\xff nonsense\r\n", b"* BYE\r\n", b"-ERR\r\n", b")\r\n", b"A" * 3000 + b"\r\n")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dovecot]:
    with Dovecot(tmp_path_factory.mktemp("dovecot"), users()) as server:
        yield server


class Disturbed:
    """A desk that polls an account, now and then by a proxy that misbehaves."""

    def __init__(self, account: Account, after_fetch: str) -> None:
        self.account, self.port = account, account.port
        settings: dict[str, Any] = {"host": "127.0.0.1", "port": account.port, "security": "none", "user": account.user}
        self.desk = Polled(password=PASSWORD, protocol=account.protocol, after_fetch=after_fetch, batch_size=2, timeout_ms=150, **settings)
        self.desk.server.open = self._open

    def poll(self, port: int) -> None:
        self.port = port
        self.desk.clock.wait(minutes=60)
        self.desk.poll()

    def _open(self, mailbox: Mailbox, password: str) -> MailboxConnection:
        reached = replace(mailbox, port=self.port)
        return open_imap(reached, password) if mailbox.protocol == "imap" else open_pop3(reached, password, self.desk.bucket)


def cut_at_a_command(proxy: Proxy, chance: Random) -> None:
    proxy.cut_at(chance.randrange(40))


def cut_in_an_answer(proxy: Proxy, chance: Random) -> None:
    proxy.cut_after_bytes = chance.randrange(3000)


def garbage(proxy: Proxy, chance: Random) -> None:
    """One answer begins with it, and the line is cut after that."""
    answers, fatal, nonsense = iter(range(1000)), chance.randrange(20), chance.choice(GARBAGE)

    def garbled(data: bytes) -> bytes:
        if next(answers) < fatal:
            return data
        proxy.cut_after_bytes = 0
        return nonsense + data

    proxy.garble = garbled


def silence(proxy: Proxy, chance: Random) -> None:
    """Half an answer, and the rest never comes."""
    answers, fatal = iter(range(1000)), chance.randrange(20)

    def silenced(data: bytes) -> bytes:
        answer = next(answers)
        return data if answer < fatal else data[: len(data) // 2] if answer == fatal else b""

    proxy.garble = silenced


DISTURBANCES = (cut_at_a_command, cut_in_an_answer, garbage, garbage, cut_in_an_answer, cut_at_a_command, silence)


@pytest.mark.parametrize(
    ("protocol", "after_fetch"), [("imap", "keep"), ("imap", "move"), ("imap", "delete"), ("pop3", "keep"), ("pop3", "delete")]
)
def test_nothing_is_lost_and_nothing_doubled(server: Dovecot, protocol: str, after_fetch: str) -> None:
    disturbed = 0
    for seed in range(21):
        chance = Random(seed)
        account = new_account(server, server.imap_port if protocol == "imap" else server.pop3_port, protocol=protocol)
        desk = Disturbed(account, after_fetch)
        account.deliver(*map(mail, range(5)))
        for number in range(5, 8):
            with Proxy(account.port) as proxy:
                DISTURBANCES[seed % len(DISTURBANCES)](proxy, chance)
                desk.poll(proxy.port)
            disturbed += desk.desk.state.last_error is not None
            account.deliver(mail(number))
        desk.poll(account.port)
        assert_all_is_there_once(desk.desk, account, after_fetch, f"seed {seed}")
    assert disturbed > 10, "the disturbances disturb too little"


def assert_all_is_there_once(desk: Polled, account: Account, after_fetch: str, case: str) -> None:
    assert desk.state.last_error is None, case
    wanted = sorted(fingerprint(mail(number)).identity for number in range(8))
    assert sorted(set(desk.queued)) == wanted, case
    assert sorted(key for key in desk.bucket.objects if key.startswith("raw/")) == [f"raw/{one}.eml" for one in wanted], case
    left = [raw for raw, flags in zip(account.mails(), account.flags(), strict=True) if "Deleted" not in flags]
    held = {"keep": (8, 0), "move": (0, 8), "delete": (0, 0)}[after_fetch]
    assert (len(left), len(account.mails("Archive"))) == held, case

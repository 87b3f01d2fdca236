"""A mail whose bytes end the line each time they pass, polled from real servers: all others come, and its header stands for it."""

from collections.abc import Callable, Iterator

import pytest

from local.mail.dovecot import Dovecot, missing
from maildesk.desk.turn import SUSPECTED
from maildesk.mail.identity import header_of
from maildesk.mailboxes.imap.mailbox import open_imap
from maildesk.mailboxes.pop3.mailbox import open_pop3
from maildesk.ports import MailboxConnection
from maildesk.settings import Mailbox
from tests.office import Office, written
from tests.polled import Polled
from tests.servers.accounts import PASSWORD, Account, new_account, users
from tests.servers.proxy import Proxy

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))
MARK = b"the words at which the line ends"
OPENED: dict[str, Callable[[Polled, Mailbox], MailboxConnection]] = {
    "imap": lambda _, mailbox: open_imap(mailbox, PASSWORD),
    "pop3": lambda desk, mailbox: open_pop3(mailbox, PASSWORD, desk.bucket),
}


def a_mail(number: int, text: str = "Please help.") -> bytes:
    return written(f"mail{number}", f"person{number}@customer.example", f"Question {number}", text)


BAD = a_mail(3, f"Please help.\r\n{MARK.decode()}\r\n")
MAILS = [a_mail(1), a_mail(2), BAD, a_mail(4), a_mail(5)]


@pytest.fixture(scope="module")
def dovecot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dovecot]:
    with Dovecot(tmp_path_factory.mktemp("dovecot"), users()) as server:
        yield server


@pytest.fixture(params=["imap", "pop3"])
def account(dovecot: Dovecot, request: pytest.FixtureRequest) -> Account:
    protocol: str = request.param
    account = new_account(dovecot, dovecot.imap_port if protocol == "imap" else dovecot.pop3_port, protocol=protocol)
    account.deliver(*MAILS)
    return account


@pytest.fixture
def proxy(account: Account) -> Iterator[Proxy]:
    with Proxy(account.port) as proxy:
        yield proxy


def cutting(proxy: Proxy) -> Callable[[bytes], bytes]:
    def cut(data: bytes) -> bytes:
        if MARK in data:
            proxy.cut()
        return data

    return cut


def silenced(_: Proxy) -> Callable[[bytes], bytes]:
    return lambda data: data.partition(MARK)[0]


def garbled(_: Proxy) -> Callable[[bytes], bytes]:
    return lambda data: data.replace(b"\r\n", b"") if MARK in data else data


@pytest.fixture
def desk(account: Account, proxy: Proxy) -> Polled:
    server = {"protocol": account.protocol, "host": "127.0.0.1", "port": proxy.port, "security": "none", "user": account.user}
    desk = Polled(password=PASSWORD, timeout_ms=300, after_fetch="delete", **server)
    desk.server.open = lambda mailbox, _: OPENED[account.protocol](desk, mailbox)  # type: ignore[method-assign, assignment]
    return desk


@pytest.mark.parametrize("misbehaving", [cutting, silenced, garbled])
def test_all_others_come_and_its_header_stands_for_it(
    account: Account, proxy: Proxy, desk: Polled, misbehaving: Callable[[Proxy], Callable[[bytes], bytes]]
) -> None:
    proxy.garble = misbehaving(proxy)
    for _ in range(2 * SUSPECTED - 1):
        desk.clock.wait(minutes=60)
        desk.poll()
    assert (desk.state.last_error, account.mails()) == (None, [BAD])
    office = Office(bucket=desk.bucket)
    office.hand_over(*desk.queues.mails)
    assert sorted(ticket.subject for ticket in office.tickets) == ["Question 1", "Question 2", "Question 4", "Question 5"]
    receipt = office.receipt(header_of(BAD))
    assert (receipt.state, receipt.subject, desk.bucket.get(receipt.raw_key)) == ("quarantined", "Question 3", header_of(BAD))
    assert receipt.reasons[0].startswith("The server broke off each time this mail of") and "stays on the server" in receipt.reasons[1]

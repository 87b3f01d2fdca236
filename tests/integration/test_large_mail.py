"""A large mail whose line is cut in its midst, polled from real servers: nothing half is to be seen, and the next poll has it whole."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from msgspec.structs import replace

from local.mail.certificates import authority
from local.mail.dovecot import Dovecot, missing
from maildesk.mail.identity import fingerprint
from maildesk.mailboxes.graph.mailbox import open_graph
from maildesk.mailboxes.imap.mailbox import open_imap
from maildesk.mailboxes.pop3.mailbox import open_pop3
from maildesk.ports import MailboxConnection
from maildesk.settings import Mailbox
from maildesk.settings.auth import Microsoft
from tests.contracts.mailbox_contract import LARGE, mail
from tests.polled import Polled
from tests.servers.accounts import PASSWORD, new_account, users
from tests.servers.graph import TOKEN, USER, GraphServer
from tests.servers.proxy import Proxy
from tests.servers.web import Answer, Request, trusted

IDENTITY = fingerprint(LARGE).identity


def assert_nothing_is_there(desk: Polled) -> None:
    assert desk.state.last_error is not None
    assert (desk.bucket.objects, desk.queued) == ({}, [])


def assert_all_is_there(desk: Polled) -> None:
    assert desk.state.last_error is None
    assert desk.queued == [IDENTITY, fingerprint(mail(2)).identity]
    assert [desk.bucket.get(one.raw_key) for one in desk.queues.mails] == [LARGE, mail(2)]


@pytest.fixture(scope="module")
def dovecot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dovecot]:
    with Dovecot(tmp_path_factory.mktemp("dovecot"), users()) as server:
        yield server


@pytest.mark.skipif(missing() is not None, reason=str(missing()))
@pytest.mark.parametrize("protocol", ["imap", "pop3"])
@pytest.mark.parametrize("seed", range(5))
def test_imap_and_pop3(dovecot: Dovecot, seed: int, protocol: str) -> None:
    account = new_account(dovecot, dovecot.imap_port if protocol == "imap" else dovecot.pop3_port, protocol=protocol)
    account.deliver(LARGE, mail(2))
    with Proxy(account.port) as proxy:
        desk = Polled(password=PASSWORD, protocol=protocol, host="127.0.0.1", security="none", user=account.user, after_fetch="delete")
        desk.server.open = lambda mailbox, password: opened(desk, mailbox, proxy.port)
        proxy.cut_after_bytes = Random(seed).randrange(1000, len(LARGE))
        desk.poll()
    assert_nothing_is_there(desk)
    assert len(account.mails()) == 2
    desk.server.open = lambda mailbox, password: opened(desk, mailbox, account.port)
    desk.poll_when_due()
    assert_all_is_there(desk)
    assert account.mails() == []


def opened(desk: Polled, mailbox: Mailbox, port: int) -> MailboxConnection:
    reached = replace(mailbox, port=port)
    return open_imap(reached, PASSWORD) if mailbox.protocol == "imap" else open_pop3(reached, PASSWORD, desk.bucket)


class Breaking(GraphServer):
    """Of a mail it gives the first `bytes_left` only, though it says how many there are."""

    bytes_left: int | None = None

    def answer(self, request: Request) -> Answer:
        answer = super().answer(request)
        if self.bytes_left is None or answer.content_type != "text/plain":
            return answer
        headers = {"Content-Length": str(len(answer.body)), "Connection": "close"}
        return dataclasses.replace(answer, body=answer.body[: self.bytes_left], headers=headers)


@pytest.mark.parametrize("bytes_left", [1000, 3_000_000, 24_000_000])
def test_graph(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bytes_left: int) -> None:
    certificates = authority()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(trusted(certificates, tmp_path)))
    with Breaking(certificates) as server:
        server.deliver(LARGE)
        server.deliver(mail(2))
        port = int(server.origin.rpartition(":")[2])
        auth = Microsoft(tenant_id="the-tenant", client_id="the-client")
        desk = Polled(password=TOKEN, protocol="graph", host="127.0.0.1", port=port, user=USER, auth=auth, after_fetch="delete")
        desk.server.open = open_graph
        server.bytes_left = bytes_left
        desk.poll()
        assert_nothing_is_there(desk)
        server.bytes_left = None
        desk.poll_when_due()
        assert_all_is_there(desk)
        assert server.messages("INBOX") == []

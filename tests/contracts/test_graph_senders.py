"""Microsoft Graph passes the sender contract, on a server written from the vendor's published one."""

from collections.abc import Iterator
from email import message_from_bytes
from email.utils import getaddresses
from pathlib import Path
from typing import Any

import pytest

from local.mail.certificates import authority
from local.mail.smtp_receiver import ReceivedMail
from maildesk.ports import Envelope, GiveUp, Login, SenderConnection, Step, TryAgain
from maildesk.senders.graph import check_sender, open_sender
from maildesk.settings import Sender
from maildesk.settings.auth import Microsoft
from tests.contracts.sender_contract import MAIL, TO_ALICE, SenderContract
from tests.servers.graph import TOKEN, USER, GraphServer
from tests.servers.tokens import signed
from tests.servers.web import trusted

AUTH = Microsoft(tenant_id="the-tenant", client_id="the-client")


class GraphOutlet:
    """`tests.servers.outlets.Outlet`; Exchange sends to whom the header names, and takes Bcc out."""

    def __init__(self, server: GraphServer) -> None:
        self.server = server
        self.sender = Sender(
            name="out", address=USER, kind="graph", host="127.0.0.1", port=int(server.origin.rpartition(":")[2]), auth=AUTH
        )
        self.login = Login(USER, TOKEN, AUTH)

    def open(self) -> SenderConnection:
        return open_sender(self.sender, self.login)

    def check(self) -> Iterator[Step]:
        return check_sender(self.sender, self.login)

    def received(self, _count: int = 1) -> list[ReceivedMail]:
        return [self._received(raw) for raw in self.server.mail.sent]

    def _received(self, raw: bytes) -> ReceivedMail:
        header = message_from_bytes(raw)
        named = getaddresses([value for name in ("To", "Cc", "Bcc") for value in header.get_all(name, [])])
        hidden, _, rest = raw.partition(b"From:") if raw.startswith(b"Bcc:") else (b"", b"", raw)
        return ReceivedMail(USER, tuple(address for _, address in named), b"From:" + rest if hidden else raw)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GraphServer]:
    certificates = authority()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(trusted(certificates, tmp_path)))
    with GraphServer(certificates) as server:
        yield server
    assert server.problems == []


@pytest.fixture
def outlet(server: GraphServer) -> Any:
    return GraphOutlet(server)


class TestGraph(SenderContract):
    @pytest.fixture
    def outlet(self, server: GraphServer) -> Any:
        return GraphOutlet(server)

    def test_to_many_at_once_also_to_those_no_header_names(self, outlet: Any) -> None:
        people = tuple(f"person{number}@example.test" for number in range(20))
        with outlet.open() as connection:
            connection.send(Envelope(USER, (*TO_ALICE.recipients, *people)), MAIL)
        (received,) = outlet.received()
        assert set(received.recipients) == {*TO_ALICE.recipients, *people}
        assert received.raw == MAIL

    def test_a_mail_of_several_megabytes(self, outlet: Any) -> None:
        with outlet.open() as connection:
            connection.send(TO_ALICE, MAIL + (b"x" * 900 + b"\r\n") * 3200)
            with pytest.raises(GiveUp, match="Send larger ones by SMTP"):
                connection.send(TO_ALICE, MAIL + (b"x" * 900 + b"\r\n") * 4000)
        assert len(outlet.received()) == 1


def test_the_missing_permission_is_named(outlet, server):
    server.permissions = frozenset({"Mail.ReadWrite"})
    with outlet.open() as connection, pytest.raises(GiveUp, match=r"permission Mail\.Send"):
        connection.send(TO_ALICE, MAIL)


def test_the_connection_test_names_it_before_it_is_needed(outlet):
    told = {step.name: step for step in check_sender(outlet.sender, Login(USER, signed(USER, roles=["Mail.ReadWrite"]), AUTH))}
    assert list(told) == ["name", "connection", "encryption", "permissions"]
    assert not told["permissions"].ok and "but not Mail.Send." in told["permissions"].detail


def test_a_busy_server_is_tried_again_when_it_says(outlet, server):
    server.busy = [(429, "90")]
    with outlet.open() as connection, pytest.raises(TryAgain) as busy:
        connection.send(TO_ALICE, MAIL)
    assert busy.value.seconds == 90 and server.mail.sent == []

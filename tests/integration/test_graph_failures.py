"""What fails on the way to Microsoft Graph, as the operator reads it, and whether it is worth another try."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.aws import free_port
from local.mail.certificates import authority
from maildesk.ports import GiveUp, TryAgain
from tests.contracts.mailbox_contract import mail
from tests.servers.graph import GraphServer
from tests.servers.graph_account import GraphAccount
from tests.servers.web import trusted


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GraphServer]:
    certificates = authority()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(trusted(certificates, tmp_path)))
    with GraphServer(certificates) as server:
        yield server


@pytest.fixture
def account(server: GraphServer) -> GraphAccount:
    return GraphAccount(server)


def failure(account: GraphAccount, **changes: Any) -> tuple[type[Exception], str]:
    with pytest.raises((TryAgain, GiveUp)) as caught:
        account.open(**changes)
    assert caught.value.__suppress_context__
    return caught.type, str(caught.value)


def test_a_certificate_nobody_signed(account: GraphAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    kind, sentence = failure(account)
    assert kind is GiveUp and "is signed by an authority that is not trusted here. Give the server a valid one" in sentence


def test_a_line_that_is_cut_while_tls_begins_is_worth_another_try(account: GraphAccount) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=hangs_up, args=[listening], daemon=True).start()
        port = listening.getsockname()[1]
        kind, sentence = failure(account, port=port)
    assert (kind, sentence) == (TryAgain, f"127.0.0.1 port {port} closed the connection. If this goes on, look into the server's log.")


def hangs_up(listening: socket.socket) -> None:
    line, _ = listening.accept()
    line.recv(65_536)
    line.close()


def test_nobody_listens(account: GraphAccount) -> None:
    port = free_port()
    assert failure(account, port=port) == (
        TryAgain,
        f"127.0.0.1 refuses connections on port {port}. Check the port, and that the server is running.",
    )


def test_a_line_that_is_cut(account: GraphAccount) -> None:
    account.deliver(mail(1))
    with account.open() as connection:
        account.graph.cut = 0
        with pytest.raises(TryAgain, match="closed the connection"):
            connection.list_new(None)

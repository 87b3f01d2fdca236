"""A mail at which Microsoft Graph or Exchange ends the line each time: all others come, and what is told of its header stands for it."""

from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from local.mail.certificates import authority
from maildesk.desk.turn import SUSPECTED
from maildesk.ports import MailboxConnection
from tests.office import Office, written
from tests.polled import Polled
from tests.servers.ews import EwsServer
from tests.servers.ews_account import EwsAccount
from tests.servers.graph import GraphServer
from tests.servers.graph_account import GraphAccount
from tests.servers.web import Answer, Request, trusted

MAILS = [written(f"mail{number}", f"person{number}@customer.example", f"Question {number}") for number in range(1, 8)]
GRAPH: tuple[Any, Any] = (GraphServer, GraphAccount)
EWS: tuple[Any, Any] = (EwsServer, EwsAccount)


@pytest.fixture(params=[GRAPH, EWS], ids=["graph", "ews"])
def account(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    certificates = authority()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(trusted(certificates, tmp_path)))
    server, account = request.param
    with server(certificates, page=3) as running:
        yield account(running)
    assert running.problems == []


def breaking_off_at(bad: bytes) -> Callable[[Callable[[Request], Answer], Request], Answer]:
    def answered(answer: Callable[[Request], Answer], request: Request) -> Answer:
        given = answer(request)
        if bad in given.body or b64encode(bad) in given.body:
            raise ConnectionAbortedError
        return given

    return answered


def polled(account: Any) -> Polled:
    desk = Polled(protocol=account.mailbox().protocol, after_fetch="delete")

    def opened(_mailbox: object, _password: str) -> AbstractContextManager[MailboxConnection]:
        connection: MailboxConnection = account.open(after_fetch="delete")
        return connection

    desk.server.open = opened  # type: ignore[method-assign, assignment]
    return desk


@pytest.mark.parametrize("place", [0, 1, 2, 6])
def test_all_others_come_and_its_header_stands_for_it(account: Any, place: int) -> None:
    """Three mails are on a page: the last of one has no other on its own."""
    account.deliver(*MAILS)
    account.server.disturb = breaking_off_at(MAILS[place])
    desk = polled(account)
    for _ in range(2 * SUSPECTED - 1):
        desk.clock.wait(minutes=60)
        desk.poll()
    assert (desk.state.last_error, account.mails()) == (None, [MAILS[place]])
    office = Office(bucket=desk.bucket)
    office.hand_over(*desk.queues.mails)
    assert len(office.tickets) == len(MAILS) - 1
    (receipt,) = (one for one in office.store.records.values() if getattr(one, "outcome", "") == "too large")
    assert receipt.reasons[0].startswith("The server broke off each time this mail of") and receipt.subject == f"Question {place + 1}"

"""Exchange that is busy, forgets its sync states, is cut off, or is answered for by a proxy: nothing is lost, and nothing is doubled."""

from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from random import Random

import pytest

from local.mail.certificates import authority
from maildesk.mailboxes.ews.mailbox import open_ews
from maildesk.ports import MailboxConnection
from maildesk.settings import Mailbox
from tests.disturbed import Disturbed, OnTheWeb
from tests.faults import OWN, OWN_STRIKES, SPOILT, Given, assert_all_struck, requests
from tests.servers.ews import ADDRESS, PASSWORD, USER, EwsServer
from tests.servers.ews_account import EwsAccount
from tests.servers.ews_items import Mail
from tests.servers.soap import envelope, fault
from tests.servers.web import Answer, Request, trusted

SEEDS = 40


class OnExchange(OnTheWeb):
    def open(self, mailbox: Mailbox, password: str) -> AbstractContextManager[MailboxConnection]:
        return open_ews(mailbox, password, self.desk.bucket)

    def takes_away(self, request: Request) -> bool:
        return b"MoveItem" in request.body or b"DeleteItem" in request.body


def garbled_xml(given: Given, _case: Disturbed, chance: Random) -> Answer:
    whole = given()
    cut_off = whole.body[: chance.randrange(len(whole.body))]
    return replace(whole, body=chance.choice([b"", b"<", b"<a/>", b"{}", b"\xff\xfe", envelope(""), envelope("<m:A/>"), cut_off, cut_off]))


def busy(_given: Given, _case: Disturbed, _chance: Random) -> Answer:
    return Answer(500, fault("ErrorServerBusy", "Busy.", BackOffMilliseconds=7000), "text/xml; charset=utf-8")


def own_trouble(given: Given, case: Disturbed, chance: Random) -> Answer:
    code = chance.choice(["ErrorInternalServerTransientError", "ErrorMailboxStoreUnavailable", "ErrorTimeoutExpired"])
    return Answer(500, fault(code, "Not now."), "text/xml; charset=utf-8")


def state_forgotten(given: Given, case: Disturbed, _chance: Random) -> Answer:
    case.account.renumber()
    return given()


EXCHANGE = {
    **{name: spoilt for name, spoilt in SPOILT.items() if name != "garbled JSON"},
    "garbled XML": garbled_xml,
    "busy by SOAP": busy,
    "trouble": own_trouble,
    "a sync state forgotten": state_forgotten,
}
DISTURBANCES = (*(requests(name, 9, spoilt) for name, spoilt in EXCHANGE.items()), *OWN)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EwsServer]:
    certificates = authority()
    with pytest.MonkeyPatch.context() as patch, EwsServer(certificates, page=3) as server:
        patch.setenv("REQUESTS_CA_BUNDLE", str(trusted(certificates, tmp_path_factory.mktemp("trusted"))))
        yield server


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("after_fetch", ["keep", "move", "delete"])
def test_nothing_is_lost_and_nothing_doubled(server: EwsServer, struck: Counter[str], after_fetch: str, seed: int) -> None:
    server.mail = Mail()
    settings = {"host": "127.0.0.1", "port": int(server.origin.rpartition(":")[2]), "user": USER, "address": ADDRESS}
    case = OnExchange(EwsAccount(server), struck, protocol="ews", password=PASSWORD, after_fetch=after_fetch, **settings)
    case.go_through(DISTURBANCES, seed)
    assert server.problems == []


def test_all_disturbances_struck(struck: Counter[str]) -> None:
    assert_all_struck(struck, 3 * SEEDS, EXCHANGE, OWN_STRIKES)

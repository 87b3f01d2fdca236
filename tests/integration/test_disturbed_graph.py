"""Microsoft Graph that throttles, forgets, repeats itself and is cut off, and tokens that end: nothing is lost, and nothing is doubled."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import pytest

from local.mail.certificates import authority
from maildesk import wiring
from maildesk.mailboxes.graph import mailbox as graph
from maildesk.oauth import microsoft
from maildesk.oauth.tokens import AccessTokens
from maildesk.ports import MailboxConnection
from maildesk.settings import Mailbox
from maildesk.settings.auth import Credential, Microsoft
from tests.disturbed import Disturbed, OnTheWeb
from tests.faults import HTTP, OWN, OWN_STRIKES, SPOILT, Given, assert_all_struck, requests
from tests.servers.graph import USER, GraphServer, Mail
from tests.servers.graph_account import GraphAccount
from tests.servers.tokens import CLIENT, CLIENT_SECRET, TENANT, EntraEndpoint
from tests.servers.web import Answer, Request, trusted

SEEDS = 45
SECRET = Credential(client_secret=CLIENT_SECRET).text()


def is_delta(request: Request) -> bool:
    return "/messages/delta?" in request.target


def token_ended(given: Given, case: Disturbed, _chance: Random) -> Answer:
    case.line.tokens.clear()
    return given()


def delta_forgotten(given: Given, case: Disturbed, _chance: Random) -> Answer:
    case.account.renumber()
    return given()


def pages_that_repeat(case: Disturbed, _chance: Random) -> None:
    """Each page ends with what the one before began with, once."""
    answered, before = case.line.disturb, list[dict[str, object]]()

    def disturbed(answer: Callable[[Request], Answer], request: Request) -> Answer:
        given = answered(answer, request)
        if not is_delta(request) or given.status != 200:
            return given
        page = json.loads(given.body)
        repeated, before[:] = before[:2], page["value"]
        if repeated:
            case.strike("a page that repeats")
        return replace(given, body=json.dumps({**page, "value": page["value"] + repeated}).encode())

    case.line.disturb = disturbed


def empty_pages(case: Disturbed, chance: Random) -> None:
    """Before each page with something on it comes an empty one."""
    answered, sign = case.line.disturb, "&empty=0"

    def disturbed(answer: Callable[[Request], Answer], request: Request) -> Answer:
        if not is_delta(request) or request.target.endswith(sign):
            return answered(answer, replace(request, target=request.target.removesuffix(sign)))
        case.strike("an empty page")
        return Answer(200, json.dumps({"value": [], "@odata.nextLink": f"{case.line.origin}{request.target}{sign}"}).encode())

    case.line.disturb = disturbed


PAGING = (
    requests("a token that ended", 12, token_ended),
    requests("a delta token that was forgotten", 4, delta_forgotten, of=is_delta),
    pages_that_repeat,
    empty_pages,
)
DISTURBANCES = (*HTTP, *PAGING, *OWN)


class Entra(EntraEndpoint):
    """Graph takes the token that was given last."""

    graph: GraphServer

    def granted(self, form: dict[str, str]) -> tuple[int, dict[str, object]]:
        status, answer = super().granted(form)
        self.graph.tokens = {str(answer["access_token"])}
        return status, answer


class OnGraph(OnTheWeb):
    def open(self, mailbox: Mailbox, password: str) -> AbstractContextManager[MailboxConnection]:
        return wiring.open_mailbox(mailbox, password)

    def takes_away(self, request: Request) -> bool:
        return request.method == "DELETE" or request.target.endswith("/move")


@dataclass
class Cloud:
    graph: GraphServer
    entra: Entra


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    certificates = authority()
    with pytest.MonkeyPatch.context() as patch, GraphServer(certificates, page=3) as graph, Entra(USER, certificates=certificates) as entra:
        patch.setenv("REQUESTS_CA_BUNDLE", str(trusted(certificates, tmp_path_factory.mktemp("trusted"))))
        microsoft._app.cache_clear()
        entra.graph = graph
        yield Cloud(graph, entra)
        microsoft._app.cache_clear()


@pytest.fixture
def reached(cloud: Cloud, struck: Counter[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., OnGraph]]:
    """A desk with an empty mailbox."""

    def reach(**settings: Any) -> OnGraph:
        auth = Microsoft(tenant_id=TENANT, client_id=CLIENT, authority=cloud.entra.origin)
        server = {"host": "127.0.0.1", "port": int(cloud.graph.origin.rpartition(":")[2]), "user": USER, "auth": auth}
        desk = OnGraph(GraphAccount(cloud.graph), struck, protocol="graph", password=SECRET, **server, **settings)
        tokens = AccessTokens(desk.desk.secrets)
        monkeypatch.setattr(wiring, "access_tokens", lambda: tokens)
        monkeypatch.setattr(wiring, "bucket", lambda: desk.desk.bucket)
        return desk

    cloud.graph.mail = Mail()
    yield reach
    assert cloud.graph.problems == []


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("after_fetch", ["keep", "move", "delete"])
def test_nothing_is_lost_and_nothing_doubled(
    reached: Callable[..., OnGraph], monkeypatch: pytest.MonkeyPatch, after_fetch: str, seed: int
) -> None:
    """In every third case mails of some hundred bytes count as large, and come in parts."""
    if seed % 3 == 0:
        monkeypatch.setattr(graph, "HELD_BYTES", 600)
        monkeypatch.setattr(graph, "PART_BYTES", 250)
        monkeypatch.setattr(graph, "_READ_BYTES", 250)
    reached(after_fetch=after_fetch, only_unread=seed % 2 == 0).go_through(DISTURBANCES, seed)


def test_a_token_that_ends_in_the_middle_of_a_poll_is_not_used_for_the_next(cloud: Cloud, reached: Callable[..., OnGraph]) -> None:
    desk = reached()
    desk.deliver(1)
    desk.poll(lambda: requests("a token that ended", 1, token_ended, of=is_delta)(desk, Random(0)))
    assert "does not take the access token" in desk.desk.state.last_error
    desk.poll()
    desk.assert_each_mail_is_there_once()


def test_all_disturbances_struck(struck: Counter[str]) -> None:
    pages = {"a token that ended", "a delta token that was forgotten", "a page that repeats", "an empty page"}
    assert_all_struck(struck, 3 * SEEDS, SPOILT, OWN_STRIKES, pages)

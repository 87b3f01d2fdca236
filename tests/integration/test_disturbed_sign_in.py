"""Mailboxes whose access tokens come from an endpoint that replaces the refresh token at each use, states odd lives, refuses and is cut
off: nothing is lost, nothing is doubled, and where only the operator can help, the mailbox says so."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace as changed

from local.mail.dovecot import Dovecot, missing
from maildesk import wiring
from maildesk.oauth import grants
from maildesk.oauth.tokens import AccessTokens
from maildesk.ports import MailboxConnection, TryAgain
from maildesk.settings import Mailbox
from maildesk.settings.auth import Credential, OAuth2
from tests.disturbed import OnALine
from tests.fakes import MemoryBucket
from tests.faults import LINE, LINE_STRIKES, OWN, OWN_STRIKES, SPOILT, Disturbance, Given, assert_all_struck, requests
from tests.servers.accounts import new_account, users
from tests.servers.tokens import CLIENT, CLIENT_SECRET, KEY, TokenEndpoint
from tests.servers.web import Answer

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))
SEEDS = 60


class SigningIn(OnALine):
    """Each process serves two polls. The operator signs in again where that is asked for."""

    def __init__(self, endpoint: TokenEndpoint, *args: Any, **mailbox: Any) -> None:
        super().__init__(*args, password=_secret(endpoint), auth=OAuth2(token_url=endpoint.url, client_id=CLIENT), **mailbox)
        self.endpoint, self._polls = endpoint, 0

    @contextmanager
    def open(self, mailbox: Mailbox, password: str) -> Iterator[MailboxConnection]:
        grants.SECONDS = self.patience_ms / 1000
        with wiring.open_mailbox(changed(mailbox, port=self.line.port), password) as connection:
            yield connection

    def poll(self, disturb: Callable[[], None] | None = None) -> None:
        if self._polls % 2 == 0:
            tokens = AccessTokens(self.desk.secrets, lambda: self.desk.clock().timestamp())
            wiring.access_tokens = lambda: tokens
        self._polls += 1
        put = self.desk.secrets.put
        super().poll(disturb)
        self.desk.secrets.put, self.endpoint.disturb = put, lambda answer, request: answer(request)
        if self.desk.state.next_poll_at is None:
            self.sign_in_again()

    def sign_in_again(self) -> None:
        self.strike("signed in again")
        self._check("Sign in again" in self.desk.state.last_error, f"stopped by {self.desk.state.last_error}")
        self.desk.secrets.put("mailbox/help", _secret(self.endpoint))
        self.desk.states.schedule("help", self.desk.clock())
        self.poll()


def _secret(endpoint: TokenEndpoint) -> str:
    return Credential(client_secret=CLIENT_SECRET, refresh_token=endpoint.refresh_token).text()


def at_the_endpoint(name: str, spoilt: Callable[[Given, SigningIn, Random], Answer]) -> Disturbance:
    def disturb(case: SigningIn, chance: Random) -> None:
        line, case.line = case.line, case.endpoint
        requests(name, 1, spoilt)(case, chance)
        case.line = line

    return disturb


def not_stored(case: SigningIn, _chance: Random) -> None:
    def busy(*_: str) -> None:
        case.strike("a refresh token that could not be stored")
        raise TryAgain("Secrets Manager is busy.")

    case.desk.secrets.put = busy


def odd_life(given: Given, _case: SigningIn, chance: Random) -> Answer:
    whole = given()
    stated = chance.choice([0, -1, None, "soon", "60"])
    return replace(whole, body=json.dumps({**json.loads(whole.body), "expires_in": stated}).encode())


def refusal(_given: Given, _case: SigningIn, chance: Random) -> Answer:
    status, code = chance.choice([(400, "invalid_grant"), (400, "temporarily_unavailable"), (500, "server_error"), (401, "invalid_client")])
    return Answer(status, json.dumps({"error": code}).encode())


ENDPOINT = {**SPOILT, "an odd life": odd_life, "a refusal": refusal}
DISTURBANCES = (*(at_the_endpoint(*one) for one in ENDPOINT.items()), not_stored, *LINE, *OWN)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dovecot]:
    with Dovecot(tmp_path_factory.mktemp("dovecot"), users(), token_key=KEY) as server:
        yield server


@pytest.fixture
def signing_in(server: Dovecot, struck: Counter[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., SigningIn]]:
    account = new_account(server, server.imap_port)
    monkeypatch.setattr(wiring, "access_tokens", wiring.access_tokens)  # put back at the end
    monkeypatch.setattr(wiring, "bucket", MemoryBucket)
    monkeypatch.setattr(grants, "SECONDS", grants.SECONDS)
    with TokenEndpoint(account.user, rotates=True) as endpoint:
        settings = {"host": "127.0.0.1", "security": "none", "user": account.user}
        yield lambda **more: SigningIn(endpoint, account, struck, **settings, **more)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_nothing_is_lost_and_nothing_doubled(signing_in: Callable[..., SigningIn], seed: int) -> None:
    case = signing_in(after_fetch=["keep", "move", "delete"][seed % 3])
    case.endpoint.lenient = True
    case.go_through(DISTURBANCES, seed)


def test_all_disturbances_struck(struck: Counter[str]) -> None:
    assert_all_struck(struck, SEEDS, ENDPOINT, LINE_STRIKES, OWN_STRIKES, ["signed in again", "a refresh token that could not be stored"])


def test_a_refresh_token_that_only_a_lost_answer_held_stops_the_mailbox_until_the_operator_signs_in(
    signing_in: Callable[..., SigningIn], struck: Counter[str]
) -> None:
    case = signing_in()
    case.deliver(2)
    case.poll(lambda: at_the_endpoint("cut after a request", SPOILT["cut after a request"])(case, Random(0)))
    assert "cannot be asked for an access token" in case.desk.state.last_error and not case.accepted
    before = struck["signed in again"]
    case.poll()
    assert struck["signed in again"] == before + 1
    case.assert_each_mail_is_there_once()

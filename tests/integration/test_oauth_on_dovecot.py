"""A mailbox whose provider gives access tokens: Dovecot checks their signature, a token endpoint gives them out."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from msgspec.structs import replace

from local.mail.dovecot import Dovecot, missing
from maildesk import wiring
from maildesk.mailboxes.imap.check import check_imap
from maildesk.mailboxes.imap.mailbox import open_imap
from maildesk.oauth.tokens import AccessTokens, of_mailbox
from maildesk.ports import GiveUp
from maildesk.settings import Mailbox
from maildesk.settings.auth import Credential, OAuth2
from tests.fakes import MemoryBucket, MemorySecrets
from tests.servers.accounts import PASSWORD
from tests.servers.tokens import CLIENT, CLIENT_SECRET, KEY, TokenEndpoint, signed

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))
numbers = count()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dovecot]:
    users = {f"user{number}@example.test": PASSWORD for number in range(50)}
    with Dovecot(tmp_path_factory.mktemp("dovecot"), users, token_key=KEY) as server:
        yield server


@pytest.fixture
def user() -> str:
    return f"user{next(numbers)}@example.test"


def mailbox(server, user, url="https://example.test/token"):
    auth = OAuth2(token_url=url, client_id=CLIENT, scope="imap")
    return Mailbox(
        name="support",
        address=user,
        host="127.0.0.1",
        port=server.imaps_port,
        security="tls",
        verify_tls=False,
        auth=auth,
        timeout_ms=10_000,
    )


SECRET = Credential(client_secret=CLIENT_SECRET, refresh_token="first refresh token").text()


@pytest.mark.parametrize("only", ["oauthbearer", "xoauth2"])
def test_an_access_token_signs_in_by_either_mechanism(tmp_path: Path, only):
    with Dovecot(tmp_path, {}, token_key=KEY, config=f"auth_mechanisms = plain {only}\n") as server:
        server.deliver("new@example.test", b"Subject: hello\r\n\r\n")
        with open_imap(mailbox(server, "new@example.test"), signed("new@example.test")) as connection:
            assert len(connection.list_new(None)) == 1


@pytest.mark.parametrize(
    "token", ["no token", signed("somebody@example.test"), signed("user@example.test", -100)], ids=["bad", "other", "old"]
)
def test_another_token_is_refused_without_being_shown(server, token):
    with pytest.raises(GiveUp, match=r"does not let user@example\.test sign in: .*that the app in auth may open") as refused:
        open_imap(mailbox(server, "user@example.test"), token)
    assert token not in str(refused.value)


def test_a_server_without_oauth2_says_so(tmp_path):
    with Dovecot(tmp_path, {}) as server, pytest.raises(GiveUp, match="offers no sign-in with OAuth2"):
        open_imap(mailbox(server, "user@example.test"), "token")


def test_passwords_still_sign_in_beside_tokens(server, user):
    with open_imap(Mailbox(name="a", address=user, host="127.0.0.1", port=server.imaps_port, verify_tls=False), PASSWORD) as connection:
        assert connection.list_new(None) == []


def test_a_poll_signs_in_with_the_token_the_endpoint_gives(server, user):
    with TokenEndpoint(user, rotates=True) as endpoint:
        secrets = MemorySecrets(**{"mailbox/support": SECRET})
        box, tokens = mailbox(server, user, endpoint.url), AccessTokens(secrets)
        for _ in "twice":
            with tokens.signing_in(of_mailbox(box, secrets.get("mailbox/support"))) as token, open_imap(box, token) as connection:
                assert connection.list_new(None) == []
    assert len(endpoint.asked) == 1
    assert endpoint.refresh_token in secrets.get("mailbox/support")


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_all_that_reads_mail_is_handed_the_token(server, user, protocol, monkeypatch):
    server.deliver(user, b"Subject: hello\r\n\r\n")
    port = {"imap": server.imaps_port, "pop3": server.pop3s_port}[protocol]
    with TokenEndpoint(user, rotates=True) as endpoint:
        secrets = MemorySecrets(**{"mailbox/support": SECRET})
        monkeypatch.setattr(wiring, "access_tokens", lambda tokens=AccessTokens(secrets): tokens)  # noqa: B008
        monkeypatch.setattr(wiring, "bucket", MemoryBucket)
        box = replace(mailbox(server, user, endpoint.url), protocol=protocol, port=port)
        with wiring.open_mailbox(box, SECRET) as connection:
            assert len(connection.list_new(None)) == 1
        assert all(step.ok for step in wiring.check_mailbox(box, SECRET))
        endpoint.refuses = (400, "invalid_grant")
        assert [step.name for step in wiring.check_mailbox(box, SECRET)] == ["access token"]


def test_the_connection_test_tells_of_the_token_first(server, user):
    with TokenEndpoint(user) as endpoint:
        box, tokens = mailbox(server, user, endpoint.url), AccessTokens(MemorySecrets())
        steps = list(tokens.checking(of_mailbox(box, SECRET), lambda token: check_imap(box, token)))
    assert all(step.ok for step in steps)
    assert (steps[0].name, steps[0].detail) == ("access token", f"the provider gave one for {user}, good for 55 min")
    assert [step.name for step in steps[1:5]] == ["name", "connection", "encryption", "sign-in"]

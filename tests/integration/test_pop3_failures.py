"""Every way a POP3 mailbox fails, as the operator reads it: what is wrong, where, and what to do."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from local.mail.dovecot import Dovecot, missing
from local.mail.smtp_receiver import SmtpReceiver
from maildesk.mailboxes.pop3.check import check_pop3
from maildesk.mailboxes.pop3.mailbox import open_pop3
from maildesk.ports import Fetched, GiveUp, TryAgain
from maildesk.settings import Mailbox
from maildesk.settings.auth import OAuth2
from tests.fakes import MemoryBucket
from tests.servers.proxy import Proxy
from tests.servers.scripted import HANG, ScriptedServer, pop3_server
from tests.servers.tokens import CLIENT, KEY, signed

ALICE, SECRET = "alice@example.test", "s3cret"


def mailbox(port: int, **changes: Any) -> Mailbox:
    settings = {"protocol": "pop3", "host": "127.0.0.1", "security": "none", "timeout_ms": 300} | changes
    return Mailbox(name="support", address=ALICE, port=port, **settings)


def polled(port: int, password: str = SECRET, **changes: Any) -> list[Fetched]:
    with open_pop3(mailbox(port, **changes), password, MemoryBucket()) as connection:
        fetched = list(connection.fetch(connection.list_new(None), 0))
        connection.finish([mail.key for mail in fetched])
    return fetched


def failure(port: int, password: str = SECRET, **changes: Any) -> tuple[type[Exception], str]:
    """What a poll ends with."""
    with pytest.raises((TryAgain, GiveUp)) as caught:
        polled(port, password, **changes)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return caught.type, str(caught.value)


@pytest.mark.skipif(missing() is not None, reason=str(missing()))
def test_a_wrong_password_anothers_port_and_a_certificate_nobody_signed_on_a_real_server(tmp_path: Path) -> None:
    with Dovecot(tmp_path, {ALICE: SECRET}) as dovecot:
        host = "127.0.0.1 port"
        assert failure(dovecot.pop3_port, "wrong", timeout_ms=10_000) == (
            GiveUp,
            f'{host} {dovecot.pop3_port} does not let alice@example.test sign in: "Authentication failed". Check user and password.',
        )
        expected = "answers, but not as a POP3 server. Check host and port."
        assert failure(dovecot.imap_port) == (GiveUp, f"{host} {dovecot.imap_port} {expected}")
        for port, security in ((dovecot.pop3s_port, "tls"), (dovecot.pop3_port, "starttls")):
            kind, sentence = failure(port, security=security, timeout_ms=5000)
            assert kind is GiveUp and sentence.startswith(f"The certificate of {host} {port} is self-signed.")
        assert "Set security to starttls" in failure(dovecot.pop3_port, security="tls", timeout_ms=5000)[1]


def test_an_smtp_server() -> None:
    with SmtpReceiver() as smtp:
        sentence = f"127.0.0.1 port {smtp.port} answers, but not as a POP3 server. Check host and port."
        assert failure(smtp.port) == (GiveUp, sentence)


REFUSALS = {
    "[AUTH] Invalid credentials": (GiveUp, '"Invalid credentials". Check user and password.'),
    "Login failed.": (GiveUp, '"Login failed". Check user and password.'),
    "[IN-USE] Already open": (TryAgain, '"Already open". Another program holds the mailbox; if this goes on, close it there.'),
    "Unable to lock maildrop": (TryAgain, '"Unable to lock maildrop". Another program holds the mailbox; if this goes on, close it there.'),
    "[LOGIN-DELAY] Wait": (TryAgain, '"Wait". The server wants more time between two sign-ins: set poll_every_minutes higher.'),
    "[SYS/TEMP] Disk": (TryAgain, '"Disk". The server has trouble of its own; if this goes on, ask its administrator.'),
    "[SYS/PERM] Closed": (GiveUp, '"Closed". Ask the administrator of the mail server.'),
    f"no such password: {SECRET}": (GiveUp, '"no such password: ***". Check user and password.'),
}


@pytest.mark.parametrize("words", REFUSALS)
def test_sign_in_is_refused(words: str) -> None:
    with pop3_server(PASS=f"-ERR {words}\r\n".encode()) as server:
        kind, sentence = failure(server.port)
    expected_kind, end = REFUSALS[words]
    assert (kind, sentence) == (expected_kind, f"127.0.0.1 port {server.port} does not let alice@example.test sign in: {end}")


WHILE_LISTED = "while the mailbox was listed for alice@example.test"
WHILE_READ = "while the mailbox was read for alice@example.test"
BROKEN: dict[str, tuple[AbstractContextManager[ScriptedServer], dict[str, Any], type[Exception], str]] = {
    "accepts and is silent": (
        ScriptedServer(HANG),
        {},
        TryAgain,
        "{server} did not answer within 0.3 s. Check host, port and firewalls."
        " A port made for TLS from the start is silent too: then set security to tls.",
    ),
    "closes at once": (
        ScriptedServer(b"<close>"),
        {},
        TryAgain,
        "{server} closed the connection. If this goes on, look into the server's log.",
    ),
    "is busy": (
        pop3_server(b"-ERR [SYS/TEMP] Too many\r\n<close>"),
        {},
        TryAgain,
        '{server} refused: "Too many". The server has trouble of its own; if this goes on, ask its administrator.',
    ),
    "has no STLS": (
        pop3_server(),
        {"security": "starttls"},
        GiveUp,
        "{server} does not offer STLS. Set security to tls, with its port, or to none.",
    ),
    "knows no UIDL": (
        pop3_server(UIDL=b"-ERR Unknown command.\r\n"),
        {},
        GiveUp,
        "{server} does not give UIDL, by which to tell new mails from those read. Use IMAP there.",
    ),
    "is silent while listing": (
        pop3_server(UIDL=HANG),
        {},
        TryAgain,
        f"{{server}} stopped answering for 0.3 s {WHILE_LISTED}. If this goes on, look into the server's log.",
    ),
    "closes while listing": (
        pop3_server(UIDL=b"+OK\r\n1 fir<close>"),
        {},
        TryAgain,
        f"{{server}} closed the connection {WHILE_LISTED}. If this goes on, look into the server's log.",
    ),
    "talks nonsense while listing": (
        pop3_server(UIDL=b"+OK\r\nnonsense\r\n.\r\n"),
        {},
        TryAgain,
        f"{{server}} gave an answer that is not POP3 {WHILE_LISTED}. If this goes on, look into the server's log.",
    ),
    "closes in the middle of a mail": (
        pop3_server(RETR=b"+OK\r\nSubject: planted\r\n\r\nplan<close>"),
        {},
        TryAgain,
        f"{{server}} closed the connection {WHILE_READ}. If this goes on, look into the server's log.",
    ),
    "does not delete": (
        pop3_server(DELE=b"-ERR Read-only.\r\n"),
        {"after_fetch": "delete"},
        TryAgain,
        '{server} refused while the mailbox lost the mails done with for alice@example.test: "Read-only". Look into the server\'s log.',
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_server_that(what: str) -> None:
    broken, settings, kind, sentence = BROKEN[what]
    with broken as server:
        assert failure(server.port, **settings) == (kind, sentence.format(server=f"127.0.0.1 port {server.port}"))


def test_a_mail_that_the_server_does_not_give_comes_as_its_header_or_as_a_stand_in() -> None:
    with pop3_server(RETR=b"-ERR Cannot.\r\n") as server:
        (fetched,) = polled(server.port)
    assert (fetched.raw, fetched.header_only) == (b"Subject: first\r\n\r\n", True)
    with pop3_server(RETR=b"-ERR Cannot.\r\n", TOP=b"-ERR Cannot.\r\n") as server:
        (fetched,) = polled(server.port)
    assert b"lists but does not give" in fetched.raw and fetched.header_only


def test_a_mail_that_vanished_is_left_out() -> None:
    no_longer = b"-ERR No such mail.\r\n"
    with pop3_server(RETR=no_longer, TOP=no_longer) as server, open_pop3(mailbox(server.port), SECRET, MemoryBucket()) as connection:
        listed = connection.list_new(None)
        server.answers["LIST 1"] = no_longer
        assert list(connection.fetch(listed, 0)) == []


@pytest.mark.parametrize("between", [b"-ERR\r\n", b"-ERR Wait a moment.\r\n"])
def test_answers_out_of_step_do_not_pass_for_another_mail(between: bytes) -> None:
    with pop3_server(RETR=between + b"+OK\r\nSubject: first\r\n\r\n.\r\n") as server, pytest.raises(TryAgain, match="not POP3"):
        polled(server.port)
    with pop3_server(RETR=between, TOP=b"+OK\r\nSubject: first\r\n\r\n.\r\n") as server, pytest.raises(TryAgain, match="not POP3"):
        server.answers["LIST 1"] = b"+OK 60 octets\r\n"
        polled(server.port)


@pytest.mark.skipif(missing() is not None, reason=str(missing()))
def test_without_encryption_the_password_is_not_sent_where_apop_is_offered(tmp_path: Path) -> None:
    with (
        Dovecot(tmp_path, {ALICE: SECRET}, config="auth_mechanisms = plain login apop") as dovecot,
        Proxy(dovecot.pop3_port) as proxy,
        open_pop3(mailbox(proxy.port, timeout_ms=5000), SECRET, MemoryBucket()),
    ):
        assert any(line.startswith(b"APOP alice@example.test ") for line in proxy.lines)


def test_the_connection_test_says_what_the_server_can_and_what_will_happen() -> None:
    with pop3_server() as server:
        steps = {step.name: step.detail for step in check_pop3(mailbox(server.port, after_fetch="delete"), SECRET)}
    assert steps["mailbox"] == "it holds 1 mails, 0.0 MB; POP3 does not tell which are unread, so all are taken"
    assert (
        steps["abilities"] == "UIDL yes, TOP yes: mails are deleted at the end of each poll; of one above max_size_mb, the header is read"
    )


def test_the_connection_test_ends_at_the_first_failure() -> None:
    with pop3_server(CAPA=b"-ERR What?\r\n", UIDL=b"-ERR What?\r\n") as server:
        steps = list(check_pop3(mailbox(server.port), SECRET))
    assert [(step.name, step.ok) for step in steps] == [
        ("name", True),
        ("connection", True),
        ("encryption", True),
        ("sign-in", True),
        ("mailbox", True),
        ("abilities", False),
    ]
    assert steps[-1].detail == "UIDL no, TOP no: without UIDL, new mails cannot be told from those read. Use IMAP there."


@pytest.mark.skipif(missing() is not None, reason=str(missing()))
@pytest.mark.parametrize("mechanism", ["oauthbearer", "xoauth2"])
def test_a_token_that_is_refused_is_not_shown(tmp_path: Path, mechanism: str) -> None:
    auth = OAuth2(token_url="https://example.test/token", client_id=CLIENT)
    with Dovecot(tmp_path, {}, token_key=KEY, config=f"auth_mechanisms = plain {mechanism}\n") as server:
        assert polled(server.pop3_port, signed(ALICE), auth=auth, timeout_ms=5000) == []
        kind, sentence = failure(server.pop3_port, signed("somebody@example.test"), auth=auth, timeout_ms=5000)
    start, _, end = sentence.partition("sign in: ")
    assert (kind, start) == (GiveUp, f"127.0.0.1 port {server.pop3_port} does not let alice@example.test ")
    assert end == '"Authentication failed". Check user, and that the app in auth may open this account.'

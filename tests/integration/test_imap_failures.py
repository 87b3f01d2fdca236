"""Every way an IMAP mailbox fails, as the operator reads it: what is wrong, where, and what to do."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from local.mail.certificates import Certificate, authority, self_signed
from local.mail.dovecot import Dovecot, missing
from local.mail.smtp_receiver import SmtpReceiver
from maildesk.connecting.servers import tls_context, trust
from maildesk.mailboxes.imap.check import check_imap
from maildesk.mailboxes.imap.mailbox import open_imap
from maildesk.ports import GiveUp, TryAgain
from maildesk.settings import Mailbox
from tests.servers.proxy import Proxy
from tests.servers.scripted import HANG, ScriptedServer, imap_server

ALICE, SECRET = "alice@example.test", "s3cret"
AUTHORITY = authority()
needs_dovecot = pytest.mark.skipif(missing() is not None, reason=str(missing()))


def mailbox(port: int, **changes: Any) -> Mailbox:
    settings = {"host": "127.0.0.1", "security": "none", "after_fetch": "keep", "timeout_ms": 300} | changes
    return Mailbox(name="support", address=ALICE, port=port, **settings)


def failure(port: int, password: str = SECRET, **changes: Any) -> tuple[type[Exception], str]:
    """What a poll ends with."""
    with pytest.raises((TryAgain, GiveUp)) as caught, open_imap(mailbox(port, **changes), password) as connection:
        list(connection.fetch(connection.list_new(None), 0))
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return caught.type, str(caught.value)


def forget_whom_to_trust() -> None:
    trust.cache_clear()
    tls_context.cache_clear()


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process trusts our authority."""
    (tmp_path / "authority.pem").write_bytes(AUTHORITY.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    forget_whom_to_trust()
    yield
    forget_whom_to_trust()


@pytest.fixture(scope="module")
def dovecot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dovecot]:
    with Dovecot(tmp_path_factory.mktemp("dovecot"), {ALICE: SECRET}, certificate=self_signed()) as server:
        yield server


@needs_dovecot
class TestRealServer:
    def test_wrong_password(self, dovecot: Dovecot) -> None:
        assert failure(dovecot.imap_port, "wrong", timeout_ms=10_000) == (
            GiveUp,
            f"127.0.0.1 port {dovecot.imap_port} does not let alice@example.test sign in:"
            ' "Authentication failed". Check user and password.',
        )

    def test_missing_folder(self, dovecot: Dovecot) -> None:
        for folder in ("Sales", "Grüße"):
            dovecot.deliver(ALICE, b"Subject: x\r\n\r\n", folder)
        kind, sentence = failure(dovecot.imap_port, folder="Support", timeout_ms=5000)
        assert kind is GiveUp
        start, _, folders = sentence.partition(" There are: ")
        assert start == f"There is no folder Support for alice@example.test at 127.0.0.1 port {dovecot.imap_port}."
        assert sorted(folders.removesuffix(". Check the folder.").split(", ")) == ["Grüße", "INBOX", "Sales"]

    @pytest.mark.parametrize("security", ["tls", "starttls"])
    def test_self_signed_certificate(self, dovecot: Dovecot, security: str) -> None:
        port = dovecot.imaps_port if security == "tls" else dovecot.imap_port
        assert failure(port, security=security) == (
            GiveUp,
            f"The certificate of 127.0.0.1 port {port} is self-signed."
            " Give the server a valid one, or set verify_tls to false if you accept the risk.",
        )

    def test_tls_on_a_port_that_greets_in_the_clear(self, dovecot: Dovecot) -> None:
        assert failure(dovecot.imap_port, security="tls") == (
            GiveUp,
            f"127.0.0.1 port {dovecot.imap_port} does not speak TLS from the start; it looks like a port for STARTTLS or no encryption."
            " Set security to starttls, or use the port for TLS.",
        )

    @pytest.mark.parametrize("security", ["none", "starttls"])
    def test_no_tls_on_a_port_that_waits_for_it(self, dovecot: Dovecot, security: str) -> None:
        assert failure(dovecot.imaps_port, security=security) == (
            TryAgain,
            f"127.0.0.1 port {dovecot.imaps_port} did not answer within 0.3 s. Check host, port and firewalls."
            " A port made for TLS from the start is silent too: then set security to tls.",
        )

    def test_another_protocols_port(self, dovecot: Dovecot) -> None:
        expected = "answers, but not as an IMAP server. Check host and port."
        assert failure(dovecot.pop3_port) == (GiveUp, f"127.0.0.1 port {dovecot.pop3_port} {expected}")
        with SmtpReceiver() as smtp:
            assert failure(smtp.port) == (GiveUp, f"127.0.0.1 port {smtp.port} {expected}")

    @pytest.mark.parametrize("passed", [2000, 4500, 20_000])
    def test_the_line_is_cut_in_the_middle_of_a_mail(self, dovecot: Dovecot, passed: int) -> None:
        folder = f"Cut after {passed}"
        for _ in range(10):
            dovecot.deliver(ALICE, b"Subject: planted words\r\n\r\n" + b"planted words\r\n" * 200, folder)
        with Proxy(dovecot.imap_port) as proxy:
            proxy.cut_after_bytes = passed
            kind, sentence = failure(proxy.port, folder=folder, timeout_ms=5000)
        assert kind is TryAgain
        assert sentence == (
            f"127.0.0.1 port {proxy.port} closed the connection while folder {folder} was read for alice@example.test."
            " If this goes on, look into the server's log."
        )

    def test_a_mail_is_garbled_on_the_way(self, dovecot: Dovecot) -> None:
        dovecot.deliver(ALICE, b"Subject: planted words\r\n\r\n" + b"planted words\r\n" * 20, "Garbled")
        with Proxy(dovecot.imap_port) as proxy:
            proxy.garble = lambda data: data.replace(b"BODY[] {", b"BODY[] {1")
            kind, sentence = failure(proxy.port, folder="Garbled", timeout_ms=500)
        assert kind is TryAgain
        assert "planted" not in sentence


@needs_dovecot
@pytest.mark.usefixtures("trusted")
class TestCertificate:
    @pytest.mark.parametrize(
        ("certificate", "host", "reason"),
        [
            (AUTHORITY.issue(days=-1), "127.0.0.1", "has expired"),
            (AUTHORITY.issue(["mail.example.com"]), "127.0.0.1", "is for another name than 127.0.0.1"),
            (AUTHORITY.issue(["mail.example.com"]), "localhost", "is for another name than localhost"),
            (authority().issue(), "localhost", "is signed by an authority that is not trusted here"),
        ],
    )
    def test_is_not_trusted(self, tmp_path: Path, certificate: Certificate, host: str, reason: str) -> None:
        advice = "Set host to the name it is for" if "another name" in reason else "Give the server a valid one"
        with Dovecot(tmp_path, {ALICE: SECRET}, certificate=certificate) as server:
            assert failure(server.imaps_port, host=host, security="tls") == (
                GiveUp,
                f"The certificate of {host} port {server.imaps_port} {reason}."
                f" {advice}, or set verify_tls to false if you accept the risk.",
            )

    def test_is_trusted_and_described(self, tmp_path: Path) -> None:
        with Dovecot(tmp_path, {ALICE: SECRET}, certificate=AUTHORITY.issue(days=30)) as server:
            steps = {step.name: step for step in check_imap(mailbox(server.imaps_port, security="tls", timeout_ms=5000), SECRET)}
        assert steps["encryption"].detail == "TLSv1.3, certificate by Maildesk test authority, 30 days left"
        assert steps["sign-in"].detail == "alice@example.test signed in"
        assert list(steps) == ["name", "connection", "encryption", "sign-in", "folder", "abilities"]

    def test_that_ends_soon_is_a_warning(self, tmp_path: Path) -> None:
        with Dovecot(tmp_path, {ALICE: SECRET}, certificate=AUTHORITY.issue(days=5)) as server:
            steps = {step.name: step for step in check_imap(mailbox(server.imaps_port, security="tls", timeout_ms=5000), SECRET)}
        assert steps["encryption"].ok
        assert "5 days left: when it has ended, nothing works here." in steps["encryption"].detail


@pytest.mark.parametrize("host", ["imap..example.com", f"{64 * 'a'}.example.com"])
def test_a_host_that_can_be_none(host: str) -> None:
    (step,) = check_imap(mailbox(993, host=host), SECRET)
    assert (step.ok, step.detail) == (False, f"There is no host named {host}. Check the host for a typing error.")


def test_unknown_host() -> None:
    assert failure(993, host="no-such-host.invalid") in {
        (GiveUp, "There is no host named no-such-host.invalid. Check the host for a typing error."),
        (
            TryAgain,
            "The name no-such-host.invalid could not be looked up just now. If this goes on, check the host and the name service.",
        ),
    }


def test_closed_port() -> None:
    assert failure(1) == (TryAgain, "127.0.0.1 refuses connections on port 1. Check the port, and that the server is running.")


CODES = {
    "[AUTHENTICATIONFAILED] Invalid credentials": (GiveUp, '"Invalid credentials". Check user and password.'),
    "LOGIN failed.": (GiveUp, '"LOGIN failed". Check user and password.'),
    "[ALERT] Application-specific password required": (GiveUp, '"Application-specific password required". Check user and password.'),
    "[EXPIRED] Password too old": (GiveUp, '"Password too old". The password has expired: set a new one there, then here.'),
    "[PRIVACYREQUIRED] No": (GiveUp, '"No". Set security to tls or starttls.'),
    "[CONTACTADMIN] Blocked": (GiveUp, '"Blocked". Ask the administrator of the mail server.'),
    "[UNAVAILABLE] Lookup failed": (
        TryAgain,
        '"Lookup failed". The server has trouble of its own; if this goes on, ask its administrator.',
    ),
    "[LIMIT] Too many": (TryAgain, '"Too many". The server limits this; if this goes on, poll less often.'),
    "[INUSE] Locked": (TryAgain, '"Locked". Another program holds the mailbox; if this goes on, close it there.'),
    f"no such password: {SECRET}": (GiveUp, '"no such password: ***". Check user and password.'),
}


@pytest.mark.parametrize("said", CODES)
def test_sign_in_is_refused(said: str) -> None:
    with imap_server(LOGIN=f"{{tag}} NO {said}\r\n".encode()) as server:
        kind, sentence = failure(server.port)
    expected_kind, end = CODES[said]
    assert (kind, sentence) == (expected_kind, f"127.0.0.1 port {server.port} does not let alice@example.test sign in: {end}")


def test_a_password_beyond_ascii_where_only_login_is_offered() -> None:
    with imap_server() as server:
        assert failure(server.port, "pässword") == (
            GiveUp,
            f"127.0.0.1 port {server.port} takes only plain letters in user and password (no AUTH=PLAIN). Choose others there, then here.",
        )


WHILE_LISTED = "while folder INBOX was listed for alice@example.test"
BROKEN: dict[str, tuple[AbstractContextManager[ScriptedServer], dict[str, Any], type[Exception], str]] = {
    "accepts and is silent": (
        ScriptedServer(HANG),
        {"security": "tls"},
        TryAgain,
        "{server} did not answer within 0.3 s. Check host, port and firewalls.",
    ),
    "greets and is silent": (
        ScriptedServer(b"* OK Hello\r\n"),
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
    "says BYE at once": (
        ScriptedServer(b"* BYE [UNAVAILABLE] Too many connections.\r\n<close>"),
        {},
        TryAgain,
        '{server} ended the connection: "Too many connections".',
    ),
    "speaks HTTP": (
        ScriptedServer(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        {},
        GiveUp,
        "{server} answers, but not as an IMAP server. Check host and port.",
    ),
    "takes no password in the clear": (
        imap_server(CAPABILITY=b"* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\n{tag} OK Done.\r\n"),
        {},
        GiveUp,
        "{server} takes no password without encryption. Set security to starttls, or to tls with its port.",
    ),
    "has no STARTTLS": (
        imap_server(),
        {"security": "starttls"},
        GiveUp,
        "{server} does not offer STARTTLS. Set security to tls, with its port, or to none.",
    ),
    "is silent at sign-in": (
        imap_server(LOGIN=HANG),
        {},
        TryAgain,
        "{server} stopped answering for 0.3 s while signing in for alice@example.test. If this goes on, look into the server's log.",
    ),
    "says BYE at sign-in": (
        imap_server(LOGIN=b"* BYE Shutting down\r\n<close>"),
        {},
        TryAgain,
        '{server} ended the connection while signing in for alice@example.test: "Shutting down".',
    ),
    "grants no access to the folder": (
        imap_server(EXAMINE=b"{tag} NO [NOPERM] Denied\r\n", LIST=b'* LIST () "/" "INBOX"\r\n{tag} OK Done.\r\n'),
        {},
        GiveUp,
        f'{{server}} refused {WHILE_LISTED}: "Denied". The user needs the right to do this.',
    ),
    "grants reading only": (
        imap_server(SELECT=b"* 0 EXISTS\r\n{tag} OK [READ-ONLY] Done.\r\n"),
        {"after_fetch": "delete"},
        GiveUp,
        "{server} lets alice@example.test read mails, not move or delete them. Grant that right, or set after_fetch to keep.",
    ),
    "is silent while listing": (
        imap_server(UID=HANG),
        {},
        TryAgain,
        f"{{server}} stopped answering for 0.3 s {WHILE_LISTED}. If this goes on, look into the server's log.",
    ),
    "closes while listing": (
        imap_server(UID=b"* SEARCH 1 2<close>"),
        {},
        TryAgain,
        f"{{server}} closed the connection {WHILE_LISTED}. If this goes on, look into the server's log.",
    ),
    "talks nonsense while listing": (
        imap_server(UID=b"\0\xff nonsense\r\n"),
        {},
        TryAgain,
        f"{{server}} gave an answer that is not IMAP {WHILE_LISTED}. If this goes on, look into the server's log.",
    ),
    "has trouble while listing": (
        imap_server(UID=b"{tag} NO [SERVERBUG] Oops\r\n"),
        {},
        TryAgain,
        f'{{server}} refused {WHILE_LISTED}: "Oops". The server has trouble of its own; if this goes on, ask its administrator.',
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_server_that(what: str) -> None:
    broken, settings, kind, sentence = BROKEN[what]
    with broken as server:
        assert failure(server.port, **settings) == (kind, sentence.format(server=f"127.0.0.1 port {server.port}"))


def test_the_connection_test_ends_at_the_first_failure() -> None:
    with imap_server(LOGIN=b"{tag} NO [AUTHENTICATIONFAILED] No.\r\n") as server:
        steps = list(check_imap(mailbox(server.port), SECRET))
    assert [(step.name, step.ok) for step in steps] == [("name", True), ("connection", True), ("encryption", True), ("sign-in", False)]
    assert steps[2].detail == "not encrypted: everybody on the way can read along"
    assert steps[3].detail.endswith('sign in: "No". Check user and password.')

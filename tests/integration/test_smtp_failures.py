"""Every way an SMTP sender fails, as the operator reads it; and what becomes of a mail that only some recipients may have."""

from contextlib import AbstractContextManager
from typing import Any

import pytest

from local.mail.certificates import self_signed
from local.mail.smtp_receiver import SmtpReceiver
from maildesk.ports import Envelope, GiveUp, Login, Refused, TryAgain
from maildesk.senders.smtp.check import check_smtp
from maildesk.senders.smtp.sender import open_smtp
from maildesk.settings import Sender
from tests.servers.proxy import Proxy
from tests.servers.scripted import HANG, ScriptedServer

SECRET = "s3cret-pässword"
MAIL = b"Subject: planted words\r\n\r\nplanted words\r\n"
ENVELOPE = Envelope("support@example.test", ("alice@example.test", "bob@example.test"))


def sender(port: int, **changes: Any) -> Sender:
    settings = {"host": "127.0.0.1", "security": "none", "timeout_ms": 300} | changes
    return Sender(name="out", address="support@example.test", port=port, **settings)


def failure(port: int, login: Login | None = None, envelope: Envelope = ENVELOPE, **changes: Any) -> tuple[type[Exception], str]:
    with pytest.raises((TryAgain, GiveUp)) as caught, open_smtp(sender(port, **changes), login) as connection:
        connection.send(envelope, MAIL)
    assert "planted" not in str(caught.value)
    return caught.type, str(caught.value)


class TestRecipients:
    def test_some_are_refused_and_the_others_get_it(self) -> None:
        with SmtpReceiver(answers={"bob@example.test": "550 5.1.1 no such user", "carol@example.test": "451 4.7.1 greylisted"}) as server:
            with open_smtp(sender(server.port), None) as connection:
                sent = connection.send(Envelope("support@example.test", (*ENVELOPE.recipients, "carol@example.test")), MAIL)
            assert [mail.recipients for mail in server.mails] == [("alice@example.test",)]
        assert sent.refused == (
            Refused("bob@example.test", "550 5.1.1 no such user", temporary=False),
            Refused("carol@example.test", "451 4.7.1 greylisted", temporary=True),
        )
        assert sent.provider_id == "250 2.0.0 OK: queued as 1"

    @pytest.mark.parametrize(
        ("alice", "bob", "kind"),
        [
            ("550 5.1.1 no such user", "550 5.7.1 blocked", GiveUp),
            ("451 4.7.1 greylisted", "452 4.2.2 mailbox full", TryAgain),
            ("550 5.1.1 no such user", "451 4.7.1 greylisted", TryAgain),
        ],
    )
    def test_all_are_refused(self, alice: str, bob: str, kind: type[Exception]) -> None:
        with SmtpReceiver(answers={"alice@example.test": alice, "bob@example.test": bob}) as server:
            assert failure(server.port) == (
                kind,
                f'127.0.0.1 port {server.port} took no recipient: alice@example.test ("{alice}"), bob@example.test ("{bob}").',
            )
            assert server.mails == []

    def test_a_refused_mail_does_not_spoil_the_next(self) -> None:
        refused = {"alice@example.test": "550 5.1.1 no such user", "bob@example.test": "550 5.1.1 no such user"}
        with SmtpReceiver(answers=refused) as server, open_smtp(sender(server.port), None) as connection:
            for _ in range(3):
                with pytest.raises(GiveUp):
                    connection.send(ENVELOPE, MAIL)
            connection.send(Envelope("support@example.test", ("dora@example.test",)), MAIL)
            assert [mail.recipients for mail in server.mails] == [("dora@example.test",)]


class TestWhatIsSent:
    def test_automatic_mail_has_no_envelope_sender(self) -> None:
        with SmtpReceiver() as server, open_smtp(sender(server.port), None) as connection:
            connection.send(Envelope("", ("alice@example.test",)), MAIL)
            assert server.mails[0].sender == ""

    def test_domains_beyond_ascii_travel_as_ascii(self) -> None:
        with SmtpReceiver(utf8=False) as server, open_smtp(sender(server.port), None) as connection:
            connection.send(Envelope("support@example.test", ("alice@bücher.example",)), MAIL)
            assert server.mails[0].recipients == ("alice@xn--bcher-kva.example",)

    def test_names_beyond_ascii_ask_for_smtputf8(self) -> None:
        with SmtpReceiver() as server, open_smtp(sender(server.port), None) as connection:
            connection.send(Envelope("support@example.test", ("jörg@example.test",)), MAIL)
            assert server.mails[0].recipients == ("jörg@example.test",)
            assert "SMTPUTF8" in server.mails[0].options

    def test_names_beyond_ascii_need_a_server_that_takes_them(self) -> None:
        with SmtpReceiver(utf8=False) as server:
            assert failure(server.port, envelope=Envelope("support@example.test", ("jörg@example.test",))) == (
                GiveUp,
                f"127.0.0.1 port {server.port} takes no addresses beyond ASCII (SMTPUTF8). Use another sender for them.",
            )

    def test_a_line_break_in_an_address_stays_here(self) -> None:
        with SmtpReceiver() as server:
            assert failure(
                server.port, envelope=Envelope("support@example.test", ("alice@example.test>\r\nRCPT TO:<bob@example.test",))
            ) == (
                GiveUp,
                f"127.0.0.1 port {server.port} cannot be told a name, password or address with such characters while a mail was sent."
                " Choose another.",
            )
            assert server.mails == []

    def test_8_bit_mail_is_announced(self) -> None:
        with SmtpReceiver() as server, open_smtp(sender(server.port), None) as connection:
            connection.send(ENVELOPE, "Subject: x\r\n\r\nGrüße\r\n".encode())
            assert "BODY=8BITMIME" in server.mails[0].options
            assert server.mails[0].raw.endswith("Grüße\r\n".encode())


REFUSALS = {
    ("MAIL", "550 5.7.1 not your address"): (
        GiveUp,
        '{server} refused mail from support@example.test: "550 5.7.1 not your address". Check that this account may send from there.',
    ),
    ("MAIL", "421 4.3.2 shutting down"): (TryAgain, '{server} refused mail from support@example.test: "421 4.3.2 shutting down".'),
    ("DATA", "552 5.3.4 too big"): (GiveUp, '{server} refused the mail: "552 5.3.4 too big".'),
    ("DATA", "451 4.3.0 try later"): (TryAgain, '{server} refused the mail: "451 4.3.0 try later".'),
}


@pytest.mark.parametrize(("step", "answer"), REFUSALS)
def test_the_mail_is_refused(step: str, answer: str) -> None:
    kind, sentence = REFUSALS[step, answer]
    with SmtpReceiver(answers={step: answer}) as server:
        assert failure(server.port) == (kind, sentence.format(server=f"127.0.0.1 port {server.port}"))


class TestSignIn:
    def test_wrong_password(self) -> None:
        with SmtpReceiver(users={"support": SECRET}) as server:
            assert failure(server.port, Login("support", "wrong")) == (
                GiveUp,
                f"127.0.0.1 port {server.port} does not let support sign in:"
                ' "535 5.7.8 Authentication credentials invalid". Check user and password.',
            )

    def test_none_is_offered(self) -> None:
        with SmtpReceiver() as server:
            assert failure(server.port, Login("support", SECRET)) == (
                GiveUp,
                f"127.0.0.1 port {server.port} offers no sign-in. Many servers do so only after STARTTLS:"
                " check port and security, or set auth to none.",
            )

    def test_it_is_needed_and_none_is_set(self) -> None:
        with SmtpReceiver(users={"support": SECRET}) as server:
            assert failure(server.port) == (
                GiveUp,
                f"127.0.0.1 port {server.port} refused mail from support@example.test:"
                ' "530 5.7.0 Authentication required". Check that this account may send from there.',
            )

    def test_a_server_that_repeats_what_it_was_told(self) -> None:
        answers = {"EHLO": b"250-hello\r\n250 AUTH PLAIN\r\n", "AUTH": b"535 wrong: s3cret / AHN1cHBvcnQAczNjcmV0\r\n"}
        with ScriptedServer(b"220 hello\r\n", answers, word=0) as server:
            _, sentence = failure(server.port, Login("support", "s3cret"))
        assert sentence.endswith('sign in: "535 wrong: *** / ***". Check user and password.')

    def test_a_busy_server(self) -> None:
        answers = {"EHLO": b"250-hello\r\n250 AUTH PLAIN\r\n", "AUTH": b"454 4.7.0 Temporary authentication failure\r\n"}
        with ScriptedServer(b"220 hello\r\n", answers, word=0) as server:
            assert failure(server.port, Login("support", SECRET))[0] is TryAgain


HELLO = {"EHLO": b"250 hello\r\n", "MAIL": b"250 OK\r\n", "RCPT": b"250 OK\r\n", "DATA": b"354 go on\r\n"}
WHILE_SENT = "while a mail was sent. If this goes on, look into the server's log."
BROKEN: dict[str, tuple[AbstractContextManager[Any], dict[str, Any], type[Exception], str]] = {
    "is silent": (
        ScriptedServer(HANG),
        {"security": "tls"},
        TryAgain,
        "{server} did not answer within 0.3 s. Check host, port and firewalls.",
    ),
    "waits for TLS": (
        SmtpReceiver(security="tls"),
        {"security": "starttls"},
        TryAgain,
        "{server} did not answer within 0.3 s. Check host, port and firewalls."
        " A port made for TLS from the start is silent too: then set security to tls.",
    ),
    "greets in the clear": (
        SmtpReceiver(),
        {"security": "tls"},
        GiveUp,
        "{server} does not speak TLS from the start; it looks like a port for STARTTLS or no encryption."
        " Set security to starttls, or use the port for TLS.",
    ),
    "has a self-signed certificate": (
        SmtpReceiver(security="starttls", certificate=self_signed()),
        {"security": "starttls"},
        GiveUp,
        "The certificate of {server} is self-signed. Give the server a valid one, or set verify_tls to false if you accept the risk.",
    ),
    "has no STARTTLS": (
        SmtpReceiver(),
        {"security": "starttls"},
        GiveUp,
        "{server} does not offer STARTTLS. Set security to tls, with its port, or to none.",
    ),
    "speaks IMAP": (
        ScriptedServer(b"* OK IMAP4rev1 ready\r\n"),
        {},
        GiveUp,
        "{server} answers, but not as an SMTP server. Check host and port.",
    ),
    "has no time": (
        ScriptedServer(b"421 4.3.2 too busy\r\n<close>"),
        {},
        TryAgain,
        '{server} refused the connection: "421 4.3.2 too busy".',
    ),
    "wants nobody": (ScriptedServer(b"554 5.7.1 go away\r\n"), {}, GiveUp, '{server} refused the connection: "554 5.7.1 go away".'),
    "closes at once": (
        ScriptedServer(b"<close>"),
        {},
        TryAgain,
        "{server} closed the connection. If this goes on, look into the server's log.",
    ),
    "closes after the mail, before its answer": (
        ScriptedServer(b"220 hello\r\n", HELLO | {".": b"<close>"}, word=0),
        {},
        TryAgain,
        "{server} closed the connection " + WHILE_SENT,
    ),
    "is silent after the mail": (
        ScriptedServer(b"220 hello\r\n", HELLO, word=0),
        {},
        TryAgain,
        "{server} stopped answering for 0.3 s " + WHILE_SENT,
    ),
    "talks nonsense": (
        ScriptedServer(b"220 hello\r\n", HELLO | {"MAIL": b"what?\r\n"}, word=0),
        {},
        TryAgain,
        '{server} refused mail from support@example.test: "-1 ?".',
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_server_that(what: str) -> None:
    broken, settings, kind, sentence = BROKEN[what]
    with broken as server:
        assert failure(server.port, **settings) == (kind, sentence.format(server=f"127.0.0.1 port {server.port}"))


def test_closed_port() -> None:
    assert failure(1) == (TryAgain, "127.0.0.1 refuses connections on port 1. Check the port, and that the server is running.")


def test_a_cable_pulled_between_two_mails() -> None:
    with SmtpReceiver() as server, Proxy(server.port) as proxy, open_smtp(sender(proxy.port), None) as connection:
        connection.send(ENVELOPE, MAIL)
        proxy.cut()
        with pytest.raises(TryAgain):
            connection.send(ENVELOPE, MAIL)


def test_the_connection_test() -> None:
    with SmtpReceiver(security="starttls", users={"support": SECRET}) as server:
        steps = list(check_smtp(sender(server.port, security="starttls", verify_tls=False, timeout_ms=5000), Login("support", SECRET)))
        assert [(step.name, step.detail) for step in steps if step.ok] == [
            ("name", "127.0.0.1 is 127.0.0.1"),
            ("connection", f"port {server.port} is open"),
            ("encryption", "TLSv1.3, the certificate was not verified"),
            ("sign-in", "support signed in"),
            ("limits", "mails up to 33.6 MB"),
        ]
        wrong = list(check_smtp(sender(server.port, security="starttls", verify_tls=False, timeout_ms=5000), Login("support", "wrong")))
    assert [step.ok for step in wrong] == [True, True, True, False]

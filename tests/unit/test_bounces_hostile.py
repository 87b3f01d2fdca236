"""Whatever calls itself a bounce is read in bounded time and without an exception."""

import email
import time
from email.message import Message

import pytest

from maildesk.mail.automatic import classify
from maildesk.mail.bounces import read_bounce

HANG = 2.0  # seconds
SIZE = 5_000_000

PIECES = [
    "deliver", "a@", "a@b", "<", "<a@b", "message ", "mail not ", "sent un", "user ", "user. ", "550 ", "5.1.1 ", "5.",
    ": ", "\n", " ", "\t", "To:", "To: x\n ", "Message-ID:", "Message-ID: \n", "Received: x\n", "-", "=", "> ",
    "domain a", "domain.", "adresse ", "exceeds a ", "recipient", "Recipient: ", "RCPT TO:", "folder '", "no such ",
    "Final-Recipient: rfc822;", "Action: failed\n\n", "{", '{"notificationType":', "[", '"a"', "\\x{", "a.", "é", "見", "un",
]  # fmt: skip


def daemon(content_type: str = "text/plain") -> Message:
    return email.message_from_string(f"From: MAILER-DAEMON@example.net\nSubject: failure\nContent-Type: {content_type}\n\n")


@pytest.mark.parametrize("piece", PIECES)
def test_five_megabytes_of_the_same_do_not_hang(piece: str):
    text = piece * (SIZE // len(piece))
    started = time.monotonic()
    read_bounce(daemon(), text)
    read_bounce(daemon(), "Final-Recipient: rfc822; a@example.org\n" + text)
    read_bounce(daemon(), '{"notificationType":' + text)
    assert time.monotonic() - started < HANG


def test_a_hundred_thousand_recipients_do_not_hang():
    lines = "".join(f"a{number}@example.org: 550 5.1.1 user unknown\n" for number in range(100_000))
    groups = "".join(f"Final-Recipient: rfc822; a{number}@example.org\n\n" for number in range(100_000))
    started = time.monotonic()
    assert read_bounce(daemon(), lines)
    assert read_bounce(daemon(), groups)
    assert time.monotonic() - started < HANG


@pytest.mark.parametrize("piece", PIECES)
def test_headers_of_five_megabytes_do_not_hang(piece: str):
    value = piece * (SIZE // len(piece))
    message = daemon()
    del message["From"]
    for name in ("From", "X-Failed-Recipients", "In-Reply-To", "X-Message"):
        message[name] = value
    started = time.monotonic()
    read_bounce(message, value)
    classify(lambda name: value, value, value, None)
    assert time.monotonic() - started < HANG


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/report; report-type=delivery-status; boundary=b",
        "multipart/report",
        "multipart/report; boundary*0*=x; boundary*1=y",
        "message/rfc822",
        "message/delivery-status",
        "text/plain; charset*=utf-8''x",
        'text/plain; charset="\x00"',
        "multipart/mixed; boundary=",
        "/",
        "",
    ],
)
def test_no_content_type_raises(content_type: str):
    for body in (b"", b"--b\n", b"\xff\xfe", b"--b\nContent-Type: message/delivery-status\n\n\xe9: \xe9\n\n--b--"):
        raw = b"From: MAILER-DAEMON\xe9\nContent-Transfer-Encoding: base64\nContent-Type: " + content_type.encode() + b"\n\n" + body
        read_bounce(email.message_from_bytes(raw), "")


def test_reports_nested_in_reports_end():
    deep = "From: MAILER-DAEMON@example.net\nContent-Type: message/rfc822\n\n" * 100
    assert read_bounce(email.message_from_string(deep), "") is None


def test_escapes_that_are_no_characters_become_a_replacement():
    text = "Final-Recipient: utf-8; a\\x{D800}b\\x{110000}c@example.org\nAction: failed\nStatus: 5.1.1\n"
    bounce = read_bounce(daemon(), text)
    assert bounce
    assert bounce.recipients[0].address == "a\ufffdb\ufffdc@example.org"

"""The same mail is known again however it was carried here; any other mail is not."""

from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.aws import ROOT
from maildesk.mail import identity as module
from maildesk.mail.identity import Fingerprint, Fingerprinting, fingerprint, header_of

MAIL = b"""\
Message-ID: <first@customer.example>
Date: Mon, 2 Mar 2026 09:30:00 +0000
From: Anna <anna@customer.example>
To: help@desk.example
Subject: The printer
 is on fire

Please help.
It is spreading.
"""
TOLD = fingerprint(MAIL)


def identity(raw: bytes) -> str:
    return fingerprint(raw).identity


@pytest.mark.parametrize(
    "carried",
    [
        MAIL.replace(b"\n", b"\r\n"),
        b"Return-Path: <anna@customer.example>\nReceived: from a by b; now\n" + MAIL,
        b"Delivered-To: sales@desk.example\nX-Spam-Score: 3\n" + MAIL,
        MAIL.replace(b"\n\n", b"\nReceived: at the end\n\n"),
        MAIL.replace(b"printer\n is", b"printer is"),
        MAIL.replace(b"printer\n is", b"printer\r\n\t  is"),
        MAIL.replace(b"Message-ID:", b"Message-Id:"),
        MAIL.rstrip(),
        MAIL + b"\r\n\n\n",
    ],
)
def test_the_same_mail(carried):
    assert fingerprint(carried) == TOLD


@pytest.mark.parametrize(
    "other",
    [
        MAIL.replace(b"spreading", b"spreading!"),
        MAIL.replace(b"first@", b"second@"),
        MAIL.replace(b"anna@customer", b"ben@customer"),
        MAIL.replace(b"2 Mar", b"3 Mar"),
        MAIL.replace(b"fire", b"strike"),
        MAIL.replace(b"Please help.\n", b"\n"),
        MAIL.replace(b"Message-ID: <first@customer.example>\n", b""),
    ],
)
def test_another_mail(other):
    assert identity(other) != TOLD.identity


def test_without_message_id_the_content_alone_tells():
    bare = MAIL.partition(b"\n")[2]
    assert identity(bare) == identity(b"Received: from a by b\r\n" + bare.replace(b"\n", b"\r\n")) != identity(bare + b"!")


def test_all_mails_of_one_exchange_share_their_conversation():
    reply = MAIL.replace(b"first@", b"second@").replace(b"Date:", b"In-Reply-To: <first@customer.example>\nDate:")
    later = MAIL.replace(b"first@", b"third@").replace(b"Date:", b"References: <first@customer.example>\n <second@customer.example>\nDate:")
    assert {fingerprint(reply).conversation, fingerprint(later).conversation} == {TOLD.conversation}
    assert fingerprint(MAIL.replace(b"first@", b"other@")).conversation != TOLD.conversation


def test_a_mail_without_any_message_id_is_a_conversation_of_its_own():
    bare = fingerprint(MAIL.partition(b"\n")[2])
    assert bare.conversation == bare.identity


GOLDEN = [line.split() for line in (ROOT / "tests/golden/identities.txt").read_text().splitlines()]


@pytest.mark.parametrize(("known_by", "conversation", "file"), GOLDEN, ids=lambda one: one)
def test_a_mail_that_was_taken_in_by_an_older_version_is_known(known_by, conversation, file):
    """A mailbox whose mails stay on the server would be taken in anew otherwise."""
    raw = (ROOT / "tests/mails" / file).read_bytes()
    assert fingerprint(raw) == Fingerprint(known_by, conversation)


@given(st.binary(max_size=300))
def test_any_bytes_have_an_identity_that_line_ends_do_not_change(raw):
    told = fingerprint(raw.replace(b"\r", b""))
    assert len(told.identity) == len(told.conversation) == 32
    assert fingerprint(raw.replace(b"\r", b"").replace(b"\n", b"\r\n")) == told


@given(st.text("abc: \r\n", max_size=60), st.text("abc: \r\n", max_size=60))
def test_trace_headers_never_count(header, body):
    raw = f"Subject: {' '.join(header.split())}\n\n{body}".encode()
    assert fingerprint(b"Received: by x\n" + raw) == fingerprint(raw)


pieces = st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b" ", b"a", b"Subject: x", b"Message-ID: <1@x>", MAIL]), max_size=40)


@given(pieces.map(b"".join), st.lists(st.integers(0, 3), max_size=60), st.sampled_from([1 << 20, 16]))
def test_wherever_a_mail_is_cut_into_parts_it_is_the_same_mail(raw, lengths, header_bytes):
    """Inside a CR LF, inside the end of the header, inside the line ends at its end; and where its header is too long to be held."""
    with mock.patch.object(module, "_HEADER_BYTES", header_bytes):
        telling, left = Fingerprinting(), raw
        for length in lengths:
            telling.add(left[:length])
            left = left[length:]
        telling.add(left)
        assert telling.done() == fingerprint(raw)


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_a_mails_header_whatever_its_line_ends(line_end):
    header, text = MAIL.split(b"\n\n")
    header = (header + b"\n\n").replace(b"\n", line_end)
    assert header_of(header + text) == header
    assert len(header_of(b"x" * 3_000_000)) == 1 << 20


def test_a_header_without_end_is_not_held(monkeypatch):
    telling = Fingerprinting()
    for _ in range(40):
        telling.add(b"X: " + b"y" * 100_000 + b"\n")
    assert len(telling._header) <= 1 << 20


def test_a_mail_that_ends_in_millions_of_empty_lines_is_told_in_no_time():
    assert identity(MAIL + b"\r\n" * 5_000_000) == TOLD.identity

"""A dry run of any raw mail: every decision is shown, nothing is written."""

from base64 import b64encode

import pytest

from maildesk.mail.identity import fingerprint
from maildesk.tickets.records import MessageReference, Person, Receipt, Ticket
from tests.fakes import NOW
from tests.operating import OUTGOING, SUPPORT, MemoryDesk

RAW = "From: Anna <anna@example.net>\r\nTo: support@example.com\r\nMessage-ID: <1@example.net>\r\nSubject: Printer\r\n\r\nOn fire.\r\n"
PROOF = "Authentication-Results: mx.example.com; dmarc=pass header.from="
FORWARD = f"""{PROOF}example.com
From: ben@example.com
Message-ID: <2@example.com>
Subject: Fwd: Printer

See below.

---------- Forwarded message ---------
From: Anna <anna@example.net>
Date: Mon, 2 Mar 2026 at 08:00
Subject: Printer
To: Ben <ben@example.com>

It is on fire.
"""
AGENTS = {"name": "Example", "agents": ["ben@example.com"], "trusted_authserv_ids": ["mx.example.com"]}
TICKET = Ticket(number=7, subject="Printer", requester=Person("", "anna@example.net"), mailbox="support", created_at=NOW, updated_at=NOW)


@pytest.fixture
def desk() -> MemoryDesk:
    desk = MemoryDesk()
    desk.do("settings.apply", document={"desk": AGENTS, "mailboxes": [SUPPORT], "senders": [OUTGOING]})
    return desk


def inspected(desk: MemoryDesk, raw: str | None = RAW, **fields):
    """Whatever is inspected, nothing changes."""
    before = desk.everything()
    shown = desk.do("receipt.inspect", raw=raw, **fields)
    assert desk.everything() == before
    return shown


def test_a_new_mail_is_shown_with_what_would_become_of_it(desk):
    shown = inspected(desk)
    told = fingerprint(RAW.encode())
    assert (shown["identity"], shown["conversation"], shown["receipt"]) == (told.identity, told.conversation, None)
    assert (shown["mail"]["subject"], shown["mail"]["from"]["address"], shown["kind"]) == ("Printer", "anna@example.net", "person")
    decision = shown["decision"]
    assert (decision["outcome"], decision["requester"]["address"], decision["auto_response"]) == ("new ticket", "anna@example.net", True)
    assert decision["reasons"] == ["New ticket: the mail points at no ticket of ours.", "An auto-response is sent."]
    assert shown["writes"] == ["receipt", "ticket", "message", "message-id", "outbox", "correspondent"]


def test_no_ticket_number_is_used_up(desk):
    inspected(desk)
    assert list(desk.store.next_numbers(1)) == [1]


def test_base64_says_the_same(desk):
    assert inspected(desk, None, raw_base64=b64encode(RAW.encode()).decode()) == inspected(desk)


def test_a_mail_of_a_receipt_is_shown_with_what_became_of_it(desk):
    receipt = Receipt(
        identity="one",
        mailbox="support",
        raw_key="raw/one.eml",
        size=90,
        state="quarantined",
        outcome="unreadable",
        received_at=NOW,
        processed_at=NOW,
    )
    desk.store.add(receipt)
    desk.bucket.put("raw/one.eml", RAW.encode())
    shown = inspected(desk, None, receipt="one")
    assert (shown["identity"], shown["receipt"]["outcome"], shown["decision"]["outcome"]) == ("one", "unreadable", "new ticket")


@pytest.mark.parametrize(("sender", "joins", "linked_to"), [("anna@example.net", 7, None), ("mallory@example.org", None, 7)])
def test_where_it_points_and_whether_that_lets_it_in(desk, sender, joins, linked_to):
    desk.store.add(TICKET, MessageReference(message_id="0@example.net", ticket=7), MessageReference(message_id="9@example.net", ticket=9))
    raw = RAW.replace("Subject:", "References: <9@example.net> <0@example.net>\r\nSubject:").replace("anna@example.net", sender)
    shown = inspected(desk, raw)
    assert shown["pointers"] == [
        {"ticket": 7, "evidence": "message-id", "may_join": joins == 7},
        {"ticket": 9, "evidence": "message-id", "may_join": None},
    ]
    assert (shown["decision"]["joins"], shown["decision"]["linked_to"]) == (joins, linked_to)


@pytest.mark.parametrize(
    ("raw", "proved", "agent", "words"),
    [
        (RAW, False, False, "the server that took the mail says nothing"),
        (f"{PROOF}example.net\r\n{RAW}", True, False, "dmarc=pass for example.net"),
        (FORWARD, True, True, "ben@example.com works here"),
        (FORWARD.replace("dmarc=pass", "dmarc=fail"), False, False, "counts as anybody's"),
    ],
)
def test_what_proves_who_wrote_it(desk, raw, proved, agent, words):
    trust = inspected(desk, raw)["trust"]
    assert (trust["proved"], trust["agent"]) == (proved, agent) and words in trust["reason"]


def test_a_forward_is_shown_as_it_came_and_as_it_is_taken(desk):
    shown = inspected(desk, FORWARD)
    assert shown["mail"]["from"]["address"] == "ben@example.com"
    assert shown["forward"] == {
        "by": "ben@example.com",
        "writer": "anna@example.net",
        "subject": "Printer",
        "text": "It is on fire.",
        "note": "See below.",
    }
    assert shown["writes"].count("message") == 2


def test_automatic_mail_says_its_kind(desk):
    shown = inspected(desk, "Auto-Submitted: auto-replied\r\n" + RAW)
    assert (shown["kind"], shown["decision"]["outcome"], shown["writes"]) == ("auto-reply", "automatic", ["receipt"])


def test_the_mailbox_it_came_to_may_be_said(desk):
    desk.do("mailbox.put", **SUPPORT | {"name": "quiet", "address": "quiet@example.com", "autoresponse": False})
    assert inspected(desk, mailbox="support")["decision"]["auto_response"]
    assert not inspected(desk, mailbox="quiet")["decision"]["auto_response"]
    assert desk.refused("receipt.inspect", raw=RAW, mailbox="none")["field"] == "mailbox"


def test_a_long_text_is_cut_since_an_answer_has_its_limit(desk):
    assert len(inspected(desk, RAW + "x" * 300_000)["mail"]["text"]) == 200_001


@pytest.mark.parametrize("raw", ["", "\0", "Subject: only", "\ud800"])
def test_anything_can_be_inspected(desk, raw):
    assert inspected(desk, raw)["decision"]["outcome"] == "unreadable"


@pytest.mark.parametrize("fields", [{}, {"raw": RAW, "receipt": "one"}, {"raw": RAW, "raw_base64": ""}])
def test_it_must_be_said_what_to_inspect(desk, fields):
    assert desk.refused("receipt.inspect", **fields)["field"] == "receipt"


def test_a_desk_without_mailboxes_can_inspect():
    shown = MemoryDesk().do("receipt.inspect", raw=RAW)
    assert (shown["decision"]["outcome"], shown["decision"]["auto_response"]) == ("new ticket", False)
    assert "`trusted_authserv_ids` of the desk is empty" in shown["trust"]["reason"]

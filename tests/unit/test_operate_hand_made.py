"""Receipts as the inbox: a ticket made by hand of a mail that made none, and a mail that nobody wants."""

import pytest
from msgspec.structs import replace

from maildesk.tickets.records import Message, OutboxItem, Person, Receipt
from tests.fakes import NOW
from tests.operating import OUTGOING, SUPPORT, MemoryDesk

RAW = b"From: Anna <anna@example.net>\r\nTo: support@example.com\r\nMessage-ID: <1@example.net>\r\nSubject: Printer\r\n\r\nOn fire.\r\n"
NOBODYS = b"Subject: Printer\r\n\r\nOn fire.\r\n"
QUARANTINED = Receipt(
    identity="0" * 32,
    mailbox="support",
    raw_key="raw/one.eml",
    size=90,
    state="quarantined",
    outcome="unreadable",
    reasons=("Reading this mail broke off 2 times.",),
    received_at=NOW,
    processed_at=NOW,
    version=3,
)
ONE = QUARANTINED.identity


@pytest.fixture
def desk() -> MemoryDesk:
    desk = MemoryDesk()
    desk.do("settings.apply", document={"desk": {"name": "Example"}, "mailboxes": [SUPPORT], "senders": [OUTGOING]})
    desk.store.add(QUARANTINED)
    desk.bucket.put("raw/one.eml", RAW)
    desk.clock.wait(minutes=1)
    return desk


def messages(desk: MemoryDesk) -> list[Message]:
    return desk.store.all(Message)


# ---------------------------------------------------------------- by hand


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"state": "done", "outcome": "automatic"},
        {"state": "done", "outcome": "bounce"},
        {"outcome": "too large"},
        {"state": "discarded"},
    ],
)
def test_a_ticket_is_made_of_any_mail_that_made_none(desk, fields):
    desk.store.add(replace(QUARANTINED, **fields))
    receipt = desk.do("receipt.make_ticket", receipt=ONE, author="Carla <carla@example.com>")["receipt"]
    assert (receipt["ticket"], receipt["state"], receipt["outcome"], receipt["version"]) == (1, "done", "new ticket", 4)
    assert "The ticket was made by hand, by carla@example.com." in receipt["reasons"]
    ticket = desk.ticket()
    assert (ticket.subject, ticket.requester) == ("Printer", Person("Anna", "anna@example.net"))
    assert messages(desk)[0].text.strip() == "On fire."


def test_a_note_tells_what_was_known_of_the_mail(desk):
    desk.do("receipt.make_ticket", receipt=ONE)
    note = messages(desk)[1]
    assert (note.direction, note.author) == ("note", Person("Example", "support@example.com"))
    assert "Reading this mail broke off 2 times." in note.text and "could not be read" not in note.text


def test_where_reading_goes_wrong_the_note_says_so_and_the_mail_itself_is_attached(desk):
    desk.bucket.put("raw/one.eml", NOBODYS)
    desk.do("receipt.make_ticket", receipt=ONE, requester="Ben <ben@example.net>")
    message, note = messages(desk)
    assert "The mail names no sender." in note.text
    (original,) = message.attachments
    assert (original.filename, desk.bucket.get(f"attachments/{original.sha256}")) == ("Printer.eml", NOBODYS)


def test_subject_and_requester_may_be_given(desk):
    desk.do("receipt.make_ticket", receipt=ONE, subject="Fire", requester="ben@example.net")
    assert (desk.ticket().subject, desk.ticket().requester.address) == ("Fire", "ben@example.net")
    receipt = desk.do("receipt.show", receipt=ONE)["receipt"]
    assert (receipt["subject"], receipt["sender"]) == ("Printer", "anna@example.net")


def test_the_requesters_next_mail_finds_the_ticket(desk):
    desk.do("receipt.make_ticket", receipt=ONE)
    assert desk.store.records[("message-id", "1@example.net")].ticket == 1


@pytest.mark.parametrize(("asked", "answers"), [({}, 0), ({"auto_response": True}, 1)])
def test_the_requester_is_answered_only_where_that_is_asked_for(desk, asked, answers):
    receipt = desk.do("receipt.make_ticket", receipt=ONE, **asked)["receipt"]
    assert len(desk.store.all(OutboxItem)) == answers
    assert answers or "No auto-response: none was asked for." in receipt["reasons"]


def test_even_then_a_machine_is_not_answered(desk):
    desk.bucket.put("raw/one.eml", b"Auto-Submitted: auto-replied\r\n" + RAW)
    receipt = desk.do("receipt.make_ticket", receipt=ONE, auto_response=True)["receipt"]
    assert not desk.store.all(OutboxItem) and any("the mail is automatic" in reason for reason in receipt["reasons"])


@pytest.mark.parametrize(
    ("raw", "fields", "field", "message"),
    [
        (NOBODYS, {}, "requester", "The mail names no sender."),
        (RAW.replace(b"anna@example.net", b"support@example.com"), {}, "requester", "support@example.com is an address of this desk"),
        (RAW, {"requester": "support@example.com"}, "requester", "support@example.com is an address of this desk"),
        (RAW, {"requester": "nobody"}, "requester", "requester must be an address"),
        (RAW, {"author": "nobody"}, "author", "author must be an address"),
        (RAW, {"subject": ""}, "subject", "subject must be"),
    ],
)
def test_what_a_ticket_cannot_be_made_of(desk, raw, fields, field, message):
    desk.bucket.put("raw/one.eml", raw)
    error = desk.refused("receipt.make_ticket", receipt=ONE, **fields)
    assert error["field"] == field and error["message"].startswith(message)


def test_a_mail_without_its_raw_copy_makes_none(desk):
    desk.bucket.objects.clear()
    assert "no longer holds" in desk.refused("receipt.make_ticket", receipt=ONE)["message"]


def test_a_mail_that_is_in_a_ticket_makes_no_second_one(desk):
    desk.do("receipt.make_ticket", receipt=ONE)
    assert desk.refused("receipt.make_ticket", receipt=ONE)["message"] == "This mail is in ticket 1 already."


def test_somebody_faster_is_told(desk):
    desk.store.before_commit = lambda: desk.store.add(replace(QUARANTINED, version=4))
    assert desk.asked("receipt.make_ticket", receipt=ONE)["error"]["message"] == "This receipt has changed just now."


# ---------------------------------------------------------------- laid aside


def test_a_mail_is_discarded_with_a_reason_and_by_whom(desk):
    receipt = desk.do("receipt.discard", receipt=ONE, reason="An advertisement.", author="carla@example.com")["receipt"]
    assert (receipt["state"], receipt["outcome"]) == ("discarded", "unreadable")
    assert receipt["reasons"] == ["Reading this mail broke off 2 times.", "Discarded by carla@example.com: An advertisement."]
    assert [one["identity"] for one in desk.do("receipt.list", state="discarded")["receipts"]] == [ONE]
    assert desk.do("receipt.list", state="quarantined")["receipts"] == []


def test_a_discarded_mail_may_be_tried_again_after_all(desk):
    desk.do("receipt.discard", receipt=ONE, reason="An advertisement.")
    assert desk.do("receipt.retry", receipt=ONE)["retried"] == [ONE]
    assert desk.queues.mails[0].again == 4


def test_a_mail_in_a_ticket_is_not_discarded(desk):
    desk.store.add(replace(QUARANTINED, ticket=7, state="done"))
    assert desk.refused("receipt.discard", receipt=ONE, reason="x")["message"] == "This mail is in ticket 7 already."


def test_discarding_needs_a_reason(desk):
    assert desk.refused("receipt.discard", receipt=ONE)["field"] == "reason"


def test_somebody_faster_than_discarding_is_told(desk):
    desk.store.before_commit = lambda: desk.store.add(replace(QUARANTINED, version=4))
    assert desk.asked("receipt.discard", receipt=ONE, reason="x")["error"]["message"] == "This receipt has changed just now."

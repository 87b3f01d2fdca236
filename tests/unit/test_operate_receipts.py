"""Commands about receipts: every quarantined mail can be processed once more, and none becomes two tickets."""

from base64 import b64decode

import pytest
from msgspec.structs import replace

from maildesk.mail.identity import fingerprint
from maildesk.tickets.records import Receipt
from tests.fakes import NOW
from tests.operating import MemoryDesk

RAW = b"From: anna@example.com\r\nMessage-ID: <1@example.com>\r\nReferences: <0@example.com>\r\n\r\nHello\r\n"
QUARANTINED = Receipt(
    identity="one",
    mailbox="support",
    raw_key="raw/one.eml",
    size=90,
    state="quarantined",
    outcome="unreadable",
    reasons=("The mail names no sender, so nobody could be answered.",),
    received_at=NOW,
    processed_at=NOW,
    version=3,
)


@pytest.fixture
def desk() -> MemoryDesk:
    desk = MemoryDesk()
    desk.store.add(QUARANTINED)
    desk.bucket.put("raw/one.eml", RAW)
    return desk


def test_a_mail_is_sent_through_once_more_in_its_conversation(desk):
    assert desk.do("receipt.retry", receipt="one") == {"retried": ["one"], "left": [], "next": None}
    [mail] = desk.queues.mails
    assert (mail.identity, mail.mailbox, mail.raw_key, mail.again) == ("one", "support", "raw/one.eml", 3)
    assert mail.conversation == fingerprint(RAW).conversation


def test_a_mail_that_made_no_ticket_may_be_tried_again(desk):
    desk.store.add(replace(QUARANTINED, state="done", outcome="automatic"))
    desk.do("receipt.retry", receipt="one")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"state": "done", "outcome": "new ticket", "ticket": 7}, "This mail is in ticket 7 already."),
        ({"outcome": "too large"}, "Only the header of this mail was fetched; the mail is still on the server."),
        ({"raw_key": "raw/gone.eml"}, "The bucket no longer holds raw/gone.eml."),
        (
            {"size": 300 << 20, "raw_key": "raw/large/x.eml"},
            "The mail has 300 MB, more than the 250 MB that Maildesk reads. It is in the bucket, whole, as raw/large/x.eml.",
        ),
    ],
)
def test_why_a_mail_is_not_tried_again(desk, fields, message):
    desk.store.add(replace(QUARANTINED, **fields))
    assert desk.refused("receipt.retry", receipt="one")["message"] == message


@pytest.mark.parametrize(("size", "first"), [(300, ""), (2_000_000, "Raise max_size_mb of mailbox support first. ")])
def test_how_a_mail_that_is_still_on_the_server_is_fetched_anew(desk, size, first):
    desk.do("mailbox.put", name="support", address="support@example.com", host="imap.example.com", password="x", max_size_mb=1)
    desk.store.add(replace(QUARANTINED, outcome="too large", size=size))
    assert desk.refused("receipt.retry", receipt="one")["try"] == f"{first}Moved out of its folder and back, the mail is fetched anew."


def test_a_pushed_mail_that_was_too_large_is_read_once_it_may_be(desk):
    mailbox = {"name": "support", "address": "support@example.com", "protocol": "ses"}
    desk.do("mailbox.put", **mailbox, max_size_mb=1)
    desk.bucket.put("raw/ses/one", RAW)
    desk.store.add(replace(QUARANTINED, outcome="too large", raw_key="raw/ses/one", size=2_000_000))
    error = desk.refused("receipt.retry", receipt="one")
    assert error["message"] == "The mail has 2000000 bytes, more than max_size_mb allows."
    assert error["try"] == "Raise max_size_mb of mailbox support first."
    desk.do("mailbox.put", **mailbox, max_size_mb=2)
    desk.do("receipt.retry", receipt="one")
    assert [(mail.raw_key, mail.header_only) for mail in desk.queues.mails] == [("raw/ses/one", False)]


def test_all_quarantined_mails_are_tried_again_but_those_that_cannot_be(desk):
    desk.store.add(
        replace(QUARANTINED, identity="gone", raw_key="raw/gone.eml"),
        replace(QUARANTINED, identity="done", state="done", outcome="automatic"),
    )
    assert desk.do("receipt.retry", state="quarantined") == {
        "retried": ["one"],
        "left": [{"receipt": "gone", "why": "The bucket no longer holds raw/gone.eml."}],
        "next": None,
    }


def test_at_most_as_many_as_asked_for(desk):
    desk.store.add(*(replace(QUARANTINED, identity=name) for name in "abc"))
    assert len(desk.do("receipt.retry", state="quarantined", limit=2)["retried"]) == 2


def test_thousands_are_tried_again_page_by_page_though_some_of_each_page_cannot_be(desk):
    desk.store.add(*(replace(QUARANTINED, identity=f"n{number}", raw_key=f"raw/{number % 2}.eml") for number in range(999)))
    desk.bucket.put("raw/1.eml", RAW)
    answer = desk.do("receipt.retry", state="quarantined", limit=200)
    while answer["next"]:
        answer = desk.do("receipt.retry", state="quarantined", limit=200, after=answer["next"])
    assert len({mail.identity for mail in desk.queues.mails}) == len(desk.queues.mails) == 500


def test_the_raw_mail_is_given_byte_for_byte(desk):
    answer = desk.do("receipt.raw", receipt="one")
    assert (answer["size"], b64decode(answer["raw_base64"])) == (len(RAW), RAW)


def test_a_mail_too_large_for_an_answer_is_in_the_bucket(desk):
    desk.bucket.put("raw/one.eml", b"x" * 4_000_001)
    assert desk.refused("receipt.raw", receipt="one")["try"] == "It is in the bucket as raw/one.eml."


@pytest.mark.parametrize(
    "fields", [{}, {"receipt": "one", "state": "quarantined"}, {"state": "done"}, {"state": "quarantined", "limit": 0}]
)
def test_it_must_be_said_what_to_try_again(desk, fields):
    assert desk.refused("receipt.retry", **fields)["field"] in {"receipt", "state", "limit"}


def test_a_queue_that_takes_nothing_is_told(desk):
    desk.queues.refusing = True
    assert desk.refused("receipt.retry", receipt="one")["try"] == "Try again in a moment."


def test_a_receipt_is_shown_with_reasons_and_its_raw_copy(desk):
    shown = desk.do("receipt.show", receipt="one")["receipt"]
    assert (shown["reasons"], shown["raw_key"]) == (["The mail names no sender, so nobody could be answered."], "raw/one.eml")


def test_an_unknown_receipt(desk):
    for command in ("show", "raw", "retry", "make_ticket", "inspect"):
        assert desk.refused(f"receipt.{command}", receipt="none")["message"] == "There is no receipt 'none'."


def test_the_quarantined_ones_are_listed_first(desk):
    desk.store.add(replace(QUARANTINED, identity="done", state="done", outcome="automatic"))
    assert [receipt["identity"] for receipt in desk.do("receipt.list")["receipts"]] == ["one", "done"]
    assert [receipt["identity"] for receipt in desk.do("receipt.list", state="done")["receipts"]] == ["done"]

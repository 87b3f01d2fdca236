"""Whoever sends too large a mail is told, where the mailbox wants that: once, and never a machine."""

from datetime import timedelta

import pytest

from maildesk.desk.receive import SUSPECT_AFTER
from maildesk.desk.send import Mailer
from maildesk.mail.identity import fingerprint
from maildesk.mail.parse import parse
from maildesk.ports import OutboxKey
from maildesk.settings import Autoresponse, Desk
from maildesk.tickets.records import Correspondent
from tests.fakes import PostOffice
from tests.make import NOW, mailbox, settings
from tests.office import ANNA, Office, written

HEADER = written("large", "Anna <anna@customer.example>", "Photos [#7]", text="")
SIZE = 5 * 1024 * 1024 + 1


def noticing(*records, of_desk=None, **of_mailbox):
    box = mailbox(**{"size_notice": True, "max_size_mb": 5, **of_mailbox})
    return Office(*records, of=settings(mailboxes=(box, mailbox("sales")), desk=of_desk or Desk(name="Help")))


def taken(office, raw=HEADER, **of_inbound):
    """The last reason on its receipt."""
    office.take(raw, header_only=True, **{"size": SIZE, **of_inbound})
    return office.receipt(raw).reasons[-1]


def test_the_sender_is_told_how_large_the_mail_was_and_what_the_limit_is():
    office = noticing()
    assert taken(office) == "Its sender is told by mail."
    receipt, (item,) = office.receipt(HEADER), office.outbox
    assert (receipt.state, receipt.outcome, receipt.ticket) == ("quarantined", "too large", None)
    assert (item.receipt, item.ticket, item.purpose, item.to[0].address) == (receipt.identity, None, "size notice", ANNA)
    assert item.subject == "Re: Photos"
    assert item.text.startswith("Hello Anna,\n\nyour mail of 5.0 MB was not taken in: here, a mail may have at most 5 MB.")
    assert item.text.endswith("\n\nHelp\n")


def test_it_is_told_in_the_desks_own_words():
    office = noticing(of_desk=Desk(size_notice_text="{name}: {size} > {limit}, {subject} {number}"))
    taken(office)
    assert office.outbox[0].text == "Anna: 5.0 > 5, Photos [#7] {number}"


def test_it_goes_out_as_an_automatic_mail_of_one_message_id_in_the_thread_of_the_large_one():
    office, post = noticing(), PostOffice()
    taken(office)
    (item,) = office.outbox
    with Mailer(office.store, office.bucket, office.settings, office.secrets, post.open, office.clock) as mailer:
        office.secrets.put("sender/out", "secret")
        key = OutboxKey(receipt=item.receipt, id=item.id, generation=1)
        mailer.look_ahead([key])
        assert (mailer.send(key), mailer.send(key)) == (0, 0)
    ((envelope, mime),) = post.sent
    sent = parse(mime)
    assert (envelope.recipients, sent.subject, sent.message_id) == ((ANNA,), "Re: Photos", item.message_id)
    assert item.message_id == f"{fingerprint(HEADER).identity}.too-large@desk.example"
    assert sent.automatic and sent.automatic.kind == "auto-reply" and sent.in_reply_to == ("large@x.example",)
    assert [one.state for one in office.outbox] == ["sent"]


@pytest.mark.parametrize("times", [1, SUSPECT_AFTER, SUSPECT_AFTER + 5])
def test_it_is_told_once_however_often_the_mail_is_delivered_and_by_whichever_mailbox(times):
    office = noticing()
    for time in range(times):
        office.receiver.receive([office.delivery(HEADER, time + 1, header_only=True, size=SIZE)])
    office.take(HEADER, header_only=True, size=SIZE, mailbox="sales")
    assert len(office.outbox) == 1
    assert [len(known.autoresponses) for known in office.store.all(Correspondent)] == [1]


def test_nobody_is_told_unless_the_mailbox_wants_that():
    office = noticing(size_notice=False)
    assert taken(office) == "It stays on the server; only its header was read."
    assert not office.outbox


def test_nobody_is_told_where_size_is_not_the_reason():
    office = noticing()
    taken(office, size=5 * 1024 * 1024)
    taken(office, written("other"), size=SIZE, mailbox="sales")
    assert not office.outbox


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ({"Auto-Submitted": "auto-replied"}, "the mail is automatic (auto-reply"),
        ({"List-Id": "<l.example>"}, "the mail is automatic (mailing-list"),
        ({"Precedence": "bulk"}, "the mail is automatic"),
        ({"Return-Path": "<>"}, "the mail is automatic"),
        ({"Content-Type": "multipart/report; report-type=delivery-status; boundary=b"}, "the mail is automatic (bounce"),
        ({"From": "MAILER-DAEMON@x.example"}, "the mail is automatic (bounce"),
        ({"From": "bounces@x.example"}, "nobody reads what is sent to its sender's address"),
        ({"From": "help@desk.example"}, "it came from an address of this desk"),
        ({"From": "help@desk.example", "Reply-To": "anna@customer.example"}, "it came from an address of this desk"),
        ({"From": "Sales@desk.example"}, "it came from an address of this desk"),
    ],
)
def test_machines_and_ourselves_are_never_told(header, why):
    office = noticing()
    raw = written("large", **header)
    assert taken(office, raw).startswith(f"Its sender is not told: {why}")
    assert not office.outbox


def test_a_mail_that_names_no_sender_has_nobody_to_tell():
    office = noticing()
    taken(office, b"Subject: Photos\r\n\r\n")
    assert not office.outbox


def test_old_mail_is_not_answered_when_a_mailbox_is_connected():
    assert "older than 3 days" in taken(noticing(), received_at=NOW - timedelta(days=4))


def test_where_no_sender_is_set_up_the_receipt_says_so():
    office = Office(of=settings(mailboxes=(mailbox(size_notice=True, max_size_mb=5),), senders=()))
    assert taken(office) == "Its sender is not told: no sender is set up that could send it."


def test_an_unknown_sender_whom_the_mailbox_ignores_learns_nothing():
    office = noticing(unknown_senders="ignore")
    assert taken(office) == "Its sender is not told: nobody here knows them, and the mailbox ignores unknown senders."
    assert not office.outbox


def test_it_counts_among_the_mails_a_person_gets_within_a_day():
    office = noticing(of_desk=Desk(autoresponse=Autoresponse(per_person_per_day=2)))
    for name in ("first", "second"):
        assert taken(office, written(name)) == "Its sender is told by mail."
    assert taken(office, written("third")) == "Its sender is not told: this person got 2 within a day."
    office.take(written("fourth"))
    assert "No auto-response: this person got 2 within a day." in office.receipt(written("fourth")).reasons
    office.clock.wait(days=2)
    assert taken(office, written("fifth")) == "Its sender is told by mail."


def test_it_is_told_though_auto_responses_are_switched_off():
    assert taken(noticing(autoresponse=False)) == "Its sender is told by mail."

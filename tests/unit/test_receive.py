"""Fetched mail in: one decision each, however often it is delivered."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from maildesk.desk.bodies import Bodies
from maildesk.mail.identity import fingerprint
from maildesk.ports import TryAgain
from maildesk.settings import Autoresponse, Desk
from maildesk.tickets.records import Correspondent, MessageReference, Receipt
from tests.make import NOW, mailbox, settings
from tests.office import ANNA, BEN, FIRST, MALLORY, Office, reply, written

GOOD = written("good", BEN)

BOUNCE = """\
--b

Not delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; x.example

Final-Recipient: rfc822; anna@customer.example
Action: failed
Status: 5.1.1
--b
Content-Type: message/rfc822

Message-ID: <{message_id}>
Subject: Re: The printer is on fire

We have your request.
--b--
"""


# ---------------------------------------------------------------- the usual


def test_a_new_mail_becomes_a_ticket_with_its_message_receipt_and_auto_response():
    office = Office()
    office.take(FIRST)
    (ticket,), (message,), (item,) = office.tickets, office.messages, office.outbox
    assert (ticket.number, ticket.subject, ticket.requester.address) == (1, "The printer is on fire", ANNA)
    assert (message.ticket, message.text.strip(), message.receipt) == (1, "Please help.", fingerprint(FIRST).identity)
    assert (item.ticket, item.purpose, ticket.thread) == (1, "auto-response", ("first@x.example", item.message_id))
    receipt = office.receipt(FIRST)
    assert (receipt.state, receipt.outcome, receipt.ticket, receipt.mailbox) == ("done", "new ticket", 1, "help")
    assert receipt.expires_at == NOW + timedelta(days=365)


def test_a_ticket_is_filed_as_its_mailbox_says():
    office = Office(of=settings(mailboxes=(mailbox(group="printing", ticket_type="fault", priority="high"), mailbox("sales"))))
    office.take(FIRST)
    office.take(GOOD, mailbox="sales")
    assert [(one.group, one.ticket_type, one.priority) for one in office.tickets] == [("printing", "fault", "high"), (None, None, "normal")]
    office.take(reply("second", "first@x.example"), mailbox="sales")
    assert office.tickets[0].group == "printing"


def test_mail_of_a_mailbox_that_was_set_up_just_now_is_decided_by_its_settings():
    office = Office(of=settings(mailboxes=(mailbox("sales"),)))
    office.take(GOOD, mailbox="sales")
    office.settings.stored = settings(mailboxes=(mailbox(group="printing"), mailbox("sales")))
    office.take(FIRST)
    assert [one.group for one in office.tickets] == [None, "printing"]


def test_the_customers_answer_to_the_auto_response_joins_and_gets_none():
    office = Office()
    office.take(FIRST)
    office.take(reply("second", office.outbox[0].message_id))
    assert [message.ticket for message in office.messages] == [1, 1]
    assert (len(office.tickets), len(office.outbox)) == (1, 1)


def test_an_answer_and_the_mail_it_answers_in_one_batch_end_in_one_ticket():
    office = Office()
    second = reply("second", "first@x.example")
    third = reply("third", "second@x.example", References="<first@x.example> <second@x.example>")
    office.take(FIRST, second, third)
    assert len(office.tickets) == 1
    assert [message.message_id for message in office.messages] == ["first@x.example", "second@x.example", "third@x.example"]


def test_a_strangers_answer_in_the_same_batch_gets_a_ticket_of_its_own():
    office = Office()
    office.take(FIRST, reply("second", "first@x.example", MALLORY))
    assert [(ticket.requester.address, ticket.linked_to) for ticket in office.tickets] == [(ANNA, None), (MALLORY, 1)]


def test_an_answer_shows_what_was_added_and_keeps_the_whole():
    office = Office()
    office.take(FIRST)
    office.take(reply("second", "first@x.example", text="It is out.\r\n\r\n> Please help."))
    message = office.messages[1]
    assert message.text.strip() == "It is out." and "> Please help." in message.full_text


def test_a_long_body_and_all_files_go_to_the_bucket():
    office = Office()
    parts = 'Content-Type: text/plain; name="log.txt"\r\nContent-Disposition: attachment; filename="log.txt"\r\n\r\nlog\r\n--b--'
    text = f"--b\r\nContent-Type: text/plain\r\n\r\n{'word ' * 2000}\r\n--b\r\n{parts}"
    office.take(written("first", text=text, MIME_Version="1.0", Content_Type="multipart/mixed; boundary=b"))
    (message,) = office.messages
    assert len(message.text) == 500 and Bodies(office.bucket).read(message).text.count("word") == 2000
    (file,) = message.attachments
    assert (file.filename, office.bucket.get(f"attachments/{file.sha256}").strip()) == ("log.txt", b"log")


@pytest.mark.parametrize("times", range(1, 6))
def test_a_mail_is_handled_once_however_often_it_is_delivered(times):
    office = Office()
    for _ in range(times):
        office.take(FIRST, FIRST)
    assert (len(office.tickets), len(office.messages), len(office.outbox), office.receipt(FIRST).version) == (1, 1, 1, 1)


def test_a_mail_that_came_by_two_mailboxes_is_one_and_says_so():
    office = Office()
    for _ in range(2):
        office.take(FIRST)
        office.take(b"Received: by another way\r\n" + FIRST, mailbox="sales")
    assert len(office.tickets) == 1
    assert [reason for reason in office.receipt(FIRST).reasons if "mailbox sales" in reason] == [
        "The same mail also arrived in mailbox sales; it was not processed twice."
    ]


def test_a_message_id_used_again_on_other_words_is_another_mail_and_takes_nothing_from_the_first():
    office = Office()
    office.take(FIRST)
    office.take(written("first", MALLORY, text="Mine now."))
    office.take(reply("second", "first@x.example"))
    assert [ticket.requester.address for ticket in office.tickets] == [ANNA, MALLORY]
    assert office.store.records[("message-id", "first@x.example")].ticket == 1
    assert office.messages[-1].ticket == 1


def test_a_mail_whose_raw_copy_is_gone_is_quarantined():
    office = Office()
    delivery = office.delivery(FIRST)
    office.bucket.objects.clear()
    office.receiver.receive([delivery])
    assert office.receipt(FIRST).state == "quarantined" and "no longer holds" in " ".join(office.receipt(FIRST).reasons)


def test_a_bounce_of_a_mail_of_ours_joins_its_ticket_without_reopening_it():
    office = Office()
    office.take(FIRST)
    (ticket,) = office.tickets
    office.store.add(replace(ticket, status="closed"))
    report = BOUNCE.format(message_id=office.outbox[0].message_id).replace("\n", "\r\n")
    kind = "multipart/report; report-type=delivery-status; boundary=b"
    bounce = written("bounce", "mailer-daemon@x.example", "Undelivered", report, Content_Type=kind, MIME_Version="1.0")
    office.take(bounce)
    assert (office.receipt(bounce).outcome, office.receipt(bounce).ticket, office.tickets[0].status) == ("bounce", 1, "closed")


# ---------------------------------------------------------------- limits and loops


def test_a_person_gets_only_so_many_auto_responses_even_within_one_batch():
    office = Office(of=settings(desk=Desk(autoresponse=Autoresponse(per_person_per_day=2))))
    office.take(*(written(f"m{number}", text=f"Mail {number}") for number in range(5)))
    assert (len(office.tickets), len(office.outbox)) == (5, 2)
    assert office.store.all(Correspondent)[0].autoresponses == (NOW, NOW)
    office.clock.wait(hours=24)
    office.take(written("m9", text="Mail 9"))
    assert len(office.outbox) == 3


def test_two_machines_that_answer_each_other_stop():
    """An autoresponder that hides what it is and forgets what it answers."""
    office = Office()
    for number in range(50):
        office.take(written(f"loop{number}", text=f"Thank you for your mail {number}"))
    assert len(office.outbox) == 10


# ---------------------------------------------------------------- others at the same time


def test_somebody_faster_changes_the_ticket_and_the_mail_joins_it_as_it_is_now():
    office = Office()
    office.take(FIRST)
    (ticket,) = office.tickets
    office.store.before_commit = lambda: office.store.add(replace(ticket, assignee="ben@desk.example", version=2))
    office.take(reply("second", "first@x.example"))
    (now,) = office.tickets
    assert (now.assignee, now.version, len(office.messages)) == ("ben@desk.example", 3, 2)


def test_a_mail_another_run_has_just_finished_is_left():
    office = Office()
    office.store.before_commit = lambda: office.take(FIRST)
    office.take(FIRST)
    assert (len(office.tickets), len(office.outbox)) == (1, 1)


def test_a_conflict_touches_one_mail_of_a_batch_alone():
    office = Office()
    office.take(FIRST)
    (ticket,) = office.tickets
    office.store.before_commit = lambda: office.store.add(replace(ticket, version=2))
    office.take(reply("second", "first@x.example"), written("other", BEN))
    assert (len(office.tickets), len(office.messages)) == (2, 3)


def test_tickets_that_never_hold_still_are_tried_again_later():
    office = Office()
    office.store.commit = lambda plans: [False] * len(plans)
    with pytest.raises(TryAgain):
        office.take(FIRST)


def test_every_message_id_is_known_again():
    office = Office()
    office.take(FIRST, GOOD)
    assert {reference.message_id for reference in office.store.all(MessageReference)} == {"first@x.example", "good@x.example"}
    assert len(office.store.all(Receipt)) == 2


def test_a_mail_too_large_to_be_read_is_told_by_its_header_and_is_safe_in_the_bucket():
    office = Office()
    office.take(FIRST, size=300 << 20)
    receipt = office.receipt(FIRST)
    assert (receipt.state, receipt.outcome, receipt.subject) == ("quarantined", "unreadable", "The printer is on fire")
    assert receipt.reasons == (
        f"The mail has 300 MB, more than the 250 MB that Maildesk reads. It is in the bucket, whole, as {receipt.raw_key}.",
    )
    assert office.tickets == [] and office.bucket.get(receipt.raw_key) == FIRST

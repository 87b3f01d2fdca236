"""Fetched mail in: one decision each, however often and in whatever company it is delivered."""

import logging
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from maildesk.desk.bodies import Bodies
from maildesk.desk.intake import Intake, Opened
from maildesk.desk.receive import LONE_TRIES, SUSPECT_AFTER, Delivery, Receiver, _waves
from maildesk.mail.identity import fingerprint
from maildesk.ports import Inbound, TryAgain
from maildesk.settings import Autoresponse, Desk
from maildesk.tickets.records import Correspondent, Message, MessageReference, OutboxItem, Receipt, Ticket
from tests.fakes import FixedClock, MemoryBucket, MemorySecrets, MemorySettings, MemoryStore
from tests.make import NOW, arrival, mail, mailbox, settings

ANNA, BEN, MALLORY = "anna@customer.example", "ben@customer.example", "mallory@stranger.example"


def written(name, sender=ANNA, subject="The printer is on fire", text="Please help.", **headers):
    """`name` is the left side of its Message-ID."""
    lines = {"Message-ID": f"<{name}@x.example>", "From": sender, "To": "help@desk.example", "Subject": subject, **headers}
    head = "".join(f"{field.replace('_', '-')}: {value}\r\n" for field, value in lines.items())
    return f"{head}\r\n{text}\r\n".encode()


def reply(name, to, sender=ANNA, **headers):
    return written(name, sender, "Re: The printer is on fire", **{"In_Reply_To": f"<{to}>", "References": f"<{to}>", **headers})


class Office:
    """A receiver over fakes. `take` delivers mails as one batch."""

    def __init__(self, *records, of=None):
        self.store, self.bucket, self.clock = MemoryStore(*records), MemoryBucket(), FixedClock(NOW)
        self.settings, self.secrets = MemorySettings(of or settings(mailboxes=(mailbox(), mailbox("sales")))), MemorySecrets()
        intake = Intake(self.store, self.settings, self.secrets, Bodies(self.bucket))
        self.receiver = Receiver(self.store, self.bucket, intake, self.clock, timedelta(days=365))

    def delivery(self, raw, times=1, **of_inbound):
        told = fingerprint(raw)
        key = f"raw/{told.identity}.eml"
        self.bucket.put(key, raw)
        inbound = Inbound(
            mailbox="help", identity=told.identity, conversation=told.conversation, raw_key=key, size=len(raw), received_at=NOW
        )
        return Delivery(replace(inbound, **of_inbound), times)

    def take(self, *mails, **of_delivery):
        self.receiver.receive([self.delivery(raw, **of_delivery) for raw in mails])

    def receipt(self, raw):
        return self.store.records.get(("receipt", fingerprint(raw).identity))

    @property
    def tickets(self):
        return self.store.all(Ticket)

    @property
    def messages(self):
        return self.store.all(Message)

    @property
    def outbox(self):
        return self.store.all(OutboxItem)


FIRST = written("first")

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


# ---------------------------------------------------------------- bad mail


def breaking(office, bad, error):
    """Writing `bad` down fails with `error`, each time."""
    commit = office.store.commit
    identity = fingerprint(bad).identity

    def commit_or_break(plans):
        if any(write.record.key == ("receipt", identity) and write.record.outcome != "unreadable" for plan in plans for write in plan):
            raise error
        return commit(plans)

    office.store.commit = commit_or_break


BAD, GOOD = written("bad", MALLORY, text="secret words"), written("good", BEN)


def test_a_mail_we_stumble_over_is_quarantined_and_the_others_are_processed(caplog):
    office = Office()
    breaking(office, BAD, ValueError("secret words"))
    with caplog.at_level(logging.DEBUG):
        office.take(FIRST, BAD, GOOD)
    assert [ticket.requester.address for ticket in office.tickets] == [ANNA, BEN]
    assert office.receipt(BAD).state == "quarantined" and "(ValueError)" in office.receipt(BAD).reasons[0]
    assert "secret words" not in caplog.text + str(office.receipt(BAD))


class Killed(BaseException):
    """The function is ended from outside."""


def delivered_until_done(office, mails, limit=12, **of_inbound):
    """What SQS does: the whole batch again, until a run ends well. How often that was."""
    for times in range(1, limit):
        try:
            office.take(*mails, times=times, **of_inbound)
        except Killed:
            continue
        return times
    return limit


def test_a_mail_that_kills_the_function_ends_in_quarantine_and_the_mails_behind_it_are_processed():
    office = Office()
    breaking(office, BAD, Killed())
    assert delivered_until_done(office, [BAD, FIRST, GOOD]) == SUSPECT_AFTER + LONE_TRIES
    assert [ticket.requester.address for ticket in office.tickets] == [ANNA, BEN]
    assert office.receipt(BAD).state == "quarantined"
    assert office.receipt(BAD).reasons == (f"Reading this mail broke off {SUSPECT_AFTER + LONE_TRIES - 2} times.",)


def test_a_mail_that_was_only_in_bad_company_is_processed_when_suspected():
    office = Office()
    office.take(FIRST, times=SUSPECT_AFTER)
    assert (office.receipt(FIRST).outcome, len(office.tickets)) == ("new ticket", 1)
    office.take(FIRST, times=SUSPECT_AFTER + 1)
    assert (len(office.tickets), office.receipt(FIRST).version) == (1, 2)


def test_one_suspect_the_store_does_not_take_keeps_no_other_waiting():
    office = Office()
    breaking(office, BAD, TryAgain("The tickets table refused: ValidationException."))
    with pytest.raises(TryAgain):
        office.take(BAD, GOOD, times=SUSPECT_AFTER)
    assert [ticket.requester.address for ticket in office.tickets] == [BEN]
    assert office.receipt(BAD).state == "quarantined"


def test_answers_wait_for_the_suspect_they_answer():
    office = Office()
    first, second = office.delivery(FIRST, times=SUSPECT_AFTER), office.delivery(reply("second", "first@x.example"))
    office.receiver.receive([first, second])
    assert (len(office.tickets), len(office.messages)) == (1, 2)


# ---------------------------------------------------------------- trying again


def test_an_operator_tries_a_quarantined_mail_again_and_the_receipt_tells_the_latest():
    office = Office()
    office.take(FIRST, header_only=True)
    assert office.receipt(FIRST).state == "quarantined"
    office.take(FIRST, again=1)
    assert (office.receipt(FIRST).outcome, office.receipt(FIRST).version, len(office.tickets)) == ("new ticket", 2, 1)


def test_a_trial_is_made_once_however_often_its_message_is_delivered():
    office = Office()
    office.take(FIRST, header_only=True)
    for _ in range(3):
        office.take(FIRST, again=1)
    assert (len(office.tickets), len(office.outbox)) == (1, 1)


def test_a_joined_mail_tried_again_joins_again_and_is_there_once():
    office = Office()
    office.take(FIRST)
    answer = reply("second", "first@x.example")
    office.take(answer)
    office.take(answer, again=1)
    assert (office.receipt(answer).version, office.receipt(answer).outcome, len(office.messages)) == (2, "joined", 2)


def test_a_trial_that_kills_the_function_is_left_like_any_other():
    office = Office()
    office.take(BAD, header_only=True)
    breaking(office, BAD, Killed())
    assert delivered_until_done(office, [BAD], again=1) == SUSPECT_AFTER + LONE_TRIES - 1
    assert office.receipt(BAD).state == "quarantined"


# ---------------------------------------------------------------- waves


def opened(place, identity, conversation, sender):
    inbound = Inbound(mailbox="help", identity=identity, conversation=conversation, raw_key="raw/x", size=1, received_at=NOW)
    return Opened(inbound, mail(sender, message_id=f"{place}@x.example"), arrival())


few = st.sampled_from("abcd")
people = st.sampled_from([None, *(mail().sender.__class__("", f"{letter}@x.example") for letter in "abc")])


@given(st.lists(st.tuples(few, few, people), max_size=12))
def test_waves_keep_the_order_of_whatever_depends_on_each_other(drawn):
    mails = [opened(place, *one) for place, one in enumerate(drawn)]
    waves = _waves(mails)
    place = {id(one): number for number, wave in enumerate(waves) for one in wave}
    assert len(place) == len(mails) == sum(map(len, waves))
    assert all(waves)
    for number, earlier in enumerate(mails):
        for later in mails[number + 1 :]:
            assert not earlier.marks & later.marks or place[id(earlier)] < place[id(later)]


def test_mails_that_have_nothing_in_common_are_one_wave():
    mails = [opened(number, f"i{number}", f"c{number}", None) for number in range(10)]
    assert _waves(mails) == [mails]


def test_every_message_id_is_known_again():
    office = Office()
    office.take(FIRST, GOOD)
    assert {reference.message_id for reference in office.store.all(MessageReference)} == {"first@x.example", "good@x.example"}
    assert len(office.store.all(Receipt)) == 2

"""The writes that carry a decision out."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from maildesk.mail.message import Automatic, Bounce
from maildesk.tickets.deciding import Decision
from maildesk.tickets.records import Message, MessageReference, Receipt, Ticket
from maildesk.tickets.writing import THREAD_LENGTH, Body, arrived_again, joining, lengthened, new_ticket, opening, quarantine, receipt
from tests.make import ANNA, BEN, NOW, arrival, mail, mailbox, person, ticket

OPENS = Decision(outcome="new ticket", reasons=("New ticket.",), requester=person(ANNA))
JOINS = Decision(outcome="joined", reasons=("Joined.",), people=(person(BEN),))
BODY = Body(text="Please help.")


def written(plan):
    return {type(write.record): write for write in plan}


def test_a_new_ticket_is_written_with_its_message_receipt_and_message_id():
    opened = new_ticket(OPENS, mail(subject="Re: [#3] Fire"), arrival(), 7)
    plan = written(opening(OPENS, mail(), arrival(), opened, BODY))
    assert (opened.number, opened.subject, opened.thread) == (7, "Re: Fire", ("first@customer.example",))
    assert plan[Ticket].record == opened and plan[Ticket].expects == 0
    assert plan[MessageReference].record == MessageReference(message_id="first@customer.example", ticket=7)
    assert (plan[Message].record.ticket, plan[Message].record.direction, plan[Message].record.text) == (7, "in", "Please help.")
    assert (plan[Receipt].record.ticket, plan[Receipt].record.state, plan[Receipt].expects) == (7, "done", 0)


def test_a_new_ticket_is_filed_as_its_mailbox_says():
    printing = mailbox(group="printing", ticket_type="fault", priority="urgent")
    ticket = new_ticket(OPENS, mail(), arrival(), 7, printing)
    assert (ticket.group, ticket.ticket_type, ticket.priority) == ("printing", "fault", "urgent")
    gone = new_ticket(OPENS, mail(), arrival(), 7, None)
    assert (gone.group, gone.ticket_type, gone.priority) == (None, None, "normal")


def test_a_subject_has_its_limit():
    assert len(new_ticket(OPENS, mail(subject="x" * 10_000), arrival(), 7).subject) == 300


def joined(to, **of_mail):
    return written(joining(JOINS, mail(**of_mail), arrival(), to, BODY))[Ticket]


def test_joining_expects_the_ticket_as_it_was_read_and_writes_its_next_version():
    changed = joined(ticket(version=4), message_id="second@customer.example")
    assert (changed.expects, changed.record.version, changed.record.updated_at) == (4, 5, NOW)
    assert changed.record.thread == ("first@customer.example", "second@customer.example")
    assert changed.record.collaborators == (person(BEN),)


@pytest.mark.parametrize(
    ("of_mail", "status"),
    [({}, "open"), ({"automatic": Automatic("out-of-office", "")}, "closed"), ({"bounce": Bounce(None, ())}, "closed")],
)
def test_a_person_reopens_a_closed_ticket_and_a_machine_does_not(of_mail, status):
    assert joined(ticket(status="closed"), **of_mail).record.status == status


def test_a_message_id_stays_with_the_mail_that_bore_it_first():
    plan = opening(OPENS, mail(), arrival(ids_taken=frozenset({"first@customer.example"})), ticket(), BODY)
    assert MessageReference not in written(plan)


def test_a_mail_without_message_id_is_written_all_the_same():
    plan = opening(OPENS, mail(message_id=None), arrival(), new_ticket(OPENS, mail(message_id=None), arrival(), 7), BODY)
    assert MessageReference not in written(plan) and written(plan)[Ticket].record.thread == ()


def test_trying_again_replaces_the_receipt_that_was_read():
    before = receipt(OPENS, mail(), arrival(), None).record
    again = receipt(OPENS, mail(), arrival(tried_before=replace(before, version=3)), 7)
    assert (again.expects, again.record.version) == (3, 4)


@pytest.mark.parametrize(("outcome", "state"), [("unreadable", "quarantined"), ("too large", "quarantined"), ("automatic", "done")])
def test_what_somebody_must_look_at_is_quarantined(outcome, state):
    assert receipt(Decision(outcome=outcome, reasons=()), mail(), arrival(), None).record.state == state


def test_a_receipt_fits_into_the_table_whatever_a_mail_is_full_of():
    decision = Decision(outcome="unreadable", reasons=("x" * 100_000,) * 1000)
    hostile = mail(subject="x" * 100_000)
    record = receipt(decision, hostile, arrival(), None).record
    assert len(record.reasons) == 20 and max(map(len, record.reasons)) == 500 and len(record.subject) == 200


def test_a_mail_nobody_could_read_so_far_keeps_its_raw_copy():
    record = quarantine(arrival(), "Reading this mail broke off 2 times.").record
    assert (record.state, record.raw_key, record.reasons) == ("quarantined", arrival().raw_key, ("Reading this mail broke off 2 times.",))
    assert record.expires_at == NOW + timedelta(days=365)


def test_the_same_mail_in_another_mailbox_is_noted_once():
    first = receipt(OPENS, mail(), arrival(), 7).record
    noted = arrived_again(first, "sales")
    assert "also arrived in mailbox sales" in noted.record.reasons[-1] and noted.expects == first.version
    assert arrived_again(noted.record, "sales") is None
    assert arrived_again(first, "help") is None


def test_a_thread_keeps_its_first_and_its_latest_message_ids():
    thread = ()
    for number in range(25):
        thread = lengthened(thread, f"{number}@x.example")
    assert (len(thread), thread[0], thread[1], thread[-1]) == (THREAD_LENGTH, "0@x.example", "16@x.example", "24@x.example")
    assert lengthened(thread, "24@x.example") == lengthened(thread, None) == thread

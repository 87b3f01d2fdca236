"""A mailbox may take mail only from people somebody here knows."""

import pytest

from maildesk.desk.operate.receipts import inbound_of
from maildesk.settings import Desk
from maildesk.tickets.records import Correspondent
from maildesk.tickets.writing import discarded
from tests.make import NOW, mailbox, settings
from tests.office import ANNA, FIRST, MALLORY, Office, reply, written
from tests.operating import MemoryDesk

IGNORING = mailbox(unknown_senders="ignore")


def ignoring(*records, **of_desk):
    of_desk = {"agents": ("ben@desk.example",), **of_desk}
    return Office(*records, of=settings(mailboxes=(IGNORING, mailbox("sales")), desk=Desk(**of_desk)))


def outcome(office, raw):
    office.take(raw)
    return office.receipt(raw).outcome


def test_mail_of_somebody_unknown_ends_with_its_receipt_which_says_why():
    office = ignoring()
    office.take(FIRST)
    receipt = office.receipt(FIRST)
    assert (receipt.state, receipt.outcome, receipt.ticket) == ("done", "unknown sender", None)
    assert receipt.reasons == (
        "Mailbox help ignores unknown senders, and nobody here knows anna@customer.example.",
        "receipt.make_ticket makes a ticket of it all the same; desk.customers names whom to know.",
    )
    assert not office.tickets and not office.outbox and not office.store.all(Correspondent)
    assert office.bucket.get(receipt.raw_key) == FIRST


def test_another_mailbox_of_the_desk_takes_it():
    office = ignoring()
    office.take(FIRST, mailbox="sales")
    assert office.receipt(FIRST).outcome == "new ticket"


def test_a_mail_that_came_to_both_is_taken_by_the_one_that_accepts_it_whichever_comes_first():
    for order in (["help", "sales", "help"], ["sales", "help"]):
        office = ignoring()
        for mailbox_name in order:
            office.take(FIRST, mailbox=mailbox_name)
        assert [ticket.mailbox for ticket in office.tickets] == ["sales"]
        assert len(office.messages) == len(office.outbox) == 1
    office.take(FIRST)
    assert len(office.tickets) == 1


def test_its_receipt_says_that_the_other_did_not_take_it():
    office = ignoring()
    office.take(FIRST)
    office.take(FIRST, mailbox="sales")
    assert office.receipt(FIRST).mailbox == "sales"
    assert "It came to mailbox help too, which did not take it (unknown sender)." in office.receipt(FIRST).reasons


def test_what_both_ignore_stays_ignored():
    office = Office(of=settings(mailboxes=(IGNORING, mailbox("sales", unknown_senders="ignore"))))
    for mailbox_name in ("help", "sales", "help"):
        office.take(FIRST, mailbox=mailbox_name)
    receipt = office.receipt(FIRST)
    assert (receipt.outcome, receipt.mailbox) == ("unknown sender", "help") and not office.tickets
    assert receipt.reasons[-1] == "The same mail also arrived in mailbox sales; it was not processed twice."


def test_what_somebody_discarded_is_not_taken_after_all():
    office = ignoring()
    office.take(FIRST)
    office.store.commit([(discarded(office.receipt(FIRST), "Spam", NOW),)])
    office.take(FIRST, mailbox="sales")
    assert not office.tickets


@pytest.mark.parametrize("customer", [ANNA, "Anna@Customer.example", "@customer.example", "@CUSTOMER.example"])
def test_customers_are_named_by_address_or_domain(customer):
    assert outcome(ignoring(customers=("x@y.example", customer)), FIRST) == "new ticket"


@pytest.mark.parametrize("other", ["@example", "@x.customer.example", "nna@customer.example", "@omer.example"])
def test_what_only_looks_alike_names_nobody(other):
    assert outcome(ignoring(customers=(other,)), FIRST) == "unknown sender"


def test_agents_are_known():
    assert outcome(ignoring(), written("a", "ben@desk.example")) == "new ticket"


def test_a_form_that_sends_for_a_customer_is_known_by_either():
    form = written("a", "form@web.example", Reply_To=ANNA)
    assert outcome(ignoring(customers=("form@web.example",)), form) == "new ticket"
    assert outcome(ignoring(customers=(ANNA,)), form) == "new ticket"


@pytest.mark.parametrize("autoresponse", [True, False], ids=["auto-answered", "unanswered"])
def test_whoever_had_a_ticket_is_known_from_then_on(autoresponse):
    office = Office(of=settings(mailboxes=(mailbox(autoresponse=autoresponse),)))
    office.take(FIRST)
    office.settings.save(office.settings.stored, settings(mailboxes=(IGNORING,)))
    assert outcome(office, written("second")) == "new ticket"
    assert outcome(office, written("third", MALLORY)) == "unknown sender"


def test_whoever_takes_part_in_a_ticket_may_answer_it():
    office = Office()
    office.take(written("first", Cc="carl@partner.example"))
    office.settings.save(office.settings.stored, settings(mailboxes=(IGNORING,)))
    assert outcome(office, reply("second", "first@x.example", "carl@partner.example")) == "joined"
    assert outcome(office, reply("third", "first@x.example", MALLORY)) == "unknown sender"


def test_a_known_person_is_written_down_once():
    office = Office(of=settings(mailboxes=(mailbox(autoresponse=False),)))
    office.take(FIRST, written("second"))
    assert [known.version for known in office.store.all(Correspondent)] == [1]
    assert len(office.tickets) == 2


# ---------------------------------------------------------------- after all


@pytest.fixture
def desk():
    """Whose operator looks at a mail that was ignored."""
    office = ignoring()
    office.take(FIRST)
    return MemoryDesk(settings=office.settings, store=office.store, bucket=office.bucket)


def test_an_operator_makes_a_ticket_of_it_and_the_next_mail_is_welcome(desk):
    (receipt,) = desk.do("receipt.list", state="done")["receipts"]
    assert receipt["outcome"] == "unknown sender"
    made = desk.do("receipt.make_ticket", receipt=receipt["identity"])["receipt"]
    assert (made["outcome"], desk.ticket().requester.address) == ("new ticket", ANNA)
    office = Office(store=desk.store, bucket=desk.bucket, of=desk.settings.stored)
    assert outcome(office, written("second")) == "new ticket"


def test_an_operator_names_the_customer_and_tries_it_again(desk):
    (receipt,) = desk.do("receipt.list", state="done")["receipts"]
    desk.do("settings.apply", document={"desk": {"customers": ["@customer.example"]}})
    desk.do("receipt.retry", receipt=receipt["identity"])
    office = Office(store=desk.store, bucket=desk.bucket, of=desk.settings.stored)
    office.hand_over(*desk.queues.mails)
    assert desk.ticket().requester.address == ANNA
    assert inbound_of(office.receipt(FIRST), FIRST).again == 2


@pytest.mark.parametrize("wrong", ["customer.example", "a b@customer.example", "@", "*@customer.example@x"])
def test_a_customer_is_an_address_or_a_domain(wrong):
    error = MemoryDesk().refused("settings.apply", document={"desk": {"customers": [wrong]}})
    assert error["field"] == "document.desk.customers.0"
    assert "an address such as anna@example.com, or all of a domain such as @example.com" in error["message"]

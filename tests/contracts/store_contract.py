"""What every Store does, whatever is behind it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from msgspec.structs import replace

from maildesk.ports import Store
from maildesk.tickets.records import (
    Correspondent,
    Message,
    MessageReference,
    Person,
    Plan,
    Receipt,
    Record,
    StoredAttachment,
    Ticket,
    Write,
    replacing,
)
from tests.make import NOW, outbox_item, ticket

ANNA = Person("Anna Ünal", "anna@customer.example")
FILE = StoredAttachment(filename="Übersicht.pdf", content_type="application/pdf", size=0, sha256="f00d", inline=True, content_id="a@b")


def message(number: int = 7, entry: str = "m1", **more: object) -> Message:
    return Message(**{"ticket": number, "id": entry, "direction": "in", "author": ANNA, "text": "Help", "created_at": NOW, **more})


def receipt(identity: str = "r1", **more: object) -> Receipt:
    fixed = {"mailbox": "help", "raw_key": "raw/r1.eml", "size": 0, "state": "done", "outcome": "joined", "reasons": ("Joined.",)}
    return Receipt(**{"identity": identity, **fixed, "received_at": NOW, "processed_at": NOW, **more})


BARE: list[Record] = [
    ticket(subject=""),
    message(text=""),
    MessageReference(message_id="first@customer.example", ticket=7),
    receipt(reasons=()),
    outbox_item(text=None, references=()),
    outbox_item(ticket=None, receipt="0" * 32, purpose="size notice"),
    Correspondent(address=ANNA.address),
]

FULL: list[Record] = [
    ticket(
        status="closed",
        requester=ANNA,
        collaborators=(ANNA, Person("", "ben@customer.example")),
        assignee="agent@desk.example",
        thread=("a@x", "b@x"),
        linked_to=3,
        group="printing",
        ticket_type="fault",
        priority="urgent",
        version=12,
    ),
    message(
        direction="note",
        full_text="Help\n> quoted",
        html="<p>Help</p>",
        body_key="bodies/x.json",
        attachments=(FILE, FILE),
        message_id="first@customer.example",
        receipt="r1",
        automatic="out-of-office",
    ),
    MessageReference(message_id="ü" * 998 + "@customer.example", ticket=10**15 - 1),
    receipt(
        state="quarantined",
        outcome="unreadable",
        reasons=("One.", "Two."),
        ticket=7,
        subject="Grüße",
        sender=ANNA.address,
        message_id="first@customer.example",
        expires_at=NOW + timedelta(days=365),
        version=3,
    ),
    outbox_item(
        state="failed",
        to=(ANNA,),
        cc=(ANNA, ANNA),
        message="m1",
        references=("a@x", "b@x"),
        attempts=4,
        generation=2,
        last_error="It failed.",
        provider_id="250 ok",
        sent_at=NOW,
        version=5,
    ),
    outbox_item(ticket=None, receipt="0" * 32, purpose="size notice", state="failed", attempts=4, last_error="It failed.", version=5),
    Correspondent(address="ü" * 1500 + "@customer.example", autoresponses=(NOW, NOW - timedelta(milliseconds=1)), version=2),
]

SHAPES = {type(record): record.key[1:] for record in BARE}


def fetched(store: Store, record: Record) -> Record | None:
    return store.fetch([record.key]).one(type(record), *record.key[1:])


def add(store: Store, *records: Record) -> None:
    assert all(store.commit([(Write(record, expects=None),) for record in records]))


class StoreContract:
    # ------------------------------------------------------------ records

    @pytest.mark.parametrize("record", [*BARE, *FULL], ids=lambda record: type(record).__name__)
    def test_a_record_is_read_back_as_it_was_written(self, store, record):
        add(store, record)
        assert fetched(store, record) == record

    def test_what_a_record_no_longer_says_is_gone(self, store):
        for full, bare in zip(FULL, BARE, strict=True):
            add(store, full)
            add(store, bare)
            assert fetched(store, bare) == bare

    def test_many_records_are_read_together(self, store):
        records = [receipt(f"r{number}") for number in range(250)]
        add(store, *records)
        found = store.fetch([record.key for record in records] * 2)
        assert [found.one(Receipt, record.identity) for record in records] == records

    def test_what_is_not_there_is_not_found(self, store):
        found = store.fetch([("ticket", 99), ("message", 7, "none")])
        assert found.one(Ticket, 99) is None and found.one(Message, 7, "none") is None

    def test_nothing_asked_nothing_found(self, store):
        assert store.fetch([]).one(Ticket, 7) is None

    # ------------------------------------------------------------ commits

    def test_nothing_to_commit(self, store):
        assert store.commit([]) == []

    def test_a_record_that_must_be_new_is_written_once(self, store):
        assert store.commit([(Write(receipt()),)]) == [True]
        assert store.commit([(Write(receipt(subject="another")),)]) == [False]
        assert fetched(store, receipt()) == receipt()

    def test_only_the_version_that_was_read_is_replaced(self, store):
        add(store, ticket(version=4))
        assert store.commit([(replacing(ticket(version=4)),)]) == [False]
        assert store.commit([(replacing(ticket(version=5, assignee="ben@desk.example")),)]) == [True]
        assert fetched(store, ticket()) == ticket(version=5, assignee="ben@desk.example")

    def test_what_is_not_there_is_not_replaced(self, store):
        assert store.commit([(replacing(ticket(version=2)),)]) == [False]

    def test_a_plan_happens_wholly_or_not_at_all(self, store):
        add(store, receipt())
        assert store.commit([(Write(ticket()), Write(message()), Write(receipt()))]) == [False]
        assert (fetched(store, ticket()), fetched(store, message())) == (None, None)

    def test_a_conflict_stops_its_own_plan_alone(self, store):
        add(store, receipt("r3"))
        plans: list[Plan] = [(Write(receipt(f"r{number}")), Write(ticket(number))) for number in range(10)]
        assert store.commit(plans) == [number != 3 for number in range(10)]
        assert [fetched(store, ticket(number)) is not None for number in range(10)] == [number != 3 for number in range(10)]

    def test_several_conflicts_stop_their_plans_alone(self, store):
        add(store, receipt("r0"), receipt("r9"), ticket(5, version=2))
        plans: list[Plan] = [(Write(receipt(f"r{number}")), replacing(ticket(number))) for number in range(10)]
        assert store.commit(plans) == [number not in {0, 5, 9} for number in range(10)]

    def test_plans_about_one_record_are_carried_out_one_after_the_other(self, store):
        first, second, third = (replacing(ticket(version=version)) for version in (1, 2, 3))
        assert store.commit([(first,), (second,), (third,), (first,)]) == [True, True, True, False]
        assert fetched(store, ticket()) == ticket(version=3)

    def test_more_writes_than_one_transaction_takes(self, store):
        plans: list[Plan] = [(Write(receipt(f"r{number}")), Write(message(entry=f"m{number}"))) for number in range(120)]
        assert store.commit(plans) == [True] * 120
        assert len(store.thread(7)) == 120

    def test_two_at_once_never_both_win(self, store):
        add(store, ticket())
        plan: Plan = (replacing(ticket(version=2)),)
        with ThreadPoolExecutor(8) as runs:
            won = [done for (done,) in runs.map(lambda _: store.commit([plan]), range(8))]
        assert won.count(True) <= 1 and fetched(store, ticket()) == ticket(version=2 if any(won) else 1)

    # ------------------------------------------------------------ numbers

    def test_numbers_begin_at_one_and_go_on(self, store):
        assert [*store.next_numbers(3), *store.next_numbers(1)] == [1, 2, 3, 4]

    def test_nobody_gets_a_number_twice(self, store):
        with ThreadPoolExecutor(8) as runs:
            drawn = [number for numbers in runs.map(store.next_numbers, [1, 2, 3, 4] * 8) for number in numbers]
        assert sorted(drawn) == list(range(1, 81))

    # ------------------------------------------------------------ listings

    def test_a_thread_is_a_tickets_messages_and_mails_oldest_first(self, store):
        later, first, note = outbox_item(id="019b"), message(entry="019a"), message(entry="019c", direction="note")
        add(store, later, note, first, ticket(), message(8, entry="019a"))
        assert store.thread(7) == [first, later, note]
        assert store.thread(99) == []

    def pages(self, listing, state, limit):
        after, pages = None, []
        while True:
            page = listing(state, limit, after)
            pages.append(page.records)
            after = page.next
            if after is None:
                return [records for records in pages if records]

    def test_tickets_are_listed_by_status_the_latest_change_first(self, store):
        tickets = [ticket(number, updated_at=NOW + timedelta(seconds=number)) for number in range(1, 6)]
        add(store, *tickets, ticket(9, status="closed"))
        assert self.pages(store.tickets, "open", 2) == [tickets[:-3:-1], tickets[2:0:-1], tickets[:1]]
        assert self.pages(store.tickets, "closed", 2) == [[ticket(9, status="closed")]]
        assert self.pages(store.tickets, "pending", 2) == []

    def test_receipts_are_listed_by_state_the_latest_first(self, store):
        receipts = [receipt(f"r{number}", processed_at=NOW + timedelta(seconds=number)) for number in range(3)]
        add(store, *receipts, receipt("other", state="quarantined"))
        assert self.pages(store.receipts, "done", 50) == [receipts[::-1]]
        assert self.pages(store.receipts, "quarantined", 1) == [[receipt("other", state="quarantined")]]

    def test_outbox_items_are_listed_by_state_the_latest_first(self, store):
        items = [outbox_item(id=f"i{number}", created_at=NOW + timedelta(seconds=number)) for number in range(3)]
        add(store, *items)
        assert self.pages(store.outbox, "queued", 2) == [[items[2], items[1]], [items[0]]]

    def test_a_record_that_changed_is_listed_where_it_belongs_now(self, store):
        add(store, ticket())
        add(store, replace(ticket(), status="closed"))
        assert (self.pages(store.tickets, "open", 5), len(self.pages(store.tickets, "closed", 5))) == ([], 1)

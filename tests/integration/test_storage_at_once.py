"""Several receivers at once, on the real store, with the same mails: as if each mail had come once, and alone."""

import random
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest

from benchmarks.desk import local_state
from maildesk.ports import TryAgain
from tests.office import Office, reply, written

CONVERSATIONS, ANSWERS, RECEIVERS = 6, 3, 4


@pytest.fixture
def table():
    with local_state():
        yield boto3.resource("dynamodb").Table("TicketsTable")


def conversation(number):
    """A mail, its answers, and one more mail of the same person."""
    person = f"person{number}@customer.example"
    answers = [reply(f"answer{number}-{answer}", f"root{number}@x.example", person) for answer in range(ANSWERS)]
    return [written(f"root{number}", person), *answers, written(f"other{number}", person, "Another thing")]


def receive_until_all_is_done(mails, seed):
    """In any order of conversations, each conversation in its own order: as its group in the queue is."""
    from maildesk.storage.tickets import TicketsTable

    office = Office(store=TicketsTable())
    groups = random.Random(seed).sample(mails, len(mails))
    for _ in range(20):
        try:
            for group in groups:
                office.take(*group)
            return
        except TryAgain:
            continue
    raise AssertionError("never done")


def items(table, kind):
    return [item for item in table.scan()["Items"] if item.get("kind") == kind]


def test_each_mail_is_handled_once_and_lands_where_it_belongs(table):
    mails = [conversation(number) for number in range(CONVERSATIONS)]
    with ThreadPoolExecutor(RECEIVERS) as receivers:
        list(receivers.map(lambda seed: receive_until_all_is_done(mails, seed), range(RECEIVERS)))
    receipts, tickets, messages = (items(table, kind) for kind in ("receipt", "ticket", "message"))
    assert len(receipts) == sum(map(len, mails)) and {receipt["state"] for receipt in receipts} == {"done"}
    assert len(tickets) == len({ticket["number"] for ticket in tickets}) == 2 * CONVERSATIONS
    assert len(messages) == sum(map(len, mails)) and len(items(table, "outbox")) == 2 * CONVERSATIONS
    for number in range(CONVERSATIONS):
        places = {message["ticket"] for message in messages if message["message_id"].startswith((f"root{number}@", f"answer{number}-"))}
        assert len(places) == 1

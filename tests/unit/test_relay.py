"""What the tickets table's stream tells: mail to be sent, and news for whoever listens."""

import pytest

from maildesk.desk.relay import Relay
from maildesk.ports import Change, OutboxKey, TryAgain
from maildesk.storage.stream import changes
from tests.fakes import MemoryEvents, MemoryQueues

ITEM = {"kind": "outbox", "ticket": "7", "id": "answer", "state": "queued", "generation": "1", "attempts": "0"}
TICKET = {"kind": "ticket", "number": "7", "status": "open", "mailbox": "help", "group": "printing", "priority": "high"}
MESSAGE = {"kind": "message", "ticket": "7", "id": "m1", "direction": "in"}


def relayed(new, old=None):
    queues, events = MemoryQueues(), MemoryEvents()
    Relay(queues, events).relay([Change(new=new, old=old or {})])
    return queues.items, [(event.type, event.detail) for event in events.told]


def test_a_new_item_is_to_be_sent():
    assert relayed(ITEM) == ([OutboxKey(ticket=7, id="answer", generation=1)], [])


def test_a_mail_that_belongs_to_no_ticket_goes_by_its_receipt():
    notice = {**ITEM, "receipt": "0123"}
    del notice["ticket"]
    assert relayed(notice) == ([OutboxKey(receipt="0123", id="answer", generation=1)], [])
    assert relayed(notice | {"state": "failed"}, notice)[1] == [("DeliveryFailed", {"receipt": "0123", "outbox": "answer", "attempts": 0})]


@pytest.mark.parametrize("before", ["failed", "sent", "waiting", "queued"])
def test_an_item_an_operator_sends_on_its_way_again_is_to_be_sent(before):
    """Even one that is queued: its message may have been lost in the dead letters."""
    assert relayed(ITEM | {"generation": "2"}, ITEM | {"state": before})[0] == [OutboxKey(ticket=7, id="answer", generation=2)]


@pytest.mark.parametrize("state", ["waiting", "sent", "failed", "queued"])
def test_what_a_sender_notes_on_an_item_sends_nothing(state):
    assert relayed(ITEM | {"state": state, "attempts": "1"}, ITEM)[0] == []


def test_a_delivery_that_failed_for_good_is_told_once():
    failed = ITEM | {"state": "failed", "attempts": "3"}
    assert relayed(failed, ITEM)[1] == [("DeliveryFailed", {"ticket": 7, "outbox": "answer", "attempts": 3})]
    assert relayed(failed | {"attempts": "4"}, failed)[1] == []


def test_tickets_and_messages_are_told_without_a_word_of_their_text():
    filed = {"group": "printing", "ticket_type": None, "priority": "high"}
    detail = {"ticket": 7, "status": "open", "mailbox": "help", "assignee": None, **filed}
    assert relayed(TICKET | {"subject": "The printer"}) == ([], [("TicketCreated", detail)])
    assigned = TICKET | {"assignee": "ben@desk.example"}
    assert relayed(assigned, TICKET)[1] == [("TicketChanged", detail | {"assignee": "ben@desk.example"})]
    assert relayed(MESSAGE | {"text": "on fire"})[1] == [("MessageAdded", {"ticket": 7, "message": "m1", "direction": "in"})]
    assert relayed(MESSAGE, MESSAGE) == ([], [])


@pytest.mark.parametrize("kind", ["receipt", "correspondent", "message-id", "counter"])
def test_other_items_are_no_news(kind):
    assert relayed({"kind": kind}) == ([], [])


def test_nothing_is_asked_of_aws_without_news():
    queues = MemoryQueues(refusing=True)
    Relay(queues, MemoryEvents()).relay([Change(new={"kind": "counter"}, old={})])


def test_a_refusing_queue_has_the_whole_batch_delivered_again():
    with pytest.raises(TryAgain):
        Relay(MemoryQueues(refusing=True), MemoryEvents()).relay([Change(new=ITEM, old={})])


def test_a_stream_event_is_read_as_plain_values_and_what_is_gone_left_out():
    new, old = {"number": {"N": "7"}, "kind": {"S": "ticket"}}, {"number": {"N": "7"}}
    records = [
        {"eventName": "MODIFY", "dynamodb": {"NewImage": new, "OldImage": old}},
        {"eventName": "INSERT", "dynamodb": {"NewImage": new}},
        {"eventName": "REMOVE", "dynamodb": {"OldImage": old}},
    ]
    assert changes({"Records": records}) == [
        Change(new={"number": "7", "kind": "ticket"}, old={"number": "7"}),
        Change(new={"number": "7", "kind": "ticket"}, old={}),
    ]

"""The batch of outbox.fifo: what must wait is hidden for its pause, and what is behind it in its ticket waits too."""

import json
from types import SimpleNamespace

import pytest

from functions.send_mail import handler as send_mail
from maildesk import wiring
from maildesk.desk.send import Mailer
from maildesk.ports import GiveUp, TryAgain
from maildesk.tickets.records import OutboxItem
from tests.fakes import FixedClock, MemoryBucket, MemoryQueues, MemorySecrets, MemorySettings, MemoryStore, PostOffice
from tests.make import outbox_item, sender, settings

CONTEXT = SimpleNamespace(function_name="f", memory_limit_in_mb=512, invoked_function_arn="arn", aws_request_id="1")


@pytest.fixture
def desk(monkeypatch):
    items = [outbox_item(ticket=ticket, id=entry) for ticket, entry in ((7, "a"), (7, "b"), (8, "c"))]
    parts = SimpleNamespace(store=MemoryStore(*items), office=PostOffice(), queues=MemoryQueues())
    of = MemorySettings(settings(senders=(sender(auth="none"),)))
    mailer = Mailer(parts.store, MemoryBucket(), of, MemorySecrets(), parts.office.open, FixedClock())
    monkeypatch.setattr(wiring, "mailer", lambda: mailer)
    monkeypatch.setattr(wiring, "queues", lambda: parts.queues)
    return parts


def record(ticket, entry):
    return {
        "messageId": entry,
        "receiptHandle": f"handle-{entry}",
        "body": json.dumps({"ticket": ticket, "id": entry, "generation": 1}),
        "attributes": {"MessageGroupId": str(ticket)},
        "eventSource": "aws:sqs",
    }


def failed(*records):
    return [one["itemIdentifier"] for one in send_mail.handler({"Records": list(records)}, CONTEXT)["batchItemFailures"]]


ALL = (record(7, "a"), record(7, "b"), record(8, "c"))


def states(desk):
    return {item.id: item.state for item in desk.store.all(OutboxItem)}


def test_what_is_sent_is_done(desk):
    assert failed(*ALL) == []
    assert states(desk) == {"a": "sent", "b": "sent", "c": "sent"} and desk.queues.delays == []


def test_what_must_wait_is_hidden_and_keeps_the_order_of_its_ticket_alone(desk):
    desk.office.failures = [TryAgain("busy")]
    assert failed(*ALL) == ["a", "b"]
    assert states(desk) == {"a": "waiting", "b": "queued", "c": "sent"}
    assert desk.queues.delays == [("handle-a", 60)]


def test_a_batch_that_must_wait_as_a_whole_is_no_error_of_the_function(desk):
    desk.office.failures = [TryAgain("busy")] * 3
    assert failed(*ALL) == ["a", "b", "c"]


def test_what_failed_for_good_is_done(desk):
    desk.office.failures = [GiveUp("never")]
    assert failed(*ALL) == []
    assert states(desk) == {"a": "failed", "b": "sent", "c": "sent"}

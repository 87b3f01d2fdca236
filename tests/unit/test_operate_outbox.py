"""Commands about mails on their way out."""

import pytest
from msgspec.structs import replace

from maildesk.tickets.records import OutboxItem, Person
from tests.fakes import NOW
from tests.operating import MemoryDesk

FAILED = OutboxItem(
    ticket=1,
    id="a",
    purpose="auto-response",
    state="failed",
    mailbox="support",
    to=(Person("Anna", "anna@example.com"),),
    subject="Re: Printer",
    text="Hello Anna",
    message_id="x@example.com",
    attempts=10,
    generation=2,
    last_error="smtp.example.com refused it.",
    created_at=NOW,
    version=12,
)


@pytest.fixture
def desk() -> MemoryDesk:
    desk = MemoryDesk()
    desk.store.add(FAILED)
    return desk


def test_a_failed_mail_is_sent_on_its_way_anew(desk):
    assert desk.do("outbox.retry", ticket=1, id="a") == {"retried": [{"ticket": 1, "id": "a"}]}
    [item] = desk.store.all(OutboxItem)
    assert (item.state, item.attempts, item.generation, item.version) == ("queued", 0, 3, 13)


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ("queued", "This mail is on its way. If it still is in a day, it can be sent again."),
        ("waiting", "This mail is tried again by itself."),
        ("sent", "This mail was sent; sending it again would double it."),
    ],
)
def test_only_failed_mails_are_sent_again(desk, state, message):
    desk.store.add(replace(FAILED, state=state))
    assert desk.refused("outbox.retry", ticket=1, id="a")["message"] == message


def test_what_the_stream_has_forgotten_is_sent_on_its_way_by_hand(desk):
    desk.store.add(replace(FAILED, state="queued", generation=1))
    desk.clock.wait(hours=24)
    assert desk.refused("outbox.retry", ticket=1, id="a")["field"] == "id"
    desk.clock.wait(seconds=1)
    assert desk.do("outbox.retry", ticket=1, id="a")["retried"] == [{"ticket": 1, "id": "a"}]


def test_all_that_failed(desk):
    desk.store.add(replace(FAILED, id="b"), replace(FAILED, id="c", state="sent"))
    assert [one["id"] for one in desk.do("outbox.retry", state="failed")["retried"]] == ["a", "b"]


def test_one_that_changed_meanwhile_is_left(desk):
    desk.store.before_commit = lambda: desk.store.add(replace(FAILED, version=13))
    assert desk.asked("outbox.retry", ticket=1, id="a")["error"]["message"] == "This mail has changed just now."


@pytest.mark.parametrize("fields", [{}, {"ticket": 1}, {"id": "a"}, {"ticket": 1, "id": "a", "state": "failed"}])
def test_it_must_be_said_what_to_send_again(desk, fields):
    assert desk.refused("outbox.retry", **fields)["message"] == "Either ticket and id, or state, must be given."


def test_a_mail_that_is_not_there(desk):
    assert desk.refused("outbox.retry", ticket=1, id="z")["message"] == "Ticket 1 has no mail 'z'."


def test_a_mail_of_a_receipt_is_sent_again_by_that(desk):
    desk.store.add(replace(FAILED, ticket=None, receipt="0123", purpose="size notice"))
    assert desk.do("outbox.retry", receipt="0123", id="a")["retried"] == [{"receipt": "0123", "id": "a"}]
    assert desk.refused("outbox.retry", receipt="0123", id="z")["message"] == "Receipt 0123 has no mail 'z'."
    assert desk.refused("outbox.retry", receipt="0123", ticket=1, id="a")["field"] == "ticket"


def test_the_failed_ones_are_listed_first(desk):
    desk.store.add(replace(FAILED, id="b", state="sent"))
    assert [item["id"] for item in desk.do("outbox.list")["items"]] == ["a", "b"]
    assert desk.do("outbox.list", state="failed")["items"][0]["last_error"] == "smtp.example.com refused it."

"""The full test of a mailbox: a mail goes out through its sender, and is awaited in it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes

import pytest

from maildesk.ports import GiveUp, Sent, Step, TryAgain
from maildesk.tickets.records import Receipt
from tests.fakes import NOW
from tests.make import mailbox, settings
from tests.office import Office
from tests.operating import OUTGOING, SUPPORT, MemoryDesk

NOT_THERE = (
    "It is not in INBOX after 60 s. Look for it in the spam folder, check that mail to support@example.com comes to this account and no "
    "rule there forwards or sorts it, and look for a bounce in the sender's own mailbox."
)


@dataclass
class Slow:
    """A connection of a sender."""

    send: Callable[..., Sent]

    def __enter__(self):
        return self

    def __exit__(self, *exc): ...


@pytest.fixture
def desk() -> MemoryDesk:
    desk = MemoryDesk()
    desk.do("settings.apply", document={"mailboxes": [SUPPORT], "senders": [OUTGOING]})
    return desk


def full_test(desk, **fields):
    result = desk.do("mailbox.test", **{"name": "support", "full": True} | fields)
    return result["passed"], {step["name"]: step["detail"] for step in result["steps"]}


def arrive(desk):
    ((_, raw),) = desk.office.sent
    desk.server.mails = {"001": raw}


def after(desk, seconds):
    """Mail that was sent arrives so much later."""
    desk.while_waiting = lambda: arrive(desk) if desk.clock() - NOW >= timedelta(seconds=seconds) else None


def test_a_mail_is_sent_through_the_mailboxs_sender_and_found(desk):
    after(desk, 4)
    passed, steps = full_test(desk)
    assert passed
    assert list(steps) == ["name", "sign-in", "mail sent", "mail received"]
    assert steps["mail sent"] == "sender outgoing gave it away, from support@example.com to support@example.com"
    assert steps["mail received"] == ("after 4 s. It stays in the mailbox; a poll that meets it opens no ticket for it and leaves it there")
    ((envelope, raw),) = desk.office.sent
    assert (envelope.sender, envelope.recipients) == ("support@example.com", ("support@example.com",))
    header = message_from_bytes(raw)
    assert (header["Subject"], header["Auto-Submitted"]) == ("Full test of mailbox support", "auto-generated")
    assert desk.office.logins[-1].password == "of-the-sender"


def test_the_usual_test_sends_nothing(desk):
    passed, steps = full_test(desk, full=False)
    assert passed and list(steps) == ["name", "sign-in"]
    assert desk.office.sent == []


def test_nothing_is_sent_where_the_mailbox_cannot_be_read(desk):
    desk.server.steps = (Step("name", True, "there"), Step("sign-in", False, "No."))
    passed, steps = full_test(desk)
    assert not passed and list(steps) == ["name", "sign-in"]
    assert desk.office.sent == []


def test_a_mailbox_that_is_not_stored_yet(desk):
    after(desk, 1)
    passed, steps = full_test(desk, **SUPPORT | {"name": "sales", "address": "sales@example.com", "after_fetch": "delete"})
    assert passed and steps["mail received"].endswith("opens no ticket for it and deletes it")
    assert "find" in desk.server.did and desk.settings.stored.mailbox("sales") is None


def test_without_a_sender(desk):
    desk.do("sender.delete", name="outgoing")
    passed, steps = full_test(desk)
    assert not passed
    assert steps["mail sent"] == "No sender is set up that could answer for this mailbox. Add one with sender.put."


@pytest.mark.parametrize("failure", [TryAgain("smtp.example.com refused."), GiveUp("smtp.example.com refused.")])
def test_a_sender_that_does_not_send(desk, failure):
    desk.office.failures = [failure]
    _, steps = full_test(desk)
    assert list(steps)[-1] == "mail sent"
    assert steps["mail sent"] == ("Sender outgoing did not send it. smtp.example.com refused. sender.test looks at that sender alone.")


def test_a_mail_that_does_not_arrive_is_awaited_for_a_minute(desk):
    passed, steps = full_test(desk)
    assert not passed
    assert steps["mail received"] == NOT_THERE
    assert timedelta(seconds=50) < desk.clock() - NOW <= timedelta(seconds=60)
    assert desk.server.did.count("find") < 15


@pytest.mark.parametrize(("seconds", "awaited"), [(20, 60), (50, 40), (100, 0)])
def test_steps_that_take_long_leave_less_time_for_the_mail_to_arrive(desk, seconds, awaited):
    """The function has 120 seconds for all of it."""

    def slow(envelope, mime):
        desk.clock.wait(seconds=seconds)
        return Sent("250 taken")

    desk.office.open = lambda sender, login: Slow(slow)
    _, steps = full_test(desk)
    assert f"It is not in INBOX after {awaited} s." in steps["mail received"]
    assert (desk.clock() - NOW, desk.server.did.count("find") > 0) == (timedelta(seconds=seconds + awaited), True)


def test_a_server_that_is_busy_meanwhile_is_asked_again(desk):
    desk.server.fails_at, desk.server.failure = "find", TryAgain("Too many sign-ins.")
    _, steps = full_test(desk)
    assert steps["mail received"] == f"{NOT_THERE} The last look for it failed: Too many sign-ins."


def test_a_server_that_lets_nobody_look_ends_it_at_once(desk):
    desk.server.fails_at, desk.server.failure = "find", GiveUp("The server cannot do this.")
    _, steps = full_test(desk)
    assert (steps["mail received"], desk.clock()) == ("The server cannot do this.", NOW)


def test_a_poll_that_is_faster_has_received_it_too(desk):
    """It may have deleted it on the server."""

    def polled():
        office = Office(of=desk.settings.stored, store=desk.store)
        office.take(desk.office.sent[0][1], mailbox="support")

    desk.while_waiting = polled
    passed, _ = full_test(desk)
    assert passed and desk.server.mails == {}
    assert [receipt.outcome for receipt in desk.store.all(Receipt)] == ["automatic"]


def test_where_the_provider_gives_the_mail_another_message_id_that_one_is_looked_for(desk, monkeypatch):
    asked = []
    monkeypatch.setattr(type(desk.office.open(None, None)), "send", lambda *_: Sent("1", message_id="1@eu-central-1.amazonses.com"))
    monkeypatch.setattr(desk.server, "find", lambda _mailbox, _password, message_id: asked.append(message_id) or True)
    assert full_test(desk)[0]
    assert asked == ["1@eu-central-1.amazonses.com"]


def test_the_mail_opens_no_ticket_and_is_not_answered(desk):
    after(desk, 1)
    full_test(desk)
    ((_, raw),) = desk.office.sent
    own = settings(mailboxes=(mailbox(),), senders=desk.settings.stored.senders)
    office = Office(of=own)
    office.take(raw)
    assert (office.tickets, office.outbox) == ([], [])
    assert office.receipt(raw).reasons == ("It was sent from support@example.com, an address of this desk.",)


PUSHED = {"name": "support", "address": "support@example.com", "protocol": "ses"}


def test_a_mail_that_amazon_ses_hands_over_is_known_by_its_receipt(desk):
    desk.do("mailbox.put", **PUSHED)

    def handed_over():
        Office(of=desk.settings.stored, store=desk.store).take(desk.office.sent[0][1], mailbox="support")

    desk.while_waiting = handed_over
    passed, steps = full_test(desk)
    assert passed and steps["mail received"] == "after 1 s. Amazon SES handed it over; it opened no ticket"


def test_a_mail_that_amazon_ses_does_not_hand_over(desk):
    desk.do("mailbox.put", **PUSHED)
    passed, steps = full_test(desk)
    assert not passed and steps["mail received"] == (
        "Amazon SES has not handed it over after 60 s. Check the MX record of the domain of support@example.com, look into the log of"
        " receive-ses, and look for a bounce in the sender's own mailbox."
    )


def test_amazon_ses_hands_nothing_to_a_mailbox_that_is_not_stored_yet(desk):
    error = desk.refused("mailbox.test", **PUSHED, full=True)
    assert (error["field"], error["try"]) == ("full", "Store it with mailbox.put, then test it by its name.")
    assert desk.office.sent == []

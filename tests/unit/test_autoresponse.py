"""Who is answered at once, who is not and why, and with what."""

from datetime import timedelta

import pytest

from maildesk.mail.message import Address, Automatic
from maildesk.settings import Autoresponse, Desk
from maildesk.tickets.answering import autoresponse, reply_subject
from maildesk.tickets.autoresponse import filled_in, verdict
from maildesk.tickets.records import Correspondent, OutboxItem
from maildesk.tickets.tokens import tokens_in
from tests.make import ANNA, KEYS, NOW, arrival, known, mail, mailbox, sender, settings, ticket


def reason(of_mail=None, of_arrival=None, **about):
    found = verdict(of_mail or mail(), of_arrival or arrival(), known(**about))
    assert found.due == (found.reason == "An auto-response is sent.")
    return found.reason


def wishing(**wishes):
    return settings(desk=Desk(autoresponse=Autoresponse(**wishes)))


def answered(*hours_ago):
    return Correspondent(address=ANNA.address, autoresponses=tuple(NOW - timedelta(hours=hours) for hours in hours_ago))


def test_a_person_is_answered():
    assert reason() == "An auto-response is sent."


@pytest.mark.parametrize("kind", ["auto-reply", "out-of-office", "auto-generated", "mailing-list", "bounce", "challenge"])
def test_automatic_mail_is_never_answered(kind):
    assert reason(mail(automatic=Automatic(kind, "a header"))) == f"No auto-response: the mail is automatic ({kind}: a header)."


@pytest.mark.parametrize(
    "address", ["noreply@x.example", "no-reply@x.example", "Do-Not-Reply@x.example", "donotreply+7@x.example", "MAILER-DAEMON@x.example"]
)
def test_addresses_nobody_reads_are_not_answered(address):
    assert "nobody reads" in reason(mail(Address("", address)))
    assert "nobody reads" in reason(mail(reply_to=(Address("", address),)))


def test_a_form_that_sends_for_a_person_has_that_person_answered():
    assert reason(mail(Address("", "noreply@shop.example"), reply_to=(ANNA,))) == "An auto-response is sent."


@pytest.mark.parametrize("address", ["noreplywood@x.example", "bouncer@x.example", "nora@noreply.example"])
def test_names_that_only_look_alike_are_answered(address):
    assert reason(mail(Address("", address))) == "An auto-response is sent."


@pytest.mark.parametrize("off", [wishing(enabled=False), settings(mailboxes=(mailbox(autoresponse=False),))])
def test_it_can_be_switched_off(off):
    assert reason(settings=off) == "No auto-response: it is switched off."


def test_without_a_sender_there_is_none():
    assert "no sender is set up" in reason(settings=settings(senders=()))


def test_old_mail_is_not_answered_when_a_mailbox_is_connected():
    assert reason(of_arrival=arrival(received_at=NOW - timedelta(days=3))) == "An auto-response is sent."
    assert "older than 3 days" in reason(of_arrival=arrival(received_at=NOW - timedelta(days=3, seconds=1)))
    assert (
        reason(of_arrival=arrival(received_at=NOW - timedelta(days=300)), settings=wishing(max_age_days=0)) == "An auto-response is sent."
    )


def test_a_person_gets_only_so_many_within_a_day():
    two_a_day = wishing(per_person_per_day=2)
    assert reason(correspondent=answered(1), settings=two_a_day) == "An auto-response is sent."
    assert reason(correspondent=answered(30, 25, 24, 1), settings=two_a_day) == "An auto-response is sent."
    assert reason(correspondent=answered(1, 2), settings=two_a_day) == "No auto-response: this person got 2 within a day."


def response(**about):
    answered_ticket, (item, remembered) = autoresponse(ticket(), arrival(), known(**about), KEYS)
    assert isinstance(item.record, OutboxItem)
    return answered_ticket, item.record, remembered


def test_it_goes_to_the_requester_and_threads():
    opened, item, _ = response()
    assert (item.purpose, item.state, item.to, item.references) == (
        "auto-response",
        "queued",
        (opened.requester,),
        ("first@customer.example",),
    )
    assert item.subject == "Re: The printer is on fire"
    assert item.text.startswith("Hello Anna,") and "ticket #7" in item.text
    assert opened.thread == ("first@customer.example", item.message_id)


def test_its_message_id_is_a_token_of_the_ticket_at_the_senders_domain():
    _, item, _ = response()
    assert [token.ticket for token in tokens_in(KEYS, [item.message_id])] == [7]
    assert item.message_id.endswith("@desk.example")


def test_a_mailboxs_own_sender_goes_before_the_default_one():
    own = sender("own", address="hello@own.example", default=False)
    _, item, _ = response(settings=settings(mailboxes=(mailbox(sender="own"),), senders=(sender(), own)))
    assert item.message_id.endswith("@own.example")


def test_it_is_remembered_that_this_person_got_one():
    _, _, first = response()
    assert (first.record, first.expects) == (Correspondent(address=ANNA.address, autoresponses=(NOW,)), 0)
    _, _, next_one = response(correspondent=answered(30, 1))
    assert next_one.record.autoresponses == (NOW - timedelta(hours=1), NOW)
    assert (next_one.record.version, next_one.expects) == (2, 1)


def test_braces_that_are_none_of_ours_stay_as_they_are():
    assert filled_in("{number} {Number} {} {0} {{subject}}", {"number": "7", "subject": "{number}"}) == "7 {Number} {} {0} {{number}}"


@pytest.mark.parametrize(("subject", "reply"), [("Help", "Re: Help"), ("Re: Help", "Re: Help"), ("RE: re: Help", "Re: Help"), ("", "Re: ")])
def test_one_re_and_never_two(subject, reply):
    assert reply_subject(subject) == reply

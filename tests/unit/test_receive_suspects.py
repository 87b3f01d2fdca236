"""Bad mail: what breaks us or kills us ends in quarantine, and keeps no other waiting. What is quarantined can be tried again."""

import logging

import pytest

from maildesk.desk.receive import LONE_TRIES, SUSPECT_AFTER
from maildesk.mail.identity import fingerprint
from maildesk.ports import TryAgain
from tests.office import ANNA, BEN, FIRST, MALLORY, Office, reply, written

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

"""One mailbox's new mail: where it goes, who is polled and when, and the sentence that says how it went."""

import logging
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.desk.holding import held_together
from maildesk.desk.poll import BACKOFF_MINUTES
from maildesk.desk.reading import BATCH_BYTES, LEASE
from maildesk.ports import Fetched, GiveUp, Listed, SignInAgain, TryAgain
from maildesk.settings import Desk
from maildesk.telemetry import ALARM
from tests.fakes import MailServer
from tests.make import NOW, mailbox, settings
from tests.polled import Polled, identities, raw, server


def test_each_new_mail_is_stored_and_queued_in_order():
    desk = Polled()
    desk.poll()
    assert desk.queued == identities(desk.server)
    assert [desk.bucket.get(mail.raw_key) for mail in desk.queues.mails] == list(desk.server.mails.values())
    assert all(mail.raw_key == f"raw/{mail.identity}.eml" and mail.mailbox == "help" for mail in desk.queues.mails)


def test_a_second_poll_takes_only_what_came_since():
    desk = Polled()
    desk.poll()
    desk.server.mails["900"] = raw(900)
    desk.poll_when_due()
    assert desk.queued == identities(desk.server)


@pytest.mark.parametrize("change", [{"folder": "Other"}, {"host": "other.example"}, {"user": "other"}])
def test_another_account_or_folder_is_read_from_its_beginning(change):
    desk = Polled()
    desk.poll()
    desk.settings.stored = settings(mailboxes=(mailbox(**change),))
    desk.settings.fresh()
    desk.poll_when_due()
    assert desk.queued == 2 * identities(desk.server)


def test_of_messages_that_piled_up_the_first_does_the_work():
    desk = Polled()
    desk.poll()
    desk.server.mails["900"] = raw(900)
    desk.poll()
    assert len(desk.queued) == 3 and desk.server.did.count("open") == 1


def test_a_poll_that_went_well_says_when_and_when_the_next_is():
    desk = Polled(poll_every_minutes=7)
    desk.poll()
    assert (desk.state.last_success_at, desk.state.last_error, desk.state.lease_until) == (NOW, None, None)
    assert desk.state.next_poll_at == NOW + timedelta(minutes=7)


def test_a_poll_with_nothing_new_stores_and_queues_nothing():
    desk = Polled(on=server(0))
    desk.queues.refusing = True
    desk.poll()
    assert desk.state.last_error is None and desk.bucket.objects == {}
    assert desk.server.did == ["open", "list", "close"]


@pytest.mark.parametrize("after_fetch", ["keep", "move", "delete"])
def test_the_server_is_told_what_is_done_with_a_mail_after_it_is_safe(after_fetch):
    desk = Polled(after_fetch=after_fetch)
    desk.poll()
    assert desk.server.gone == ([] if after_fetch == "keep" else list(desk.server.mails))


def test_a_mail_over_the_limit_stays_on_the_server_and_is_reported_with_its_header_only():
    mails = {"000": raw(0), "001": raw(1) + b"x" * 2_000_000, "002": raw(2)}
    desk = Polled(MailServer(mails), after_fetch="delete", max_size_mb=1)
    desk.poll()
    assert [mail.header_only for mail in desk.queues.mails] == [False, True, False]
    assert desk.queues.mails[1].size > 2_000_000 and len(desk.bucket.get(desk.queues.mails[1].raw_key)) < 100
    assert desk.server.gone == ["000", "002"]


@pytest.mark.parametrize(
    ("said", "kept"), [(None, NOW), (NOW + timedelta(days=1), NOW), (NOW - timedelta(days=1), NOW - timedelta(days=1))]
)
def test_a_date_the_server_does_not_know_or_that_lies_ahead_is_now(said, kept):
    desk = Polled(on=server(1))
    connection = desk.server.open(mailbox(), "secret")
    connection.fetch = lambda mails, max_size: iter([Fetched("000", raw(0), said)])
    desk.server.open = lambda *_: connection
    desk.poll()
    assert desk.queues.mails[0].received_at == kept


# ---------------------------------------------------------------- who is polled


@pytest.mark.parametrize("stopped", [{"active": False}, {"desk": Desk(fetching_enabled=False)}, {"name": "another"}])
def test_what_is_stopped_is_left_alone(stopped):
    desk = Polled(**stopped)
    desk.poll()
    assert desk.server.did == []


def test_a_mailbox_that_was_stopped_is_due_no_longer():
    desk = Polled(active=False)
    desk.poll()
    assert desk.state.next_poll_at is None


def test_a_mailbox_started_just_now_is_polled_though_the_settings_remembered_are_older():
    desk = Polled(active=False)
    desk.settings.load()
    desk.settings.stored = settings(mailboxes=(mailbox(),))
    desk.poll()
    assert len(desk.queued) == 3


def test_a_mailbox_that_is_polled_here_since_a_moment_ago_is_handed_to_no_other_function():
    desk = Polled(protocol="ews")
    desk.settings.load()
    desk.settings.stored = settings(mailboxes=(mailbox(),))
    desk.apart = {"ews"}
    desk.poll()
    assert desk.queued == identities(desk.server) and desk.queues.polls == []


def test_a_mailbox_that_another_function_polls_is_handed_on():
    desk = Polled(protocol="ews")
    desk.apart = {"ews"}
    desk.poll()
    assert (desk.server.did, desk.queues.polls) == ([], ["help"])
    desk.apart = ()
    desk.poll()
    assert len(desk.queued) == 3


def test_two_polls_of_one_mailbox_keep_out_of_each_others_way():
    desk = Polled()
    desk.states.take_lease("help", "another poll", NOW, NOW + LEASE, NOW + LEASE)
    desk.poll()
    assert desk.server.did == []


def test_the_lease_of_a_poll_that_was_killed_ends_by_itself():
    desk = Polled()
    desk.states.take_lease("help", "a killed poll", NOW, NOW + LEASE, NOW + LEASE)
    assert desk.states.due(NOW + LEASE) == ["help"]
    desk.clock.wait(minutes=5)
    desk.poll()
    assert len(desk.queued) == 3


def test_a_poll_that_lost_its_lease_stops_and_leaves_the_state_to_the_other():
    desk = Polled(batch_size=1)

    def other_takes_over():
        desk.clock.wait(minutes=6)
        desk.states.take_lease("help", "another poll", desk.clock(), desk.clock() + LEASE, desk.clock() + LEASE)
        return 300.0

    desk.poll(seconds_left=other_takes_over)
    assert len(desk.queued) == 1
    assert desk.states.owners["help"] == "another poll" and desk.state.last_polled_at is None


# ---------------------------------------------------------------- the time left


def test_with_work_left_and_no_time_it_queues_itself_again_and_goes_on_where_it_was():
    desk = Polled(batch_size=1)
    seconds = iter([100.0, 100.0, 10.0])
    desk.poll(seconds_left=lambda: next(seconds))
    assert (len(desk.queued), desk.queues.polls) == (2, ["help"])
    desk.poll()
    assert desk.queued == identities(desk.server) and desk.queues.polls == ["help"]


# ---------------------------------------------------------------- failures


@pytest.mark.parametrize("place", ["open", "list", "fetch", "finish"])
@pytest.mark.parametrize("failure", [TryAgain("The server is busy."), GiveUp("There is no folder INBOX.")])
def test_a_failure_is_a_sentence_on_the_mailbox_and_the_password_is_read_anew(place, failure):
    desk = Polled()
    desk.server.fails_at, desk.server.failure = place, failure
    desk.poll()
    assert (desk.state.last_error, desk.state.last_error_at, desk.state.failures) == (str(failure), NOW, 1)
    assert desk.state.lease_until is None and desk.secrets.forgotten == ["mailbox/help"]


def test_a_wrong_password_is_a_sentence_without_it():
    desk = Polled(password="wrong")
    desk.poll()
    assert "does not let help@desk.example sign in" in desk.state.last_error and "wrong" not in desk.state.last_error


def test_a_missing_password_says_what_to_do():
    desk = Polled(password=None)
    desk.poll()
    assert desk.state.last_error == "No password is stored for mailbox help: give one with mailbox.put."


def test_an_error_of_our_own_leaves_a_sentence_too_and_no_mail_in_the_log(caplog):
    desk = Polled()
    desk.server.fails_at, desk.server.failure = "fetch", ValueError("Text 1")
    with caplog.at_level(logging.DEBUG):
        desk.poll()
    assert desk.state.last_error.startswith("Maildesk met an error of its own (ValueError)")
    assert "Text 1" not in caplog.text + desk.state.last_error


def test_the_more_failures_in_a_row_the_longer_the_pause_and_success_ends_it():
    desk = Polled()
    pauses = []
    desk.server.failure = TryAgain("The server is busy.")
    for _ in range(8):
        desk.server.fails_at = "open"
        desk.poll()
        pauses.append((desk.state.next_poll_at - desk.clock()) / timedelta(minutes=1))
        desk.clock.wait(minutes=60)
    assert pauses == [*BACKOFF_MINUTES, 60, 60] == [1, 2, 5, 10, 30, 60, 60, 60]
    desk.server.fails_at = ""
    desk.poll()
    assert (desk.state.failures, desk.state.next_poll_at - desk.clock()) == (0, timedelta(minutes=5))


def test_a_server_that_lists_a_few_at_a_time_is_asked_until_nothing_is_new():
    desk = Polled(server(5), batch_size=2)
    list_all, desk.server.open = desk.server.open, lambda *of: few_at_a_time(list_all(*of), 3)
    desk.poll()
    assert len(desk.queued) == 5


def few_at_a_time(connection, most):
    list_all = connection.list_new
    connection.list_new = lambda cursor: list_all(cursor)[:most]
    return connection


# ---------------------------------------------------------------- batches

sizes = st.lists(st.integers(0, 30_000_000), max_size=60)


@given(sizes, st.integers(1, 50))
def test_batches_keep_the_order_lose_nothing_and_fit_into_memory(sizes, most):
    listed = [Listed(str(number), size) for number, size in enumerate(sizes)]
    batches = list(held_together(listed, BATCH_BYTES, most))
    assert [mail for batch in batches for mail in batch] == listed
    assert all(len(batch) <= most and (len(batch) == 1 or sum(mail.size for mail in batch) <= 20 * 1024 * 1024) for batch in batches)
    assert all(batches)


def test_where_somebody_must_sign_in_again_polling_ends_with_an_alarm(caplog):
    desk = Polled()
    desk.server.fails_at, desk.server.failure = "open", SignInAgain("The provider gives no access token. Sign in again.")
    desk.poll()
    assert (desk.state.last_error, desk.state.next_poll_at) == ("The provider gives no access token. Sign in again.", None)
    assert [(record.levelname, record.mailbox) for record in caplog.records if record.message == ALARM] == [("ERROR", "help")]
    desk.server.fails_at = ""
    desk.states.schedule("help", desk.clock())
    desk.poll()
    assert desk.state.last_error is None and desk.state.next_poll_at and len(desk.queued) == 3


@pytest.mark.parametrize(("asked", "pause"), [(5, timedelta(minutes=1)), (300, timedelta(minutes=5))])
def test_a_server_that_asks_for_a_pause_gets_it(asked, pause):
    desk = Polled()
    desk.server.fails_at, desk.server.failure = "list", TryAgain("graph.example.test is busy.", asked)
    desk.poll()
    assert desk.state.next_poll_at == NOW + pause

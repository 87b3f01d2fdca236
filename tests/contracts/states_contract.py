"""What every MailboxStates does, whatever is behind it."""

from datetime import timedelta

import pytest

from maildesk.ports import BrokeOff, LeaseLost, MailboxState, Progress
from tests.make import NOW

SOON, LATER = NOW + timedelta(minutes=5), NOW + timedelta(minutes=30)
MOMENT = timedelta(milliseconds=1)


def lease(states, owner="first", now=NOW, until=SOON):
    return states.take_lease("help", owner, now, until, until)


class StatesContract:
    @pytest.fixture
    def waiting(self, states):
        """`help` is due now."""
        states.schedule("help", NOW)
        return states

    def test_what_was_never_scheduled_has_no_state(self, states):
        assert states.get("help") is None

    def test_a_scheduled_mailbox_is_due_when_its_time_has_come(self, waiting):
        assert [waiting.due(NOW - MOMENT), waiting.due(NOW), waiting.due(LATER)] == [[], ["help"], ["help"]]
        assert waiting.get("help") == MailboxState(name="help", next_poll_at=NOW)

    def test_ten_times_as_many_as_a_page_are_all_due(self, states):
        names = [f"mailbox-{number}" for number in range(50)]
        for name in names:
            states.schedule(name, NOW)
        assert sorted(states.due(NOW)) == sorted(names)

    def test_a_mailbox_that_is_not_to_be_polled_is_never_due(self, waiting):
        waiting.schedule("help", None)
        assert waiting.due(LATER) == [] and waiting.get("help") == MailboxState(name="help")

    def test_a_lease_puts_the_next_poll_off(self, waiting):
        state = lease(waiting)
        assert (state.lease_until, state.next_poll_at) == (SOON, SOON)
        assert waiting.due(NOW) == [] and waiting.due(SOON) == ["help"]

    def test_a_lease_keeps_others_out_until_it_ends_by_itself(self, waiting):
        assert lease(waiting)
        assert lease(waiting, "second") is None
        assert lease(waiting, "second", now=SOON - MOMENT, until=LATER) is None
        assert lease(waiting, "second", now=SOON, until=LATER).lease_until == LATER
        assert lease(waiting, "first", now=SOON, until=LATER) is None

    def test_what_is_not_due_gives_no_lease_whoever_asks(self, waiting):
        waiting.schedule("help", SOON)
        assert [lease(waiting), lease(waiting, now=SOON - MOMENT)] == [None, None]
        assert lease(waiting, now=SOON, until=LATER)

    def test_there_is_no_lease_on_what_is_not_there(self, states):
        assert lease(states) is None and states.get("help") is None

    def test_the_holder_saves_how_far_it_got_and_renews_its_lease(self, waiting):
        lease(waiting)
        waiting.save_cursor("help", "first", {"validity": 7, "uid": 2**40, "nested": {"a": [1, None]}}, LATER)
        state = waiting.get("help")
        assert (state.cursor, state.lease_until) == ({"validity": 7, "uid": 2**40, "nested": {"a": [1, None]}}, LATER)

    def test_the_next_holder_goes_on_where_the_last_one_was(self, waiting):
        lease(waiting)
        waiting.save_cursor("help", "first", {"uid": 4}, SOON)
        assert lease(waiting, "second", now=SOON, until=LATER).cursor == {"uid": 4}

    def test_whoever_lost_the_lease_can_neither_save_nor_release(self, waiting):
        lease(waiting)
        lease(waiting, "second", now=SOON, until=LATER)
        with pytest.raises(LeaseLost, match="lease of mailbox help"):
            waiting.save_cursor("help", "first", {"uid": 9}, LATER)
        with pytest.raises(LeaseLost, match="lease of mailbox help"):
            waiting.release("help", "first", next_poll_at=LATER, now=SOON, error="late")
        assert (waiting.get("help").cursor, waiting.get("help").last_error, waiting.get("help").lease_until) == (None, None, LATER)

    def test_a_poll_that_cannot_be_repeated_leaves_nothing_due(self, waiting):
        lease(waiting)
        waiting.release("help", "first", next_poll_at=None, now=NOW, error="Sign in again.")
        assert (waiting.due(LATER), waiting.get("help").next_poll_at, waiting.get("help").failures) == ([], None, 1)

    def test_a_poll_that_went_well_is_noted(self, waiting):
        lease(waiting)
        waiting.release("help", "first", next_poll_at=LATER, now=NOW, error=None)
        assert waiting.get("help") == MailboxState(name="help", next_poll_at=LATER, last_polled_at=NOW, last_success_at=NOW)
        assert lease(waiting, "second", now=LATER)

    def test_failures_are_counted_and_their_sentence_kept_until_one_goes_well(self, waiting):
        for expected in (1, 2, 3):
            assert lease(waiting).failures == expected - 1
            waiting.release("help", "first", next_poll_at=NOW, now=NOW, error="The server is busy.")
            state = waiting.get("help")
            assert (state.failures, state.last_error, state.last_error_at) == (expected, "The server is busy.", NOW)
        lease(waiting)
        waiting.release("help", "first", next_poll_at=LATER, now=SOON, error=None)
        state = waiting.get("help")
        assert (state.failures, state.last_error, state.last_success_at, state.last_polled_at) == (0, None, SOON, SOON)

    def test_progress_is_kept_until_there_is_another(self, waiting):
        lease(waiting)
        read = Progress(day=NOW.date(), taken=50, left=9_950, imported=50)
        waiting.save_cursor("help", "first", {"uid": 50}, LATER, read)
        waiting.save_cursor("help", "first", {"uid": 60}, LATER)
        assert waiting.get("help").progress == read
        waiting.release("help", "first", next_poll_at=LATER, now=NOW, error=None, progress=Progress(day=NOW.date(), imported=None))
        assert waiting.get("help").progress == Progress(day=NOW.date(), imported=None)

    def test_where_polls_broke_off_is_kept_until_the_next_one_ends(self, waiting):
        for broke_off in ({"imap://help@imap.example.test/INBOX": BrokeOff("1.7", 2)}, None):
            lease(waiting)
            waiting.release("help", "first", next_poll_at=NOW, now=NOW, error="The line was cut.", broke_off=broke_off)
            assert waiting.get("help").broke_off == broke_off

    def test_scheduling_leaves_the_rest_of_the_state_alone(self, waiting):
        lease(waiting)
        waiting.save_cursor("help", "first", {"uid": 4}, SOON)
        waiting.schedule("help", LATER)
        state = waiting.get("help")
        assert (state.cursor, state.lease_until, state.next_poll_at) == ({"uid": 4}, SOON, LATER)

    def test_a_deleted_state_is_gone_and_no_running_poll_brings_it_back(self, waiting):
        lease(waiting)
        waiting.delete("help")
        with pytest.raises(LeaseLost):
            waiting.release("help", "first", next_poll_at=LATER, now=NOW, error=None)
        assert waiting.get("help") is None and waiting.due(LATER) == []
        waiting.delete("help")

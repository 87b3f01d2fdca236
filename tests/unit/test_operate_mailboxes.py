"""Commands about mailboxes, as an operator meets them."""

import json
from datetime import timedelta

import pytest

from maildesk.ports import GiveUp, MailboxState, Progress, Step
from tests.fakes import NOW
from tests.operating import OUTGOING, SUPPORT, MemoryDesk


@pytest.fixture
def desk() -> MemoryDesk:
    return MemoryDesk()


@pytest.fixture
def support(desk) -> MemoryDesk:
    """A desk with one mailbox."""
    desk.do("mailbox.put", **SUPPORT)
    return desk


def test_a_new_mailbox_is_stored_with_its_password_apart_and_polled_at_once(desk):
    assert desk.do("mailbox.put", **SUPPORT) == {"part": "mailbox support", "change": "created", "fields": []}
    assert desk.mailbox().host == "imap.example.com"
    assert desk.secrets.values == {"mailbox/support": "of-the-mailbox"}
    assert desk.states.due(NOW) == ["support"]


def test_putting_the_same_again_changes_nothing(support):
    support.states.schedule("support", NOW + timedelta(minutes=5))
    assert support.do("mailbox.put", **SUPPORT)["change"] == "unchanged"
    assert support.states.due(NOW) == []


def test_a_put_names_what_it_changed_and_polls_at_once_however_long_the_pause_was(support):
    support.states.schedule("support", NOW + timedelta(hours=1))
    result = support.do("mailbox.put", **SUPPORT | {"batch_size": 10, "password": "new"})
    assert result == {"part": "mailbox support", "change": "changed", "fields": ["batch_size", "password"]}
    assert support.states.due(NOW) == ["support"]


def test_without_a_password_the_stored_one_stays(support):
    fields = {name: value for name, value in SUPPORT.items() if name != "password"}
    support.do("mailbox.put", **fields, display_name="Support")
    assert support.secrets.values == {"mailbox/support": "of-the-mailbox"}


def test_without_any_password_it_is_refused(desk):
    error = desk.refused("mailbox.put", name="support", address="support@example.com", host="imap.example.com")
    assert error["field"] == "password"


def test_a_stopped_mailbox_is_not_due_and_a_started_one_is_at_once(support):
    assert support.do("mailbox.stop", name="support") == {"part": "mailbox support", "change": "changed", "fields": ["active"]}
    assert support.states.due(NOW) == []
    support.do("mailbox.start", name="support")
    assert support.states.due(NOW) == ["support"]


def test_what_broke_off_half_way_is_mended_by_the_same_command(support):
    for state in ({}, {"support": MailboxState(name="support")}):
        support.states.states = dict(state)
        assert support.do("mailbox.start", name="support")["change"] == "unchanged"
        assert support.states.due(NOW) == ["support"]


def test_stopping_leaves_a_running_poll_its_lease(support):
    support.states.take_lease("support", "a poll", NOW, NOW + timedelta(minutes=5), NOW + timedelta(minutes=5))
    support.do("mailbox.stop", name="support")
    support.states.release("support", "a poll", next_poll_at=NOW, now=NOW, error=None)


def test_a_mailbox_put_as_inactive_is_not_polled(desk):
    desk.do("mailbox.put", **SUPPORT, active=False)
    assert desk.states.due(NOW) == []


def test_sync_now_queues_a_poll(support):
    assert support.do("mailbox.sync_now", name="support") == {"queued": "support"}
    assert support.queues.polls == ["support"]


def test_sync_now_says_why_it_cannot(support):
    support.do("mailbox.stop", name="support")
    assert support.refused("mailbox.sync_now", name="support")["try"] == "Switch it on with mailbox.start."
    support.do("mailbox.start", name="support")
    support.do("settings.apply", document={"desk": {"fetching_enabled": False}})
    assert support.refused("mailbox.sync_now", name="support")["message"] == "Fetching is switched off for the whole desk."


def test_a_deleted_mailbox_leaves_no_password_and_no_state(support):
    support.bucket.put("known/support/one", b"what was read")
    support.bucket.put("known/support-2/two", b"what was read")
    assert support.do("mailbox.delete", name="support")["change"] == "removed"
    assert (support.settings.stored.mailboxes, support.secrets.values, support.states.states) == ((), {}, {})
    assert list(support.bucket.objects) == ["known/support-2/two"]


def test_a_mailbox_whose_password_a_sender_uses_is_kept(support):
    support.do("sender.put", **{**OUTGOING, "password": None}, auth="same_as_mailbox", mailbox="support")
    assert support.refused("mailbox.delete", name="support")["message"] == "Sender outgoing uses mailbox support."


def test_an_unknown_mailbox_and_the_one_that_was_meant(support):
    for command in ("get", "delete", "start", "stop", "sync_now", "test"):
        error = support.refused(f"mailbox.{command}", name="suport")
        assert error == {"field": "name", "message": "There is no mailbox 'suport'.", "try": "Did you mean 'support'?"}


def test_get_shows_settings_and_state_but_never_the_password(support):
    shown = support.do("mailbox.get", name="support")
    assert shown["mailbox"]["host"] == "imap.example.com"
    assert shown["state"]["next_poll_at"] == "2026-03-02T09:30:00Z"
    assert "of-the-mailbox" not in json.dumps(shown)


def test_all_that_describes_an_account_is_kept(desk):
    of_a_mailbox = {
        "description": "Read by the evening shift, too.",
        "display_name": "Support",
        "user": "EXAMPLE\\support",
        "security": "starttls",
        "folder": "Support/New",
        "protocol": "imap",
        "group": "printing",
        "ticket_type": "fault",
        "priority": "high",
    }
    desk.do("mailbox.put", **SUPPORT, **of_a_mailbox)
    shown = desk.do("mailbox.get", name="support")["mailbox"]
    assert {field: shown[field] for field in of_a_mailbox} == of_a_mailbox
    assert desk.secrets.values == {"mailbox/support": SUPPORT["password"]}
    of_a_sender = {"description": "The one for all.", "display_name": "Support", "max_size_mb": 0}
    desk.do("sender.put", name="outgoing", address="out@example.com", host="smtp.example.com", auth="none", **of_a_sender)
    shown = desk.do("sender.get", name="outgoing")["sender"]
    assert {field: shown[field] for field in of_a_sender} == of_a_sender


SENTENCES = [
    ({}, "Not polled yet."),
    ({"next_poll_at": NOW}, "Not polled yet. The next poll is due."),
    (
        {"last_success_at": NOW, "next_poll_at": NOW + timedelta(minutes=5)},
        "Works: polled 2026-03-02 09:30 UTC. Next poll 2026-03-02 09:35 UTC.",
    ),
    (
        {"last_error": "It said no.", "last_error_at": NOW, "failures": 1, "next_poll_at": NOW},
        "Failed once, last 2026-03-02 09:30 UTC: It said no. The next poll is due.",
    ),
    (
        {"last_error": "Sign in again.", "last_error_at": NOW, "failures": 3},
        "Failed 3 times in a row, last 2026-03-02 09:30 UTC: Sign in again."
        " Not polled again before mailbox.put, mailbox.start or mailbox.sync_now.",
    ),
    ({"lease_until": NOW + timedelta(minutes=1), "last_success_at": NOW}, "Is polled just now. Works: polled 2026-03-02 09:30 UTC."),
    ({"lease_until": NOW - timedelta(minutes=1), "last_success_at": NOW}, "Works: polled 2026-03-02 09:30 UTC."),
]


@pytest.mark.parametrize(("state", "summary"), SENTENCES)
def test_how_a_mailbox_does_in_a_sentence(support, state, summary):
    support.states.states["support"] = MailboxState(name="support", **state)
    assert support.do("mailbox.get", name="support")["state"]["summary"] == summary
    [row] = support.do("mailbox.list")["mailboxes"]
    assert row == {"name": "support", "address": "support@example.com", "host": "imap.example.com", "active": True, "health": summary}


def test_a_stopped_mailbox_says_so(support):
    support.do("mailbox.stop", name="support")
    state = support.do("mailbox.get", name="support")["state"]
    assert (state["summary"], state["next_poll_at"]) == ("Not polled yet. Stopped.", None)


def test_a_stored_mailbox_is_tested_with_its_password(support):
    tested = support.do("mailbox.test", name="support")
    assert tested["passed"]
    assert [step["name"] for step in tested["steps"]] == ["name", "sign-in"]
    assert support.server.did == ["check support with of-the-mailbox"]


def test_a_draft_is_tested_before_it_is_stored(desk):
    assert desk.do("mailbox.test", **SUPPORT)["passed"]
    assert desk.server.did == ["check support with of-the-mailbox"]
    assert desk.settings.stored.mailboxes == ()
    assert desk.secrets.values == {}


def test_a_draft_without_a_password_is_tested_with_the_stored_one(support):
    support.do("mailbox.test", name="support", address="support@example.com", host="other.example.com")
    assert support.server.did == ["check support with of-the-mailbox"]


def test_a_test_that_does_not_pass_is_an_answer_not_an_error(support):
    support.server.steps = (Step("name", True, "found"), Step("sign-in", False, "The server does not let support sign in."))
    tested = support.do("mailbox.test", name="support")
    assert (tested["passed"], tested["steps"][-1]["detail"]) == (False, "The server does not let support sign in.")


def test_a_test_that_breaks_off_is_an_answer_too(support):
    support.server.fails_at, support.server.failure = "check support with of-the-mailbox", GiveUp("No way.")
    assert support.do("mailbox.test", name="support") == {
        "passed": False,
        "steps": [{"name": "connection", "ok": False, "detail": "No way.", "milliseconds": 0}],
    }


def test_what_is_wrong_with_a_draft_is_told_as_by_put(desk):
    assert desk.refused("mailbox.test")["message"] == "name is missing."
    for wrong in ({"port": 0}, {"sender": "nobody"}, {"password": None}, {"host": None}):
        assert desk.refused("mailbox.test", **SUPPORT | wrong) == desk.refused("mailbox.put", **SUPPORT | wrong)


def test_what_was_taken_in_today_what_waits_and_how_far_the_first_import_is(support):
    support.states._change("support", last_success_at=NOW, progress=Progress(day=NOW.date(), taken=150, left=9_850, imported=150))
    state = support.do("mailbox.get", name="support")["state"]
    assert (state["taken_today"], state["backlog"], state["first_import"]) == (150, 9_850, "150 mails read, 9850 known to wait")
    assert "First import: 150 mails read, 9850 known to wait." in state["summary"]
    support.clock.wait(minutes=24 * 60)
    support.states._change("support", progress=Progress(day=NOW.date(), taken=10_000, imported=None))
    state = support.do("mailbox.get", name="support")["state"]
    assert (state["taken_today"], state["backlog"], state["first_import"]) == (0, 0, None)


# ---------------------------------------------------------------- pushed mail


@pytest.fixture
def pushed(desk) -> MemoryDesk:
    """A desk with one mailbox, whose mail Amazon SES hands over."""
    desk.do("mailbox.put", **PUSHED)
    return desk


PUSHED = {"name": "support", "address": "support@example.com", "protocol": "ses"}


def test_a_mailbox_of_amazon_ses_is_never_polled(pushed):
    pushed.do("settings.apply", document={"mailboxes": [PUSHED]})
    assert pushed.states.due(NOW + timedelta(days=1)) == []
    error = pushed.refused("mailbox.sync_now", name="support")
    assert error["message"] == "Mailbox support is not polled: Amazon SES hands its mail over as it comes."
    assert error["try"] == "Send a mail to support@example.com; mailbox.test says whether it can arrive."


def test_its_health_claims_nothing_that_nobody_counts(pushed):
    state = pushed.do("mailbox.get", name="support")["state"]
    assert state["summary"].startswith("Amazon SES hands its mail over as it comes: it is not polled.")
    assert (state["taken_today"], state["next_poll_at"], state["last_error"]) == (None, None, None)
    assert pushed.do("mailbox.list")["mailboxes"][0]["host"] is None


def test_a_mailbox_that_becomes_one_of_amazon_ses_is_polled_no_longer_and_back_again_at_once(support):
    support.do("mailbox.put", **PUSHED)
    assert support.states.due(NOW + timedelta(days=1)) == []
    support.do("mailbox.put", **SUPPORT)
    assert support.states.due(NOW) == ["support"]

"""The events that stand for each trigger and each command: the handlers understand them, and on an empty desk they do no harm."""

import json
import re
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from functions.operate import handler as operate
from functions.poll_exchange import handler as poll_exchange
from functions.poll_mailbox import handler as poll_mailbox
from functions.receive_mail import handler as receive_mail
from functions.receive_ses import handler as receive_ses
from functions.relay_outbox import handler as relay_outbox
from functions.schedule_polls import handler as schedule_polls
from functions.send_mail import handler as send_mail
from maildesk import wiring
from maildesk.desk.bodies import Bodies
from maildesk.desk.checking import Checker
from maildesk.desk.intake import Intake
from maildesk.desk.operate.dispatch import COMMANDS
from maildesk.desk.operate.reference import markdown
from maildesk.desk.poll import Poller
from maildesk.desk.push import Reception
from maildesk.desk.receive import Receiver
from maildesk.desk.relay import Relay
from maildesk.desk.schedule import Scheduler
from maildesk.desk.send import Mailer
from maildesk.ports import GiveUp
from tests.fakes import FixedClock
from tests.operating import MemoryDesk

ROOT = Path(__file__).parents[2]
EVENTS = ROOT / "events"
COMMAND_EVENTS = sorted((EVENTS / "operate").glob("*.json"))
CONTEXT = SimpleNamespace(
    function_name="f", memory_limit_in_mb=128, invoked_function_arn="arn", aws_request_id="1", get_remaining_time_in_millis=lambda: 60_000
)


def event(name: str) -> Any:
    return json.loads((EVENTS / name).read_text("utf-8"))


@pytest.fixture
def desk(monkeypatch):
    """An empty desk behind the handlers."""
    desk, clock = MemoryDesk(), FixedClock()
    intake = Intake(desk.store, desk.settings, desk.secrets, Bodies(desk.bucket))
    poller = Poller(desk.settings, desk.states, desk.secrets, desk.bucket, desk.queues, desk.server.open, clock)
    use_cases = {
        "scheduler": Scheduler(desk.settings, desk.states, desk.queues, clock),
        "poller": poller,
        "exchange_poller": poller,
        "checker": Checker(desk.secrets, desk.server.check, desk.server.find),
        "reception": Reception(desk.settings, desk.bucket, desk.queues),
        "receiver": Receiver(desk.store, desk.bucket, intake, clock, timedelta(days=365)),
        "relay": Relay(desk.queues, desk.events),
        "mailer": Mailer(desk.store, desk.bucket, desk.settings, desk.secrets, desk.office.open, clock),
        "operator": desk.operator(),
    }
    for name, use_case in use_cases.items():
        monkeypatch.setattr(wiring, name, lambda use_case=use_case: use_case)
    return desk


def test_every_function_has_its_event():
    for function in (ROOT / "functions").glob("*/handler.py"):
        name = function.parent.name
        assert (EVENTS / f"{name}.json").exists() or list((EVENTS / name).glob("*.json")), name


def test_the_tick_of_a_desk_without_mailboxes(desk):
    assert schedule_polls.handler(event("schedule_polls.json"), CONTEXT) == {"polls": 0}


@pytest.mark.parametrize(("function", "name"), [(poll_mailbox, "poll_mailbox.json"), (poll_exchange, "poll_exchange.json")])
def test_a_poll_of_a_mailbox_that_is_not_there(desk, function, name):
    function.handler(event(name), CONTEXT)
    assert desk.server.did == []


def test_a_connection_test_for_another_function_by_the_password_given_or_the_one_stored(desk):
    desk.secrets.put("mailbox/support", "stored")
    mailbox = {"name": "support", "address": "support@example.com", "host": "mail.example.com", "protocol": "ews"}
    steps = poll_exchange.handler({"mailbox": mailbox, "password": "given"}, CONTEXT)
    assert json.dumps(steps[0]) == '{"name": "name", "ok": true, "detail": "mail.example.test is 192.0.2.1", "milliseconds": 0}'
    poll_exchange.handler({"mailbox": mailbox, "password": None}, CONTEXT)
    assert desk.server.did == ["check support with given", "check support with stored"]


def test_whether_a_mail_is_there_for_another_function(desk):
    desk.server.mails = {"1": b"Message-ID: <a@example.com>\r\n\r\n"}
    mailbox = {"name": "support", "address": "support@example.com", "host": "mail.example.com", "protocol": "ews"}
    for message_id, there in (("a@example.com", True), ("b@example.com", False)):
        (step,) = poll_exchange.handler({"mailbox": mailbox, "password": "given", "message_id": message_id}, CONTEXT)
        assert (step["name"], step["ok"]) == ("look for mail", there)


def test_what_keeps_a_connection_test_from_starting_is_a_step_too(desk):
    desk.server.fails_at = "check support with "
    mailbox = {"name": "support", "address": "support@example.com", "host": "mail.example.com", "protocol": "ews"}
    (step,) = poll_exchange.handler({"mailbox": mailbox}, CONTEXT)
    assert (step["ok"], step["detail"]) == (False, "mail.example.test port 993 closed the connection.")


def test_a_mail_whose_raw_copy_is_gone_is_quarantined(desk):
    assert receive_mail.handler(event("receive_mail.json"), CONTEXT) == {"batchItemFailures": []}
    [receipt] = desk.store.records.values()
    assert (receipt.state, receipt.outcome) == ("quarantined", "unreadable")


@pytest.mark.parametrize("failed_before", [0, 1, 2])
def test_a_mail_that_amazon_ses_put_into_the_bucket(desk, failed_before):
    """Its dead letter holds the event that failed."""
    desk.do("mailbox.put", name="support", address="support@example.org", protocol="ses")
    key = "raw/ses/0a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6q7r8s9t"
    desk.bucket.put(key, b"Subject: The printer is on fire\r\n\r\nPlease help.\r\n")
    handed_in = event("receive_ses.json")
    for _ in range(failed_before):
        handed_in = {"requestContext": {"condition": "RetriesExhausted"}, "requestPayload": handed_in}
    receive_ses.handler(handed_in, CONTEXT)
    [mail] = desk.queues.mails
    assert (mail.mailbox, mail.raw_key, mail.received_at.isoformat()) == ("support", key, "2026-03-02T09:29:12.041000+00:00")


def test_a_mail_that_amazon_ses_put_there_for_nobody_is_not_forgotten(desk):
    with pytest.raises(GiveUp, match=r"support@example\.org, which is no address of a mailbox of protocol ses"):
        receive_ses.handler(event("receive_ses.json"), CONTEXT)


def test_a_new_ticket_is_told_and_its_auto_response_queued(desk):
    relay_outbox.handler(event("relay_outbox.json"), CONTEXT)
    assert [told.type for told in desk.events.told] == ["TicketCreated", "MessageAdded"]
    assert [(item.ticket, item.generation) for item in desk.queues.items] == [(999999999, 1)]


def test_a_mail_to_be_sent_that_is_not_there(desk):
    assert send_mail.handler(event("send_mail.json"), CONTEXT) == {"batchItemFailures": []}
    assert desk.office.sent == []


def test_the_events_of_the_commands_are_their_examples():
    assert {file.name: event(f"operate/{file.name}") for file in COMMAND_EVENTS} == {
        f"{command.name}.json": {"command": command.name, **command.example} for command in COMMANDS.values()
    }


NEEDS_SOMETHING = ("There is no mailbox", "There is no sender", "There is no ticket", "There is no receipt")


@pytest.mark.parametrize("file", COMMAND_EVENTS, ids=lambda file: file.stem)
def test_every_command_is_understood(desk, file):
    answer = operate.handler(event(f"operate/{file.name}"), CONTEXT)
    assert answer["ok"] or answer["error"]["message"].startswith(NEEDS_SOMETHING)
    assert "example-password" not in json.dumps({name: value for name, value in answer.items() if name != "commands"})


def test_the_commands_of_the_readme_work_one_after_the_other(desk):
    commands = re.findall(r"--event '(\{.*?\})'", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert commands
    for command in commands:
        assert operate.handler(json.loads(command), CONTEXT)["ok"], command


def test_the_page_of_commands_is_what_help_says():
    assert (ROOT / "docs/commands.md").read_text("utf-8") == markdown()

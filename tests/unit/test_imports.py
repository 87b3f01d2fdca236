"""What each function imports: a cold start pays for every library, so none comes along that its work does not need."""

import json
import os
import subprocess
import sys

import pytest

from local.aws import ROOT

HEAVY = {
    "aws_xray_sdk",
    "dkim",
    "exchangelib",
    "html2text",
    "icalendar",
    "imapclient",
    "inscriptis",
    "jinja2",
    "jwt",
    "lxml",
    "msal",
    "nh3",
    "pydantic",
    "pynamodb",
    "requests",
    "resiliparse",
    "smtplib",
    "tnefparse",
    "aws_lambda_powertools.utilities.batch",
    "aws_lambda_powertools.utilities.idempotency",
    "aws_lambda_powertools.utilities.parser",
}

USE_CASES = {
    "schedule_polls": "scheduler",
    "poll_mailbox": "poller",
    "poll_exchange": "exchange_poller",
    "receive_mail": "receiver",
    "receive_ses": "reception",
    "relay_outbox": "relay",
    "send_mail": "mailer",
    "operate": "operator",
}

NEEDED = {
    "schedule_polls": {"pynamodb"},
    "poll_mailbox": {"pynamodb", "imapclient"},
    "poll_exchange": {"pynamodb", "exchangelib", "lxml", "requests"},
    "receive_mail": {"pynamodb", "nh3"},
    "receive_ses": {"pynamodb"},
    "relay_outbox": set(),
    "send_mail": {"pynamodb", "smtplib", "aws_lambda_powertools.utilities.batch"},
    "operate": {"pynamodb", "nh3"},
}
"""Of the heavy ones, those that a function may import up to its first work."""

ADAPTERS = {
    "poll_mailbox": "maildesk.mailboxes.imap",
    "poll_exchange": "maildesk.mailboxes.ews",
    "send_mail": "maildesk.senders.smtp",
}

PROGRAM = """
import importlib, json, sys
importlib.import_module("functions.{function}.handler")
from maildesk import wiring
wiring.{use_case}()
adapter = {adapter!r}
if adapter:
    importlib.import_module(adapter)
print(json.dumps(sorted(sys.modules)))
"""


def imported(function: str) -> set[str]:
    program = PROGRAM.format(function=function, use_case=USE_CASES[function], adapter=ADAPTERS.get(function))
    queues = ("POLLS_QUEUE", "EXCHANGE_POLLS_QUEUE", "INBOUND_QUEUE", "OUTBOX_QUEUE")
    names = ("TICKETS_TABLE", "SETTINGS_TABLE", "BUCKET", "EVENT_BUS", "TOKEN_KEY", "EXCHANGE_FUNCTION")
    desk = dict.fromkeys((*queues, *names), "x") | {"SECRETS_PREFIX": "x/", "RAW_MAIL_DAYS": "365", "AWS_REGION": "eu-central-1"}
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{ROOT}:{ROOT / 'layers/maildesk'}", **desk}
    answer = subprocess.run([sys.executable, "-c", program], env=environment, cwd=ROOT, capture_output=True, text=True, check=True)
    return set(json.loads(answer.stdout))


@pytest.mark.parametrize("function", USE_CASES)
def test_a_function_imports_nothing_heavy_that_its_work_does_not_need(function):
    assert imported(function) & HEAVY <= NEEDED[function]


def test_every_function_is_looked_at():
    assert {path.parent.name for path in ROOT.glob("functions/*/handler.py")} == set(USE_CASES)

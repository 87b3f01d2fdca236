"""`sam local invoke` runs every function, in a container, with its event."""

import json
from pathlib import Path

import pytest

from local.aws import ROOT
from local.sam_local import engine_missing, sam_local_invoke
from local.template import resources
from maildesk.tickets.records import PUSHED_MAIL

FUNCTIONS = {name: Path(made["CodeUri"]).name for name, made in resources("AWS::Serverless::Function").items()}
MISSING = engine_missing()


def event_of(folder: str) -> Path | None:
    return next(iter(sorted((ROOT / "events").glob(f"{folder}*.json")) or sorted((ROOT / "events" / folder).glob("*.json"))), None)


def test_every_function_is_found():
    assert len(FUNCTIONS) == len(list((ROOT / "functions").glob("*/handler.py")))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_has_an_event(function):
    assert event_of(FUNCTIONS[function]), f"events/{FUNCTIONS[function]}.json is missing"


@pytest.fixture(scope="module")
def pushed_mail(desk) -> None:
    """The mail that the event of receive_ses tells of: a mail for nobody would be an error."""
    receipt = json.loads((ROOT / "events/receive_ses.json").read_text())["Records"][0]["ses"]
    (address,) = receipt["receipt"]["recipients"]
    assert desk.operate({"command": "mailbox.put", "name": "pushed", "address": address, "protocol": "ses"})["ok"]
    raw = f"Message-ID: <pushed@example.com>\r\nFrom: anna@example.com\r\nTo: {address}\r\nSubject: Pushed\r\n\r\nHello\r\n"
    key = PUSHED_MAIL + receipt["mail"]["messageId"]
    desk.aws.client("s3").put_object(Bucket=desk.outputs["MailBucket"], Key=key, Body=raw.encode())


@pytest.mark.skipif(MISSING is not None, reason=f"sam local invoke is not tried: {MISSING}")
@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_runs(desk, pushed_mail, function):
    sam_local_invoke(desk, function, event_of(FUNCTIONS[function]))

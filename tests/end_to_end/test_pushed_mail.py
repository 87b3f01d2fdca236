"""Mail that Amazon SES hands over, through the deployed functions. The local AWS receives no mail, so the tests do SES's part:
they put the mail where the receipt rule has it put, and send the event that the rule has sent."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from local.aws import ROOT
from local.desk import FunctionFailed, Json, LocalDesk
from maildesk.tickets.records import PUSHED_MAIL
from tests.end_to_end.oracle import books

ADDRESS, NOBODY = "pushed@example.test", "nobody@example.test"
TRUSTED = "amazonses.com; spf=pass client-ip=192.0.2.1; dkim=pass header.i=@example.net; dmarc=pass header.from=example.net"


@pytest.fixture(scope="module")
def mailbox(desk: LocalDesk) -> str:
    assert desk.operate({"command": "mailbox.put", "name": "by-ses", "address": ADDRESS, "protocol": "ses", "autoresponse": False})["ok"]
    return "by-ses"


def put(desk: LocalDesk, message_id: str, subject: str) -> None:
    """As SES stores it: its own header on top."""
    by_ses = f"Authentication-Results: {TRUSTED}\r\nX-SES-RECEIPT: AEFB"
    header = f"{by_ses}\r\nFrom: anna@example.net\r\nSubject: {subject}\r\nMessage-ID: <{message_id}@example.net>"
    key, bucket = PUSHED_MAIL + message_id, desk.outputs["MailBucket"]
    desk.aws.client("s3").put_object(Bucket=bucket, Key=key, Body=f"{header}\r\n\r\nHello\r\n".encode())


def event(message_id: str, *recipients: str) -> Json:
    told: dict[str, Any] = json.loads((ROOT / "events/receive_ses.json").read_text())
    ses = told["Records"][0]["ses"]
    ses["mail"]["messageId"], ses["mail"]["destination"], ses["receipt"]["recipients"] = message_id, list(recipients), list(recipients)
    return told


def test_a_mail_becomes_a_ticket_however_often_it_is_handed_over(desk: LocalDesk, mailbox: str) -> None:
    put(desk, "one", "The printer is on fire")
    put(desk, "two", "And the lamp")
    for message_id in ("one", "one", "two", "one"):
        desk.invoke("ReceiveSes", event(message_id, "Pushed+k2j4@example.test"))
    desk.wait_until(lambda: len(books(desk, mailbox).tickets) == 2)
    receipts = {receipt["raw_key"] for receipt in books(desk, mailbox).receipts}
    assert receipts == {"raw/ses/one", "raw/ses/two"}
    assert {ticket["subject"] for ticket in books(desk, mailbox).tickets.values()} == {"The printer is on fire", "And the lamp"}


def test_a_mail_for_nobody_waits_as_a_dead_letter_and_is_handed_in_once_there_is_a_mailbox(
    desk: LocalDesk, mailbox: str, tmp_path: Path
) -> None:
    put(desk, "three", "For nobody")
    with pytest.raises(FunctionFailed, match=f"raw/ses/three was sent to {NOBODY}, which is no address of a mailbox"):
        desk.invoke("ReceiveSes", event("three", ADDRESS, NOBODY))
    desk.wait_until(lambda: "For nobody" in {ticket["subject"] for ticket in books(desk, mailbox).tickets.values()})

    put(desk, "four", "For somebody new")
    desk.aws.client("lambda").invoke(
        FunctionName=desk.resources["ReceiveSes"], InvocationType="Event", Payload=json.dumps(event("four", NOBODY))
    )
    letter = desk.wait_until(lambda: dead_letter(desk))
    assert "raw/ses/four was sent to" in letter and "For somebody new" not in letter
    assert desk.operate({"command": "mailbox.put", "name": "new", "address": NOBODY, "protocol": "ses", "autoresponse": False})["ok"]
    as_the_docs_say(desk, tmp_path)
    desk.wait_until(lambda: len(books(desk, "new").tickets) == 1)
    assert dead_letter(desk) is None
    as_the_docs_say(desk, tmp_path)  # with no letter left, nothing happens
    assert dead_letter(desk) is None


def test_the_deployed_function_looks_at_receipt_rules(desk: LocalDesk, mailbox: str) -> None:
    """The local AWS has none, or does not know them; that its layer knows how to ask is what counts."""
    tested = desk.operate({"command": "mailbox.test", "name": mailbox})
    assert tested["ok"] and not tested["passed"]
    assert [(step["name"], step["detail"].split()[0]) for step in tested["steps"]] in ([("rule set", "SES")], [("rule set", "No")])


def dead_letter(desk: LocalDesk) -> str | None:
    queue = desk.resources["ReceiveSesDeadLetters"]
    letters = desk.aws.client("sqs").receive_message(QueueUrl=queue, VisibilityTimeout=0).get("Messages", [])
    return letters[0]["Body"] if letters else None


def as_the_docs_say(desk: LocalDesk, folder: Path) -> None:
    """In bash, with as much of the AWS CLI as that takes."""
    page = (ROOT / "docs/operating.md").read_text("utf-8").partition("### Mail from Amazon SES")[2]
    cli = folder / "aws"
    cli.write_text(f'#!/bin/sh\nexec {sys.executable} {ROOT / "tests/end_to_end/aws_cli.py"} "$@"\n')
    cli.chmod(0o755)
    environment = os.environ | desk.aws.environment() | {"PATH": f"{folder}:{os.environ['PATH']}"}
    subprocess.run(["bash", "-c", page.partition("```sh\n")[2].partition("```")[0]], env=environment, timeout=60, check=False)

"""The commands on real tables, queues, secrets and bucket, in a process of their own as on Lambda."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from local.aws import ROOT, LocalAws, free_port
from local.template import make_state
from maildesk.mail.identity import fingerprint
from tests.operating import OUTGOING, SUPPORT

Do = Callable[..., dict[str, Any]]

PROCESS = """
import json, sys
import msgspec
from maildesk import wiring
from maildesk.desk.operate.dispatch import answer
from maildesk.desk.receive import Delivery
from maildesk.ports import Inbound

for line in sys.stdin:
    event = json.loads(line)
    if "raw_key" in event:
        result = wiring.receiver().receive([Delivery(msgspec.convert(event, Inbound))])
    else:
        result = answer(wiring.operator(), event)
    print("ANSWER", json.dumps(result), flush=True)
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory) -> Iterator[dict[str, str]]:
    with LocalAws(tmp_path_factory.mktemp("aws"), port=free_port()) as running:
        yield {**os.environ, **make_state(running), "PYTHONPATH": str(ROOT / "layers/maildesk")}


@pytest.fixture(scope="module")
def ask(environment) -> Iterator[Callable[[dict[str, Any]], Any]]:
    with subprocess.Popen(
        [sys.executable, "-c", PROCESS], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:

        def asked(event: dict[str, Any]) -> Any:
            process.stdin.write(json.dumps(event) + "\n")
            process.stdin.flush()
            return json.loads(next(line for line in process.stdout if line.startswith("ANSWER")).removeprefix("ANSWER"))

        yield asked
        process.stdin.close()


@pytest.fixture
def do(ask) -> Do:
    def done(command: str, **fields: Any) -> dict[str, Any]:
        answer = ask({"command": command, **fields})
        assert answer.pop("ok"), answer
        return answer

    return done


@pytest.fixture(scope="module")
def receive(ask, environment) -> Callable[[bytes], str]:
    """Takes a mail in as poll_mailbox and receive_mail do; returns its identity."""
    session = boto3.Session("local", "local", region_name=environment["AWS_REGION"])
    bucket = session.client("s3", endpoint_url=environment["AWS_ENDPOINT_URL"])

    def received(raw: bytes) -> str:
        told = fingerprint(raw)
        key = f"raw/{told.identity}.eml"
        bucket.put_object(Bucket=environment["BUCKET"], Key=key, Body=raw)
        ask(
            {
                "mailbox": "support",
                "identity": told.identity,
                "conversation": told.conversation,
                "raw_key": key,
                "size": len(raw),
                "received_at": "2026-03-02T09:29:12Z",
            }
        )
        return told.identity

    return received


@pytest.fixture
def desk(do: Do) -> None:
    do("settings.apply", document={"mailboxes": [SUPPORT], "senders": [OUTGOING]})


def made_by(do: Do, **fields: Any) -> set[str]:
    return {change["change"] for change in do("settings.apply", **fields)["changes"]}


def test_a_document_applied_is_what_is_exported(do):
    document = {"mailboxes": [SUPPORT | {"name": "first", "address": "first@example.com"}], "senders": [OUTGOING]}
    assert made_by(do, document=document) == {"unchanged", "created"}
    assert made_by(do, document=document) == {"unchanged"}
    assert made_by(do, yaml=do("settings.export", format="yaml")["yaml"], remove_missing=True) == {"unchanged"}


def test_a_mailbox_is_stopped_started_and_synced(do, desk):
    do("mailbox.stop", name="support")
    assert do("mailbox.get", name="support")["state"]["summary"] == "Not polled yet. Stopped."
    do("mailbox.start", name="support")
    assert do("mailbox.get", name="support")["state"]["summary"] == "Not polled yet. The next poll is due."
    assert do("mailbox.sync_now", name="support") == {"queued": "support"}


def test_what_is_deleted_is_gone_with_its_password(do, ask, desk):
    do("mailbox.delete", name="support")
    assert "support" not in [row["name"] for row in do("mailbox.list")["mailboxes"]]
    assert ask({"command": "mailbox.put", **SUPPORT, "password": None})["error"]["field"] == "password"


def test_a_ticket_is_answered_noted_assigned_and_closed(do, desk, receive):
    receive(mail(1))
    number = do("ticket.list", limit=1)["tickets"][0]["number"]
    files = [{"filename": "a.txt", "content_base64": "aGk="}]
    do("ticket.reply", ticket=number, author="Carla <carla@example.com>", text="Try again.\n" * 500, attachments=files)
    do("ticket.note", ticket=number, text="A note.")
    do("ticket.assign", ticket=number, assignee="carla@example.com")
    do("ticket.assign", ticket=number, assignee=None)
    shown = do("ticket.show", ticket=number)
    texts = [entry["text"].strip() for entry in shown["entries"] if entry["entry"] == "message"]
    assert texts == ["Hello", ("Try again.\n" * 500).strip(), "A note."]
    assert (shown["ticket"]["status"], shown["ticket"]["assignee"]) == ("pending", None)
    assert do("outbox.list", state="queued")["items"][0]["ticket"] == number
    assert do("ticket.set_status", ticket=number, status="closed")["ticket"]["status"] == "closed"


def test_lists_go_on_page_by_page(do, desk, receive, ask):
    for number in range(10, 15):
        receive(mail(number))
    whole = [ticket["number"] for ticket in do("ticket.list")["tickets"]]
    assert [ticket["number"] for page in every_page(do, "ticket.list", limit=2) for ticket in page["tickets"]] == whole
    assert sorted(whole) == sorted(set(whole))
    assert ask({"command": "ticket.list", "after": "b3Blbjpub25zZW5zZQ=="})["error"]["field"] == "after"


def test_a_quarantined_mail_is_tried_again(do, desk, receive):
    unreadable = receive(b"Subject: from nobody\r\n\r\nHello\r\n")
    assert do("receipt.show", receipt=unreadable)["receipt"]["state"] == "quarantined"
    assert unreadable in do("receipt.retry", state="quarantined")["retried"]


def mail(number: int) -> bytes:
    return b"From: anna@example.net\r\nMessage-ID: <%d@example.net>\r\nSubject: Mail %d\r\n\r\nHello\r\n" % (number, number)


def every_page(do: Do, command: str, **fields: Any) -> Iterator[dict[str, Any]]:
    page = do(command, **fields)
    yield page
    while page["next"]:
        page = do(command, **fields, after=page["next"])
        yield page

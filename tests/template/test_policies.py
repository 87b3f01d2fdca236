"""Each function may do what its code does, and nothing else: every request it makes is held against its policy."""

import json
import os
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import boto3
import pytest
from msgspec import to_builtins
from msgspec.structs import replace

from benchmarks.desk import Call, Desk, local_state, recorded
from local.aws import ROOT
from local.template import resources
from maildesk import wiring
from maildesk.mail.identity import fingerprint
from maildesk.mailboxes.ews.place import Places, Reached
from maildesk.ports import GiveUp, Login, TryAgain
from maildesk.settings import Mailbox
from maildesk.settings.auth import Credential, OAuth2
from maildesk.tickets.records import PUSHED_MAIL
from tests.servers.scripted import pop3_server
from tests.servers.tokens import CLIENT, CLIENT_SECRET, TokenEndpoint

Grant = tuple[str, str]
"""An action, and a resource as a policy names it."""

FUNCTIONS = resources("AWS::Serverless::Function")

UNSEEN = {
    ("s3:ListBucket", "MailBucket"): "without it, S3 calls an object that is gone forbidden",
    ("ses:SendEmail", "ses identity/*"): "there is no SES here",
    ("ses:SendRawEmail", "ses identity/*"): "there is no SES here",
    ("ses:SendEmail", "ses configuration-set/*"): "a verified domain may have one by default",
    ("ses:SendRawEmail", "ses configuration-set/*"): "a verified domain may have one by default",
    ("ses:GetEmailIdentity", "ses identity/*"): "there is no SES here",
    ("ses:GetAccount", "*"): "there is no SES here; SES knows no resource for it",
    ("ses:DescribeActiveReceiptRuleSet", "*"): "there is no SES here; SES knows no resource for it",
}
"""Granted though no test here needs it, and why."""


# ---------------------------------------------------------------- what is granted


def granted(function: str) -> set[Grant]:
    statements = [one for policy in FUNCTIONS[function]["Policies"] for one in policy["Statement"]]
    assert all(one["Effect"] == "Allow" and one["Sid"] for one in statements)
    return {(action, plain(resource)) for one in statements for action in listed(one["Action"]) for resource in listed(one["Resource"])}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def plain(resource: Any) -> str:
    """`TicketsTable/index/listing`, `MailBucket/raw/*`, `secret/mailbox/*`."""
    if isinstance(resource, str):
        return resource
    ((_, name),) = resource.items()
    name = name.removesuffix(".Arn").replace("${AWS::StackName}", "")
    name = re.sub(r"^arn:\$\{AWS::Partition\}:(ses|secretsmanager):\$\{AWS::Region\}:\$\{AWS::AccountId\}:", r"\1 ", name)
    return re.sub(r"\$\{(\w+)\.Arn\}", r"\1", name).replace("secretsmanager secret:", "secret")


# ---------------------------------------------------------------- what is used


def used(calls: Iterable[Call]) -> set[Grant]:
    return {grant for call in calls for grant in grants(call)}


S3_ACTIONS = {
    **dict.fromkeys(("CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"), "PutObject"),
    "DeleteObjects": "DeleteObject",
    "ListObjectsV2": "ListBucket",
}
"""What a role needs for a request of another name: docs.aws.amazon.com/AmazonS3/latest/API/API_Operations.html"""


def grants(call: Call) -> Iterable[Grant]:
    parameters = call.parameters
    match call.service, call.operation:
        case "lambda", "Invoke":
            return [("lambda:InvokeFunction", RESOURCES["lambda"](parameters))]
        case "dynamodb", "TransactWriteItems":
            writes = (next(iter(write.items())) for write in parameters["TransactItems"])
            return [(f"dynamodb:{kind}Item", item["TableName"]) for kind, item in writes]
        case "dynamodb", "BatchGetItem" | "BatchWriteItem":
            return [(f"dynamodb:{call.operation}", table) for table in parameters["RequestItems"]]
        case "dynamodb", _:
            index = f"/index/{parameters['IndexName']}" if "IndexName" in parameters else ""
            return [(f"dynamodb:{call.operation}", parameters["TableName"] + index)]
        case "s3", operation:
            return [(f"s3:{S3_ACTIONS.get(operation, operation)}", resource) for resource in objects(parameters)]
    return [(f"{call.service}:{call.operation.removesuffix('Batch')}", RESOURCES[call.service](parameters))]


RESOURCES: dict[str, Callable[[dict[str, Any]], str]] = {
    "sqs": lambda parameters: parameters["QueueUrl"].rpartition("/")[2].removesuffix(".fifo"),
    "secretsmanager": lambda parameters: secret(parameters.get("SecretId") or parameters["Name"]),
    "events": lambda _: "EventBus",
    "lambda": lambda parameters: "".join(word.capitalize() for word in parameters["FunctionName"].split("-")),
}


def objects(parameters: dict[str, Any]) -> Iterable[str]:
    """All that a request to S3 names; the bucket where it names none."""
    named = [parameters] if "Key" in parameters else parameters.get("Delete", {}).get("Objects", [])
    return [f"MailBucket/{folder(one['Key'])}/*" for one in named] or ["MailBucket"]


def folder(key: str) -> str:
    return PUSHED_MAIL.rstrip("/") if key.startswith(PUSHED_MAIL) else key.partition("/")[0]


def secret(name: str) -> str:
    return "TokenKey" if "token-key" in name else f"secret/{name.split('/')[1]}/*"


# ---------------------------------------------------------------- everything each function does

LONG = "It began this morning. " * 400
WITH_FILE = f"""\
Message-ID: <file@customer.example>
From: Anna <anna@customer.example>
To: help@desk.example
Subject: Long, and with a file
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain

{LONG}
--b
Content-Type: text/plain
Content-Disposition: attachment; filename=log.txt

log
--b--
"""
ANSWER = "Message-ID: <answer@customer.example>\nIn-Reply-To: <file@customer.example>\nFrom: anna@customer.example\nSubject: Re\n\nThanks\n"
NOBODYS = "Subject: from nobody\n\n"
FILE = {"filename": "plan.txt", "content_base64": "cGxhbg=="}


STOPPED = Mailbox(name="stopped", address="stopped@desk.example", host="mail.desk.example", active=False)
EXCHANGE = Mailbox(name="exchange", address="exchange@desk.example", host="exchange.desk.example", protocol="ews")
ACCOUNT = {"host": "mail.desk.example", "address": "new@desk.example", "password": "first"}
COMMANDS: list[dict[str, Any]] = [
    {"command": "mailbox.put", "name": "new", **ACCOUNT},
    {"command": "mailbox.put", "name": "new", **ACCOUNT, "password": "second", "host": "other.desk.example"},
    {"command": "mailbox.get", "name": "new"},
    {"command": "mailbox.list"},
    {"command": "mailbox.sync_now", "name": "new"},
    {"command": "mailbox.sync_now", "name": "exchange"},
    {"command": "mailbox.stop", "name": "new"},
    {"command": "mailbox.start", "name": "new"},
    {"command": "mailbox.test", "name": "new"},
    {"command": "mailbox.test", "name": "new", "full": True},
    {"command": "mailbox.delete", "name": "new"},
    {"command": "sender.put", "name": "new", **ACCOUNT},
    {"command": "sender.put", "name": "new", **ACCOUNT, "password": "second"},
    {"command": "sender.list"},
    {"command": "sender.test", "name": "new"},
    {"command": "sender.set_default", "name": "new"},
    {"command": "sender.set_default", "name": "out"},
    {"command": "sender.delete", "name": "new"},
    {"command": "settings.export"},
    {"command": "settings.apply", "document": {"desk": {"name": "Help"}}},
    {"command": "ticket.list"},
    {"command": "ticket.show", "ticket": 1},
    {"command": "ticket.reply", "ticket": 1, "text": LONG, "attachments": [FILE]},
    {"command": "ticket.note", "ticket": 1, "text": "A note."},
    {"command": "ticket.assign", "ticket": 1, "assignee": "ben@desk.example"},
    {"command": "ticket.set_status", "ticket": 1, "status": "closed"},
    {"command": "receipt.list"},
    {"command": "receipt.retry", "state": "quarantined"},
    {"command": "receipt.inspect", "raw": ANSWER},
    {"command": "receipt.make_ticket", "receipt": fingerprint(NOBODYS.encode()).identity, "requester": "anna@customer.example"},
    {"command": "outbox.list"},
    {"command": "outbox.retry", "state": "failed"},
]


class Watched:
    """Has each function do all it can do, and notes what it uses its role for."""

    def __init__(self) -> None:
        self.desk, self.grants = Desk(STOPPED, EXCHANGE), {function: set[Grant]() for function in FUNCTIONS}

    def watch(self, function: str, work: Callable[[], None]) -> None:
        self.desk.start_anew()
        with recorded() as calls:
            work()
        by_pollers = {"sqs:ReceiveMessage", "sqs:DeleteMessageBatch"}
        self.grants[function] |= used(call for call in calls if call.name not in by_pollers and "streams" not in call.service)

    def mail_comes(self) -> None:
        wiring.secrets().put("mailbox/exchange", "secret")
        wiring.states().schedule("exchange", datetime.now(UTC))
        self.watch("SchedulePolls", self.desk.schedule)
        self.desk.server.mails = dict(enumerate_keys(WITH_FILE, ANSWER, NOBODYS))
        self.desk.milliseconds_left = iter([0])
        wiring.queues().poll([STOPPED])
        self.watch("PollMailbox", self.desk.poll)
        self.desk.milliseconds_left = iter([0])
        self.watch("PollExchange", self.desk.poll_exchange)
        self.watch("ReceiveMail", self.desk.receive)

    def large_mail_comes(self) -> None:
        for function in ("PollMailbox", "PollExchange"):
            self.watch(function, partial(wiring.bucket().put_parts, "raw/large/whole", [b"x" * 9_000_000]))
            self.watch(function, self.break_off)

    def break_off(self) -> None:
        def cut() -> Iterable[bytes]:
            yield b"x" * 9_000_000
            raise TryAgain("cut")

        with pytest.raises(TryAgain, match="cut"):
            wiring.bucket().put_parts("raw/large/cut", cut())

    def mail_is_pushed(self) -> None:
        pushed = {"name": "pushed", "address": "support@example.org", "protocol": "ses"}
        assert self.desk.run("operate", {"command": "mailbox.put", **pushed})["ok"]
        event = json.loads((ROOT / "events/receive_ses.json").read_text())
        wiring.bucket().put(PUSHED_MAIL + event["Records"][0]["ses"]["mail"]["messageId"], WITH_FILE.encode())
        self.watch("ReceiveSes", partial(self.desk.run, "receive_ses", event))

    def mail_comes_by_pop3(self) -> None:
        with pop3_server() as server:
            account = {"address": "help@desk.example", "protocol": "pop3", "security": "none"}
            mailbox = Mailbox(name="drop", host="127.0.0.1", port=server.port, **account)
            self.watch("PollMailbox", partial(self.remember, mailbox))

    def mail_comes_by_exchange(self) -> None:
        message = json.dumps({"mailbox": "exchange"})  # sent before its protocol was changed
        boto3.client("sqs").send_message(QueueUrl=os.environ["POLLS_QUEUE"], MessageBody=message, MessageGroupId="exchange")
        self.watch("PollMailbox", self.desk.poll)
        self.watch("PollExchange", lambda: self.desk.run("poll_exchange", {"mailbox": to_builtins(EXCHANGE)}))
        self.watch("PollExchange", self.remember_a_place)
        self.watch("Operate", self.test_exchange)

    def remember_a_place(self) -> None:
        places = Places(wiring.bucket(), "exchange", EXCHANGE.source)
        places.recalled(places.cursor(Reached("a long sync state" * 100)))

    def test_exchange(self) -> None:
        with pytest.raises(GiveUp, match=r"There is no function poll-exchange"):
            list(wiring.exchange_function().check(EXCHANGE, "secret"))

    def remember(self, mailbox: Mailbox) -> None:
        with wiring.reach_mailbox(mailbox, "secret") as connection:
            (first,) = connection.list_new({"known": "known/lost", "count": 1})
            connection.cursor_after(first.key)

    def operators_act(self) -> None:
        wiring.bucket().put("known/new/what-was-read", b"")
        self.watch("Operate", self.command)
        self.watch("RelayOutbox", self.desk.relay)
        self.watch("SendMail", self.desk.send)

    def command(self) -> None:
        for command in COMMANDS:
            answer = self.desk.run("operate", command)
            assert answer.pop("ok"), (command, answer)

    def mail_leaves_with_difficulty(self) -> None:
        before = wiring.settings().fresh()
        borrowing = replace(before.senders[0], auth="same_as_mailbox", mailbox="help")
        wiring.settings().save(before, replace(before, senders=(borrowing,)))
        self.desk.run("operate", {"command": "ticket.reply", "ticket": 1, "text": "One more."})
        self.desk.relay()
        self.desk.office.failures = [TryAgain("busy")]
        self.watch("SendMail", self.desk.send)

    def refresh_tokens_are_replaced(self) -> None:
        for function, account in (("PollMailbox", "mailbox/help"), ("SendMail", "mailbox/help"), ("SendMail", "sender/out")):
            with TokenEndpoint("help@desk.example", rotates=True) as endpoint:
                secret = Credential(client_secret=CLIENT_SECRET, refresh_token=endpoint.refresh_token).text()
                login = Login("help@desk.example", secret, OAuth2(token_url=endpoint.url, client_id=CLIENT), account)
                wiring.secrets().put(account, secret)
                self.watch(function, partial(self.sign_in, login))

    def sign_in(self, login: Login) -> None:
        with wiring.access_tokens().signing_in(login):
            pass


def enumerate_keys(*mails: str) -> Iterable[tuple[str, bytes]]:
    return ((str(place), mail.encode()) for place, mail in enumerate(mails))


@pytest.fixture(scope="module")
def calls() -> dict[str, set[Grant]]:
    with local_state():
        watched = Watched()
        watched.mail_comes()
        watched.large_mail_comes()
        watched.mail_comes_by_pop3()
        watched.mail_comes_by_exchange()
        watched.operators_act()
        watched.mail_is_pushed()
        watched.mail_leaves_with_difficulty()
        watched.refresh_tokens_are_replaced()
    return watched.grants


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_may_do_what_it_does(function, calls):
    assert calls[function] - granted(function) == set()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_may_do_nothing_else(function, calls):
    assert granted(function) - calls[function] - UNSEEN.keys() == set()


def test_every_exception_is_one():
    assert set(UNSEEN) <= {grant for function in FUNCTIONS for grant in granted(function)}


def test_no_function_may_do_a_thing_to_everything_but_where_aws_knows_no_resource():
    everything = {grant for function in FUNCTIONS for grant in granted(function) if grant[1] == "*" or grant[0].endswith("*")}
    assert everything == {("ses:GetAccount", "*"), ("ses:DescribeActiveReceiptRuleSet", "*")}

"""A desk on the local AWS whose functions run in this process, one batch at a time, and what each asked AWS for."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any
from unittest import mock

import boto3
from botocore.client import BaseClient
from msgspec.structs import replace
from pynamodb.models import Model

from local.aws import LocalAws, free_port
from local.template import make_state
from maildesk import wiring
from maildesk.settings import Autoresponse, Mailbox, Sender, Settings
from maildesk.settings import Desk as WholeDesk
from maildesk.storage.items import Item
from maildesk.storage.mailbox_states import StateItem
from maildesk.storage.settings import SettingItem
from tests.fakes import MailServer, PostOffice

PLENTY = 300_000
DESK = Settings(
    desk=WholeDesk(autoresponse=Autoresponse(max_age_days=0)),
    mailboxes=(Mailbox(name="help", address="help@desk.example", host="mail.desk.example", batch_size=100),),
    senders=(Sender(name="out", address="help@desk.example", host="smtp.desk.example", default=True),),
)


@dataclass(frozen=True)
class Call:
    """One request to AWS; `written` and `read` in DynamoDB's units."""

    service: str
    operation: str
    parameters: dict[str, Any] = field(repr=False)
    written: float = 0
    read: float = 0

    @property
    def name(self) -> str:
        return f"{self.service}:{self.operation}"


@contextmanager
def recorded() -> Iterator[list[Call]]:
    """Every request to AWS that this process makes meanwhile."""
    calls: list[Call] = []
    ask = BaseClient._make_api_call

    def ask_and_note(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        service = client.meta.service_model.service_name
        counted = parameters | {"ReturnConsumedCapacity": "TOTAL"} if service == "dynamodb" else parameters
        answer: dict[str, Any] = {}
        try:
            answer = ask(client, operation, counted)
            return answer
        finally:
            calls.append(Call(service, operation, parameters, *_capacity(operation, answer)))

    with mock.patch.object(BaseClient, "_make_api_call", ask_and_note):
        yield calls


def _capacity(operation: str, answer: dict[str, Any]) -> tuple[float, float]:
    consumed = answer.get("ConsumedCapacity", [])
    units = sum(one["CapacityUnits"] for one in (consumed if isinstance(consumed, list) else [consumed]))
    return (0, units) if operation in {"Query", "GetItem", "BatchGetItem"} else (units, 0)


class Desk:
    """`server` and `office` stand for the mail servers. Each function takes what waits for it, in batches as AWS gives them."""

    def __init__(self, *also: Mailbox) -> None:
        self.server, self.office, self.milliseconds_left = MailServer(), PostOffice(), iter([PLENTY])
        self.start_anew()
        wiring.open_mailbox, wiring.open_sender = self.server.open, self.office.open  # type: ignore[assignment]
        wiring.check_mailbox, wiring.check_sender, wiring.find_mail = self.server.check, self.office.check, self.server.find
        wiring.settings().save(Settings(), replace(DESK, mailboxes=(*DESK.mailboxes, *also)))
        wiring.secrets().put("mailbox/help", "secret")
        wiring.secrets().put("sender/out", "secret")
        wiring.states().schedule("help", datetime.now(UTC))
        self._shards = self._open_stream()

    def start_anew(self) -> None:
        """As another function's process does."""
        forget_what_was_made()

    def run(self, function: str, event: Any) -> Any:
        return import_module(f"functions.{function}.handler").handler(event, self._context(function))

    def _context(self, function: str) -> SimpleNamespace:
        known = {"function_name": function, "memory_limit_in_mb": 512, "invoked_function_arn": function, "aws_request_id": "1"}
        return SimpleNamespace(**known, get_remaining_time_in_millis=lambda: next(self.milliseconds_left, PLENTY))

    def schedule(self) -> None:
        self.run("schedule_polls", {})

    def poll(self) -> None:
        for batch in self._waiting("POLLS_QUEUE", 1):
            self.run("poll_mailbox", batch)

    def poll_exchange(self) -> None:
        for batch in self._waiting("EXCHANGE_POLLS_QUEUE", 1):
            self.run("poll_exchange", batch)

    def receive(self) -> None:
        for batch in self._waiting("INBOUND_QUEUE", 10):
            self.run("receive_mail", batch)

    def send(self) -> None:
        for batch in self._waiting("OUTBOX_QUEUE", 10):
            self.run("send_mail", batch)

    def relay(self) -> None:
        """As the stream's filter and batches have it: see `FilterCriteria` in the template."""
        wanted = [record for record in self._new_in_stream() if self._is_wanted(record)]
        for start in range(0, len(wanted), 100):
            self.run("relay_outbox", {"Records": wanted[start : start + 100]})

    def _waiting(self, queue: str, most: int) -> Iterator[dict[str, Any]]:
        sqs, url = boto3.client("sqs"), os.environ[queue]
        while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=most, MessageSystemAttributeNames=["All"]).get("Messages"):
            yield {"Records": [_as_event(message) for message in found]}
            sqs.delete_message_batch(
                QueueUrl=url, Entries=[{"Id": str(place), "ReceiptHandle": one["ReceiptHandle"]} for place, one in enumerate(found)]
            )

    def _open_stream(self) -> list[str]:
        streams = boto3.client("dynamodbstreams")
        self._stream = boto3.client("dynamodb").describe_table(TableName=os.environ["TICKETS_TABLE"])["Table"]["LatestStreamArn"]
        shards = streams.describe_stream(StreamArn=self._stream)["StreamDescription"]["Shards"]
        iterators = (
            streams.get_shard_iterator(StreamArn=self._stream, ShardId=shard["ShardId"], ShardIteratorType="LATEST") for shard in shards
        )
        return [iterator["ShardIterator"] for iterator in iterators]

    def _new_in_stream(self) -> Iterator[dict[str, Any]]:
        for place, iterator in enumerate(self._shards):
            while found := (answer := boto3.client("dynamodbstreams").get_records(ShardIterator=iterator))["Records"]:
                yield from found
                iterator = self._shards[place] = answer["NextShardIterator"]  # noqa: PLW2901

    @staticmethod
    def _is_wanted(record: dict[str, Any]) -> bool:
        kind = record["dynamodb"].get("NewImage", {}).get("kind", {}).get("S")
        return record["eventName"] in {"INSERT", "MODIFY"} and kind in {"ticket", "message", "outbox"}


def _as_event(message: dict[str, Any]) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "eventSource": "aws:sqs",
    }


def forget_what_was_made() -> None:
    """All that the wiring keeps for the life of a process."""
    for made in (made for made in vars(wiring).values() if hasattr(made, "cache_clear")):
        made.cache_clear()


@contextmanager
def local_state() -> Iterator[LocalAws]:
    """The state of a stack on a local AWS of its own. Meanwhile this process's environment is the functions', and a `Desk` may put
    what it likes into the wiring."""
    with ExitStack() as kept:
        aws = kept.enter_context(LocalAws(Path(kept.enter_context(TemporaryDirectory())), port=free_port()))
        kept.enter_context(mock.patch.dict(os.environ, make_state(aws)))
        kept.enter_context(mock.patch.dict(vars(wiring)))
        kept.callback(forget_what_was_made)
        _point_models(Item, os.environ["TICKETS_TABLE"])
        for model in (StateItem, SettingItem):
            _point_models(model, os.environ["SETTINGS_TABLE"])
        yield aws


def _point_models(model: type[Model], table: str) -> None:
    """They read the environment once, when they are imported, and keep their connection."""
    model.Meta.table_name, model.Meta.region = table, os.environ["AWS_REGION"]
    for each in (model, *model.__subclasses__()):
        each._connection = None

"""Counts what came in and what came out, straight from the tables, without any code of ours."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from local.desk import LocalDesk
from tests.end_to_end.corpus import Expected

TOKEN = re.compile(r"TKN\d+X")
Item = dict[str, Any]


@dataclass(frozen=True)
class Books:
    """All that a mailbox left behind."""

    receipts: list[Item]
    tickets: dict[int, Item]
    messages: list[Item]
    tokens: dict[str, list[int]]

    def faults(self, expected: Sequence[Expected]) -> list[str]:
        """Every way in which the books differ from what was expected; none where nothing was lost, doubled or misplaced."""
        return [*self._lost_or_doubled(expected), *self._misplaced(expected)]

    def _lost_or_doubled(self, expected: Sequence[Expected]) -> Iterator[str]:
        opened = sum(one.opens_ticket for one in expected)
        outcomes = Counter(receipt["outcome"] for receipt in self.receipts)
        wanted = Counter("new ticket" if one.opens_ticket else "joined" if one.kind == "reply" else "set apart" for one in expected)
        outcomes["set apart"] = outcomes.pop("automatic", 0) + outcomes.pop("bounce", 0)
        if outcomes != wanted:
            yield f"receipts say {outcomes}, expected {wanted}"
        if len(self.tickets) != opened:
            yield f"{len(self.tickets)} tickets, expected {opened}"
        for one in expected:
            found = len(self.tokens.get(one.token, []))
            if found != (one.opens_ticket or one.kind == "reply"):
                yield f"{one.kind} {one.token} stands in {found} messages"

    def _misplaced(self, expected: Sequence[Expected]) -> Iterator[str]:
        for one in expected:
            if one.root and self.tokens.get(one.token) != self.tokens.get(one.root):
                yield f"reply {one.token} is in {self.tokens.get(one.token)}, its root {one.root} in {self.tokens.get(one.root)}"


def books(desk: LocalDesk, mailbox: str) -> Books:
    items = list(_items(desk, desk.resources["TicketsTable"]))
    receipts = [item for item in items if item.get("kind") == "receipt" and item["mailbox"] == mailbox]
    tickets = {int(item["number"]): item for item in items if item.get("kind") == "ticket" and item["mailbox"] == mailbox}
    messages = [item for item in items if item.get("kind") == "message" and int(item["ticket"]) in tickets]
    tokens: dict[str, list[int]] = {}
    for message in messages:
        for token in set(TOKEN.findall(_text(desk, message))):
            tokens.setdefault(token, []).append(int(message["ticket"]))
    return Books(receipts, tickets, messages, tokens)


def _text(desk: LocalDesk, message: Item) -> str:
    if "body_key" not in message:
        return str(message["text"])
    stored = desk.aws.client("s3").get_object(Bucket=desk.resources["MailBucket"], Key=message["body_key"])
    return str(json.loads(stored["Body"].read())["text"])


def _items(desk: LocalDesk, table: str) -> Iterator[Item]:
    read = TypeDeserializer().deserialize
    for page in desk.aws.client("dynamodb").get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        yield from ({name: read(value) for name, value in item.items()} for item in page["Items"])

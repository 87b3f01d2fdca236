"""The event bus."""

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import boto3
import msgspec

from maildesk.ports import DeskEvent, TryAgain
from maildesk.storage.batches import batches
from maildesk.storage.clients import CONFIG
from maildesk.storage.failures import asking

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

_BATCH = 10


class EventBus:
    def __init__(self, name: str) -> None:
        self._name = name

    @cached_property
    def _client(self) -> "EventBridgeClient":
        return boto3.client("events", config=CONFIG)

    @asking("The event bus")
    def tell(self, events: Sequence[DeskEvent]) -> None:
        for batch in batches(events, _BATCH):
            answer = self._client.put_events(
                Entries=[
                    {
                        "EventBusName": self._name,
                        "Source": "maildesk",
                        "DetailType": event.type,
                        "Detail": msgspec.json.encode(event.detail).decode(),
                    }
                    for event in batch
                ]
            )
            if answer.get("FailedEntryCount"):
                raise TryAgain(f"The event bus refused {answer['FailedEntryCount']} events.")

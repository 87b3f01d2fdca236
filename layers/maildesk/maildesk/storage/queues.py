"""The work queues: ten messages a request, keys only."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
import msgspec

from maildesk.ports import Inbound, OutboxKey, TryAgain
from maildesk.settings import POLLED_APART, MailboxSettings
from maildesk.storage.batches import batches
from maildesk.storage.clients import CONFIG
from maildesk.storage.failures import asking

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_BATCH = 10


class WorkQueues:
    def __init__(self, polls: str, exchange_polls: str, inbound: str, outbox: str) -> None:
        self._polls, self._exchange_polls, self._inbound, self._outbox = polls, exchange_polls, inbound, outbox

    @cached_property
    def _sqs(self) -> "SQSClient":
        return boto3.client("sqs", config=CONFIG)

    def poll(self, mailboxes: Sequence[MailboxSettings]) -> None:
        self._send(self._polls, (_poll(mailbox.name) for mailbox in mailboxes if mailbox.protocol not in POLLED_APART))
        self._send(self._exchange_polls, (_poll(mailbox.name) for mailbox in mailboxes if mailbox.protocol in POLLED_APART))

    def inbound(self, mails: Sequence[Inbound]) -> None:
        self._send(self._inbound, (_fifo(mail, mail.conversation, f"{mail.identity}.{mail.mailbox}.{mail.again}") for mail in mails))

    def outbox(self, items: Sequence[OutboxKey]) -> None:
        self._send(self._outbox, (_fifo(item, str(item.owner), f"{item.owner}.{item.id}.{item.generation}") for item in items))

    @asking("The queue")
    def delay(self, receipt_handle: str, seconds: int) -> None:
        """Hides an outbox message this long, so that a later attempt finds it."""
        self._sqs.change_message_visibility(QueueUrl=self._outbox, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds)

    @asking("The queue")
    def _send(self, queue: str, entries: Iterable[dict[str, Any]]) -> None:
        for batch in batches(entries, _BATCH):
            numbered = [{"Id": str(position), **entry} for position, entry in enumerate(batch)]
            answer = self._sqs.send_message_batch(QueueUrl=queue, Entries=numbered)  # type: ignore[arg-type]
            if refused := answer.get("Failed"):
                raise TryAgain(f"{queue.rpartition('/')[2]} refused {len(refused)} messages: {refused[0].get('Code')}.")


def _body(message: Any) -> str:
    return msgspec.json.encode(message).decode()


def _poll(mailbox: str) -> dict[str, Any]:
    """A group makes a standard queue a fair one: a mailbox with much to import does not keep the others waiting."""
    return {"MessageBody": _body({"mailbox": mailbox}), "MessageGroupId": mailbox}


def _fifo(message: Any, group: str, once: str) -> dict[str, Any]:
    return {"MessageBody": _body(message), "MessageGroupId": group, "MessageDeduplicationId": once}

"""Commands about mails on their way out."""

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from maildesk.desk.operate.command import Command
from maildesk.desk.operate.errors import Refused
from maildesk.desk.operate.operator import Operator
from maildesk.desk.operate.paging import After, Limit, page
from maildesk.tickets.records import OutboxItem, OutboxState, replacing

_STATES: tuple[OutboxState, ...] = ("failed", "waiting", "queued", "sent")


class ListOutbox(Struct, frozen=True, forbid_unknown_fields=True):
    state: OutboxState | None = None
    limit: Limit = 50
    after: After = None


class OutboxList(Struct, frozen=True):
    items: tuple[OutboxItem, ...]
    next: str | None


class RetryOutbox(Struct, frozen=True, forbid_unknown_fields=True):
    ticket: int | None = None
    id: str | None = None
    state: Literal["failed"] | None = None
    limit: Limit = 50


class Sending(Struct, frozen=True):
    ticket: int
    id: str


class RetriedOutbox(Struct, frozen=True):
    retried: tuple[Sending, ...]


def list_some(operator: Operator, request: ListOutbox) -> OutboxList:
    """Mails on their way out, the latest first: of one state, or of all, those that failed before the others."""
    found = page(operator.store.outbox, (request.state,) if request.state else _STATES, request.limit, request.after)
    return OutboxList(tuple(record for record in found.records if isinstance(record, OutboxItem)), found.next)


def retry(operator: Operator, request: RetryOutbox) -> RetriedOutbox:
    """Sends a mail that failed once more; with a state, as many of those as `limit` says."""
    if request.state and request.ticket is None and request.id is None:
        failed = operator.store.outbox("failed", request.limit, None).records
        return RetriedOutbox(_queued_again(operator, [item for item in failed if isinstance(item, OutboxItem)]))
    if request.state or request.ticket is None or request.id is None:
        raise Refused("ticket", "Either ticket and id, or state, must be given.", "Give ticket and id of one mail, or state failed.")
    retried = _queued_again(operator, [_failed(operator, request.ticket, request.id)])
    if not retried:
        raise Refused(None, "This mail has changed just now.", "Look at it with outbox.list, and try again.")
    return RetriedOutbox(retried)


def _failed(operator: Operator, ticket: int, identity: str) -> OutboxItem:
    item = operator.store.fetch([(OutboxItem.kind, ticket, identity)]).one(OutboxItem, ticket, identity)
    if item is None:
        raise Refused("id", f"Ticket {ticket} has no mail {identity!r}.", "outbox.list shows all, ticket.show those of a ticket.")
    if item.state != "failed":
        raise Refused("id", _WHY_NOT[item.state])
    return item


def _queued_again(operator: Operator, items: list[OutboxItem]) -> tuple[Sending, ...]:
    """A new generation is relayed to the queue anew."""
    again = [replace(item, state="queued", attempts=0, generation=item.generation + 1, version=item.version + 1) for item in items]
    written = operator.store.commit([(replacing(item),) for item in again])
    return tuple(Sending(item.ticket, item.id) for item, done in zip(again, written, strict=True) if done)


_WHY_NOT: dict[OutboxState, str] = {
    "queued": "This mail is on its way.",
    "waiting": "This mail is tried again by itself.",
    "sent": "This mail was sent; sending it again would double it.",
}

COMMANDS = (
    Command("outbox.list", ListOutbox, list_some, {"state": "failed"}),
    Command("outbox.retry", RetryOutbox, retry, {"state": "failed", "limit": 10}),
)

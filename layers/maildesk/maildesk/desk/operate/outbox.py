"""Commands about mails on their way out."""

from datetime import timedelta
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from maildesk.desk.operate.command import Command
from maildesk.desk.operate.errors import Refused
from maildesk.desk.operate.operator import Operator
from maildesk.desk.operate.paging import After, Limit, page
from maildesk.tickets.records import OutboxItem, OutboxState, replacing

_STREAM_KEEPS = timedelta(days=1)

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
    receipt: str | None = None
    id: str | None = None
    state: Literal["failed"] | None = None
    limit: Limit = 50


class Sending(Struct, frozen=True, omit_defaults=True):
    id: str
    ticket: int | None = None
    receipt: str | None = None


class RetriedOutbox(Struct, frozen=True):
    retried: tuple[Sending, ...]


def list_some(operator: Operator, request: ListOutbox) -> OutboxList:
    """Mails on their way out, the latest first: of one state, or of all, those that failed before the others."""
    found = page(operator.store.outbox, (request.state,) if request.state else _STATES, request.limit, request.after)
    return OutboxList(tuple(record for record in found.records if isinstance(record, OutboxItem)), found.next)


def retry(operator: Operator, request: RetryOutbox) -> RetriedOutbox:
    """Sends a mail that failed once more, or one that was queued for a day, by its id and the ticket or receipt it belongs to; with
    a state, as many of those as `limit` says."""
    owners = [one for one in (request.ticket, request.receipt) if one is not None]
    if request.state and not owners and request.id is None:
        failed = operator.store.outbox("failed", request.limit, None).records
        return RetriedOutbox(_queued_again(operator, [item for item in failed if isinstance(item, OutboxItem)]))
    if request.state or len(owners) != 1 or request.id is None:
        hint = "Give id of one mail and what it belongs to, ticket or receipt, or give state failed."
        raise Refused("ticket", "Either ticket and id, or state, must be given.", hint)
    retried = _queued_again(operator, [_failed(operator, owners[0], request.id)])
    if not retried:
        raise Refused(None, "This mail has changed just now.", "Look at it with outbox.list, and try again.")
    return RetriedOutbox(retried)


def _failed(operator: Operator, owner: int | str, identity: str) -> OutboxItem:
    item = operator.store.fetch([(OutboxItem.kind, owner, identity)]).one(OutboxItem, owner, identity)
    if item is None:
        whose = f"{'Ticket' if isinstance(owner, int) else 'Receipt'} {owner}"
        raise Refused("id", f"{whose} has no mail {identity!r}.", "outbox.list shows all, ticket.show those of a ticket.")
    if item.state != "failed" and not _was_passed_over(operator, item):
        raise Refused("id", _WHY_NOT[item.state])
    return item


def _was_passed_over(operator: Operator, item: OutboxItem) -> bool:
    """The stream keeps a change for a day; what was not relayed by then never is."""
    return item.state == "queued" and item.generation == 1 and operator.clock() - item.created_at > _STREAM_KEEPS


def _queued_again(operator: Operator, items: list[OutboxItem]) -> tuple[Sending, ...]:
    """A new generation is relayed to the queue anew."""
    again = [replace(item, state="queued", attempts=0, generation=item.generation + 1, version=item.version + 1) for item in items]
    written = operator.store.commit([(replacing(item),) for item in again])
    return tuple(Sending(item.id, item.ticket, item.receipt) for item, done in zip(again, written, strict=True) if done)


_WHY_NOT: dict[OutboxState, str] = {
    "queued": "This mail is on its way. If it still is in a day, it can be sent again.",
    "waiting": "This mail is tried again by itself.",
    "sent": "This mail was sent; sending it again would double it.",
}

COMMANDS = (
    Command("outbox.list", ListOutbox, list_some, {"state": "failed"}),
    Command("outbox.retry", RetryOutbox, retry, {"state": "failed", "limit": 10}),
)

"""What the tickets table's stream tells: mail to be sent goes to outbox.fifo, the rest is told to whoever listens."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from maildesk.ports import Change, DeskEvent, Events, OutboxKey, Queues

_TOLD_OF_A_TICKET = ("status", "mailbox", "assignee", "group", "ticket_type", "priority")


@dataclass(frozen=True)
class Relay:
    queues: Queues
    events: Events

    def relay(self, changes: Sequence[Change]) -> None:
        """Safe to repeat: the queue takes each key once, and listeners may hear a thing twice."""
        if waiting := [_key(change) for change in changes if _is_to_be_sent(change)]:
            self.queues.outbox(waiting)
        if events := [event for change in changes for event in _told(change)]:
            self.events.tell(events)


def _is_to_be_sent(change: Change) -> bool:
    new = change.new
    return new["kind"] == "outbox" and new["state"] == "queued" and new["generation"] != change.old.get("generation")


def _key(change: Change) -> OutboxKey:
    return OutboxKey(**_whose(change.new), id=change.new["id"], generation=int(change.new["generation"]))


def _whose(item: Mapping[str, str]) -> dict[str, Any]:
    """A mail to be sent belongs to a ticket or to a receipt."""
    return {"ticket": int(item["ticket"])} if "ticket" in item else {"receipt": item["receipt"]}


def _told(change: Change) -> Iterator[DeskEvent]:
    new, old = change.new, change.old
    if new["kind"] == "ticket":
        told: dict[str, str | int | None] = {name: new.get(name) for name in _TOLD_OF_A_TICKET}
        yield DeskEvent(type="TicketChanged" if old else "TicketCreated", detail={"ticket": int(new["number"]), **told})
    elif new["kind"] == "message" and not old:
        yield DeskEvent(type="MessageAdded", detail={"ticket": int(new["ticket"]), "message": new["id"], "direction": new["direction"]})
    elif new["kind"] == "outbox" and new["state"] == "failed" and old.get("state") != "failed":
        yield DeskEvent(type="DeliveryFailed", detail={**_whose(new), "outbox": new["id"], "attempts": int(new["attempts"])})

"""What a ticket consists of, as an operator sees it."""

from msgspec.structs import asdict, replace

from maildesk.desk.operate.operator import Operator
from maildesk.ports import GiveUp
from maildesk.tickets.records import Message, OutboxItem, Record


class MessageEntry(Message, frozen=True, kw_only=True, tag_field="entry", tag="message"):
    """A message with its whole text; `problem` says where that could not be had."""

    problem: str | None = None


class MailEntry(OutboxItem, frozen=True, kw_only=True, tag_field="entry", tag="mail"):
    """A mail on its way out, or gone: an auto-response, or the answer in the message of the same id."""


Entry = MessageEntry | MailEntry


def entries(operator: Operator, ticket: int) -> tuple[Entry, ...]:
    """The oldest first."""
    return tuple(entry for record in operator.store.thread(ticket) if (entry := _entry(operator, record)))


def _entry(operator: Operator, record: Record) -> Entry | None:
    if isinstance(record, Message):
        return _whole(operator, record)
    return MailEntry(**asdict(record)) if isinstance(record, OutboxItem) else None


def _whole(operator: Operator, message: Message) -> MessageEntry:
    try:
        body = operator.bodies.read(message)
    except GiveUp as failure:
        return MessageEntry(**asdict(message), problem=f"{failure} This is how the text began.")
    return MessageEntry(**asdict(replace(message, text=body.text, full_text=body.full_text, html=body.html)))

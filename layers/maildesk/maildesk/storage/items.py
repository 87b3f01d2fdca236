"""The tickets table: one item class per kind of record, and the way between item and record."""

import os
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Any, ClassVar

from pynamodb.attributes import DiscriminatorAttribute, NumberAttribute, TTLAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

from maildesk.storage.attributes import Instant, Json, instant
from maildesk.tickets.records import (
    Correspondent,
    Key,
    Message,
    MessageReference,
    OutboxItem,
    Person,
    Receipt,
    Record,
    StoredAttachment,
    Ticket,
)


class Listing(GlobalSecondaryIndex["Item"]):  # type: ignore[no-untyped-call]
    """Tickets by status, receipts and outbox items by state, the latest first."""

    class Meta:
        index_name = "listing"
        projection = AllProjection()

    listed_under = UnicodeAttribute(hash_key=True)
    listed_at = UnicodeAttribute(range_key=True)


class Item(Model):
    class Meta:
        table_name = os.environ.get("TICKETS_TABLE", "tickets")
        region = os.environ.get("AWS_REGION")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    kind = DiscriminatorAttribute()
    version = NumberAttribute(null=True)
    listed_under = UnicodeAttribute(null=True)
    listed_at = UnicodeAttribute(null=True)
    listing = Listing()
    shape: ClassVar[type[Record]]


class TicketItem(Item, discriminator="ticket"):
    shape = Ticket
    number = NumberAttribute()
    subject = UnicodeAttribute()
    status = UnicodeAttribute()
    requester = Json(Person)
    collaborators = Json(tuple[Person, ...], null=True)
    assignee = UnicodeAttribute(null=True)
    mailbox = UnicodeAttribute()
    group = UnicodeAttribute(null=True)
    ticket_type = UnicodeAttribute(null=True)
    priority = UnicodeAttribute(null=True)
    thread = Json(tuple[str, ...], null=True)
    linked_to = NumberAttribute(null=True)
    created_at = Instant()
    updated_at = Instant()


class MessageItem(Item, discriminator="message"):
    shape = Message
    ticket = NumberAttribute()
    id = UnicodeAttribute()
    direction = UnicodeAttribute()
    author = Json(Person)
    text = UnicodeAttribute()
    full_text = UnicodeAttribute(null=True)
    html = UnicodeAttribute(null=True)
    body_key = UnicodeAttribute(null=True)
    attachments = Json(tuple[StoredAttachment, ...], null=True)
    message_id = UnicodeAttribute(null=True)
    receipt = UnicodeAttribute(null=True)
    automatic = UnicodeAttribute(null=True)
    created_at = Instant()


class MessageReferenceItem(Item, discriminator="message-id"):
    shape = MessageReference
    message_id = UnicodeAttribute()
    ticket = NumberAttribute()


class ReceiptItem(Item, discriminator="receipt"):
    shape = Receipt
    identity = UnicodeAttribute()
    mailbox = UnicodeAttribute()
    raw_key = UnicodeAttribute()
    size = NumberAttribute()
    state = UnicodeAttribute()
    outcome = UnicodeAttribute()
    reasons = Json(tuple[str, ...], null=True)
    ticket = NumberAttribute(null=True)
    subject = UnicodeAttribute()
    sender = UnicodeAttribute()
    message_id = UnicodeAttribute(null=True)
    received_at = Instant()
    processed_at = Instant()
    expires_at = TTLAttribute(null=True)


class OutboxRecordItem(Item, discriminator="outbox"):
    shape = OutboxItem
    ticket = NumberAttribute(null=True)
    receipt = UnicodeAttribute(null=True)
    id = UnicodeAttribute()
    purpose = UnicodeAttribute()
    state = UnicodeAttribute()
    mailbox = UnicodeAttribute()
    to = Json(tuple[Person, ...])
    cc = Json(tuple[Person, ...], null=True)
    subject = UnicodeAttribute()
    text = UnicodeAttribute(null=True)
    message = UnicodeAttribute(null=True)
    message_id = UnicodeAttribute()
    references = Json(tuple[str, ...], null=True)
    attempts = NumberAttribute()
    generation = NumberAttribute()
    left = Json(tuple[str, ...], null=True)
    last_error = UnicodeAttribute(null=True)
    provider_id = UnicodeAttribute(null=True)
    created_at = Instant()
    sent_at = Instant(null=True)


class CorrespondentItem(Item, discriminator="correspondent"):
    shape = Correspondent
    address = UnicodeAttribute()
    autoresponses = Json(tuple[datetime, ...], null=True)


class Counter(Item, discriminator="counter"):
    value = NumberAttribute(default=0)


_LONGEST_NAME = 1000

_CLASSES: dict[str, type[Item]] = {
    cls.shape.kind: cls for cls in (TicketItem, MessageItem, MessageReferenceItem, ReceiptItem, OutboxRecordItem, CorrespondentItem)
}

_LISTED: dict[str, Callable[[Any], tuple[str, str]]] = {
    "ticket": lambda ticket: (f"ticket#{ticket.status}", instant(ticket.updated_at)),
    "receipt": lambda receipt: (f"receipt#{receipt.state}", instant(receipt.processed_at)),
    "outbox": lambda item: (f"outbox#{item.state}", instant(item.created_at)),
}


def primary_key(key: Key) -> tuple[str, str]:
    """A ticket's messages and outbox items share its partition, so that one query reads a whole ticket.
    An outbox item of no ticket is in the partition of its receipt, whose identity is no number."""
    kind, *ids = key
    if kind in {"message", "outbox"}:
        return f"{'ticket' if isinstance(ids[0], int) else 'receipt'}#{ids[0]}", f"{kind}#{ids[1]}"
    return f"{kind}#{_short(str(ids[0]))}", str(kind)


def _short(name: str) -> str:
    """A partition key has at most 2,048 bytes; a mail may name anything."""
    raw = name.encode(errors="surrogatepass")
    return name if len(raw) <= _LONGEST_NAME else f"sha256:{sha256(raw).hexdigest()}"


def to_item(record: Record) -> Item:
    pk, sk = primary_key(record.key)
    values = {name: value for name in record.__struct_fields__ if (value := getattr(record, name)) not in (None, ())}
    if listed := _LISTED.get(record.kind):
        values["listed_under"], values["listed_at"] = listed(record)
    return _CLASSES[record.kind](pk, sk, **values)


def to_record(item: Item) -> Record:
    shape = type(item).shape
    return shape(**{name: value for name in shape.__struct_fields__ if (value := getattr(item, name)) is not None})

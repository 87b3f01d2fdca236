"""Commands about receipts: what became of each fetched mail, and another try where that was not well."""

from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from maildesk.desk.holding import READ_BYTES, why_left_unread
from maildesk.desk.operate.command import Command
from maildesk.desk.operate.errors import Refused
from maildesk.desk.operate.operator import Operator
from maildesk.desk.operate.paging import After, Limit, page
from maildesk.mail.identity import fingerprint
from maildesk.ports import GiveUp, Inbound
from maildesk.tickets.records import PUSHED_MAIL, Receipt, ReceiptState

_STATES: tuple[ReceiptState, ...] = ("quarantined", "done", "discarded")

_MOST_RAW_BYTES = 4_000_000
"""An answer of a Lambda function has at most 6 MB, and base64 takes a third more."""

Identity = Annotated[str, Meta(description="its identity, as receipt.list shows it")]


class ListReceipts(Struct, frozen=True, forbid_unknown_fields=True):
    state: ReceiptState | None = None
    limit: Limit = 50
    after: After = None


class ReceiptList(Struct, frozen=True):
    receipts: tuple[Receipt, ...]
    next: str | None


class ShowReceipt(Struct, frozen=True, forbid_unknown_fields=True):
    receipt: Identity


class ReceiptShown(Struct, frozen=True):
    receipt: Receipt


class Retry(Struct, frozen=True, forbid_unknown_fields=True):
    receipt: Identity | None = None
    state: Literal["quarantined"] | None = None
    limit: Limit = 50
    after: After = None


class Left(Struct, frozen=True):
    receipt: str
    why: str


class Retried(Struct, frozen=True):
    """Identities of receipts whose mails are processed once more; those left alone, and why."""

    retried: tuple[str, ...]
    left: tuple[Left, ...] = ()
    next: str | None = None


class Raw(Struct, frozen=True):
    """The mail in base64, as it came."""

    size: int
    raw_base64: bytes


def list_some(operator: Operator, request: ListReceipts) -> ReceiptList:
    """Receipts, the latest first: of one state, or of all, the quarantined ones before those that are done and those discarded."""
    found = page(operator.store.receipts, (request.state,) if request.state else _STATES, request.limit, request.after)
    return ReceiptList(tuple(record for record in found.records if isinstance(record, Receipt)), found.next)


def show(operator: Operator, request: ShowReceipt) -> ReceiptShown:
    """What became of one mail and why, and where its raw copy is in the bucket."""
    return ReceiptShown(existing(operator, request.receipt))


def raw(operator: Operator, request: ShowReceipt) -> Raw:
    """The mail itself, byte for byte; one of more than 4 MB is fetched from the bucket instead."""
    receipt = existing(operator, request.receipt)
    copy = raw_copy(operator, receipt)
    if len(copy) > _MOST_RAW_BYTES:
        hint = f"It is in the bucket as {receipt.raw_key}."
        raise Refused("receipt", f"The mail has {len(copy)} bytes, too many for an answer.", hint)
    return Raw(len(copy), copy)


def retry(operator: Operator, request: Retry) -> Retried:
    """Processes a mail once more that is quarantined, or that made no ticket; with a state, as many of those as `limit` says, and
    `next` tells where to go on."""
    if (request.receipt is None) == (request.state is None):
        raise Refused("receipt", "Either receipt or state must be given.", "Give one receipt's identity, or state quarantined.")
    if request.receipt is not None:
        mail = _again(operator, existing(operator, request.receipt))
        operator.queues.inbound([mail])
        return Retried((mail.identity,))
    return _retry_quarantined(operator, request)


def _retry_quarantined(operator: Operator, request: Retry) -> Retried:
    mails, left = list[Inbound](), list[Left]()
    found = page(operator.store.receipts, ("quarantined",), request.limit, request.after)
    for record in found.records:
        assert isinstance(record, Receipt)
        try:
            mails.append(_again(operator, record))
        except Refused as refused:
            left.append(Left(record.identity, refused.error.message))
    operator.queues.inbound(mails)
    return Retried(tuple(mail.identity for mail in mails), tuple(left), found.next)


def existing(operator: Operator, identity: str) -> Receipt:
    receipt = operator.store.fetch([(Receipt.kind, identity)]).one(Receipt, identity)
    if receipt is None:
        raise Refused("receipt", f"There is no receipt {identity!r}.", "receipt.list shows those there are.")
    return receipt


def ticketless(operator: Operator, identity: str) -> Receipt:
    return _ticketless(existing(operator, identity))


def _ticketless(receipt: Receipt) -> Receipt:
    if receipt.ticket is not None:
        raise Refused("receipt", f"This mail is in ticket {receipt.ticket} already.", "ticket.show shows it.")
    return receipt


def raw_copy(operator: Operator, receipt: Receipt) -> bytes:
    if receipt.size > READ_BYTES and receipt.outcome != "too large":
        raise Refused("receipt", why_left_unread(receipt.size, receipt.raw_key), "Fetch it from the bucket.")
    try:
        return operator.bucket.get(receipt.raw_key)
    except GiveUp as failure:
        raise Refused("receipt", str(failure), "Without its raw copy the mail cannot be read again.") from None


def _again(operator: Operator, receipt: Receipt) -> Inbound:
    _ticketless(receipt)
    if receipt.outcome == "too large":
        _check_size(operator, receipt)
    return replace(inbound_of(receipt, raw_copy(operator, receipt)), header_only=False)


def _check_size(operator: Operator, receipt: Receipt) -> None:
    mailbox = operator.settings.fresh().mailbox(receipt.mailbox)
    taken = mailbox is None or mailbox.takes(receipt.size)
    if not receipt.raw_key.startswith(PUSHED_MAIL):
        first = "" if taken else f"Raise max_size_mb of mailbox {receipt.mailbox} first. "
        hint = f"{first}Moved out of its folder and back, the mail is fetched anew."
        raise Refused("receipt", "Only the header of this mail was fetched; the mail is still on the server.", hint)
    if not taken:
        hint = f"Raise max_size_mb of mailbox {receipt.mailbox} first."
        raise Refused("receipt", f"The mail has {receipt.size} bytes, more than max_size_mb allows.", hint)


def inbound_of(receipt: Receipt, raw: bytes) -> Inbound:
    """The mail of a receipt, to be processed once more."""
    return Inbound(
        mailbox=receipt.mailbox,
        identity=receipt.identity,
        conversation=fingerprint(raw).conversation,
        raw_key=receipt.raw_key,
        size=receipt.size,
        received_at=receipt.received_at,
        header_only=receipt.outcome == "too large",
        again=receipt.version,
    )


EXAMPLE = "0123456789abcdef0123456789abcdef"

COMMANDS = (
    Command("receipt.list", ListReceipts, list_some, {"state": "quarantined"}),
    Command("receipt.show", ShowReceipt, show, {"receipt": EXAMPLE}),
    Command("receipt.raw", ShowReceipt, raw, {"receipt": EXAMPLE}),
    Command("receipt.retry", Retry, retry, {"state": "quarantined", "limit": 10}),
)

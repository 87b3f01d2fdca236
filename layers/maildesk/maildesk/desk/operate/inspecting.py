"""A dry run: what would become of a mail now, with every decision on the way, and nothing written."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Annotated, Any

from msgspec import Meta, Struct

from maildesk.desk.bodies import Bodies
from maildesk.desk.opening import arrival_of
from maildesk.desk.operate.accounts import existing_mailbox
from maildesk.desk.operate.command import Command
from maildesk.desk.operate.errors import Refused
from maildesk.desk.operate.foreseen import Foreseen, Forwarded, Pointer, Trust, foreseen, forwarded, pointers, shortened, trust
from maildesk.desk.operate.operator import Operator
from maildesk.desk.operate.receipts import Identity, existing, inbound_of, raw_copy
from maildesk.mail.describing import describe
from maildesk.mail.identity import fingerprint
from maildesk.ports import GiveUp, Inbound
from maildesk.settings import Settings
from maildesk.tickets.records import PUSHED_MAIL, Receipt


class Inspect(Struct, frozen=True, forbid_unknown_fields=True):
    receipt: Identity | None = None
    raw: Annotated[str | None, Meta(description="a whole mail as text, header first")] = None
    raw_base64: bytes | None = None
    mailbox: Annotated[str | None, Meta(description="the mailbox a raw mail is to be taken as come to; left out, the first")] = None


class Inspected(Struct, frozen=True):
    """`kind`: person, or the kind of automatic mail. `receipt`: what became of the mail before. `writes`: the kinds of records."""

    identity: str
    conversation: str
    receipt: Receipt | None
    mail: dict[str, Any]
    kind: str
    trust: Trust
    forward: Forwarded | None
    pointers: tuple[Pointer, ...]
    decision: Foreseen
    writes: tuple[str, ...]


@dataclass(frozen=True)
class _NoBucket:
    """Takes everything and keeps nothing."""

    def put(self, key: str, content: bytes) -> None: ...

    def put_parts(self, key: str, parts: Iterable[bytes]) -> None: ...

    def get(self, key: str, most: int | None = None) -> bytes:  # noqa: ARG002
        raise GiveUp(f"Nothing is kept, {key} neither.")

    def delete_below(self, prefix: str) -> None: ...


def inspect(operator: Operator, request: Inspect) -> Inspected:
    """Shows what would become of a mail if it came now, with every decision on the way: one of a receipt, or one given as text or
    in base64. Nothing is written, and nobody is answered."""
    settings = operator.settings.fresh()
    inbound, raw = _given(operator, settings, request)
    intake = replace(operator.intake, bodies=Bodies(_NoBucket()))
    opened = intake.open(inbound, raw, arrival_of(inbound, operator.clock(), None))
    known, decision, plan = intake.rehearse(opened)
    return Inspected(
        identity=inbound.identity,
        conversation=inbound.conversation,
        receipt=operator.store.fetch([(Receipt.kind, inbound.identity)]).one(Receipt, inbound.identity),
        mail={name: shortened(value) for name, value in describe(opened.came).items()},
        kind=opened.came.automatic.kind if opened.came.automatic else "person",
        trust=trust(opened, settings),
        forward=forwarded(opened),
        pointers=pointers(opened, known),
        decision=foreseen(decision),
        writes=tuple(write.record.kind for write in plan),
    )


def _given(operator: Operator, settings: Settings, request: Inspect) -> tuple[Inbound, bytes]:
    if sum(given is not None for given in (request.receipt, request.raw, request.raw_base64)) != 1:
        raise Refused("receipt", "Exactly one of receipt, raw and raw_base64 must be given.", "Give a receipt's identity, or a whole mail.")
    if request.receipt is not None:
        receipt = existing(operator, request.receipt)
        raw = raw_copy(operator, receipt)
        return inbound_of(receipt, raw), raw
    raw = request.raw_base64 or (request.raw or "").encode(errors="replace")
    told, name = fingerprint(raw), _mailbox(settings, request.mailbox)
    entered = settings.as_set(name)
    inbound = Inbound(
        mailbox=name,
        identity=told.identity,
        conversation=told.conversation,
        raw_key=PUSHED_MAIL if entered and entered.pushed else "",
        size=len(raw),
        received_at=operator.clock(),
    )
    return inbound, raw


def _mailbox(settings: Settings, name: str | None) -> str:
    if name is not None:
        return existing_mailbox(settings, name, "mailbox").name
    return settings.mailboxes[0].name if settings.mailboxes else ""


_MAIL = "From: Anna <anna@example.com>\r\nTo: support@example.com\r\nSubject: The printer is on fire\r\n\r\nPlease help.\r\n"

COMMANDS = (Command("receipt.inspect", Inspect, inspect, {"raw": _MAIL}),)

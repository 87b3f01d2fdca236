"""A ticket made by hand of a mail that made none, and a mail that nobody wants laid aside."""

from collections.abc import Iterator
from dataclasses import replace as changed
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from maildesk.desk.opening import Opened, arrival_of
from maildesk.desk.operate.command import Command
from maildesk.desk.operate.errors import Refused
from maildesk.desk.operate.operator import Operator
from maildesk.desk.operate.people import author, named
from maildesk.desk.operate.receipts import EXAMPLE, Identity, existing, inbound_of, raw_copy, ticketless
from maildesk.desk.operate.writing import Author
from maildesk.mail.message import Address, Mail
from maildesk.mail.originals import with_original_attached
from maildesk.settings import Settings
from maildesk.tickets.arrival import answerable
from maildesk.tickets.handing_in import HandedIn
from maildesk.tickets.records import Receipt
from maildesk.tickets.writing import discarded

Text = Annotated[str, Meta(min_length=1, max_length=300)]


class MakeTicket(Struct, frozen=True, forbid_unknown_fields=True):
    receipt: Identity
    subject: Text | None = None
    requester: Annotated[str | None, Meta(description='an address, or "Name <address>"; left out, whoever sent the mail')] = None
    auto_response: bool = False
    author: Author = None


class Discard(Struct, frozen=True, forbid_unknown_fields=True):
    receipt: Identity
    reason: Text
    author: Author = None


class Changed(Struct, frozen=True):
    receipt: Receipt


def make_ticket(operator: Operator, request: MakeTicket) -> Changed:
    """Makes a ticket of a mail that made none: quarantined, automatic, too large, by an unknown sender or
    discarded. Subject and requester are the
    mail's unless given; what is known of it, and what could not be read, is in a note. The requester is not answered unless
    `auto_response` asks for it, and then under the usual limits."""
    receipt, settings = ticketless(operator, request.receipt), operator.settings.fresh()
    opened = _opened(operator, receipt)
    mail = _wished(opened.mail, request)
    _check_requester(mail, settings)
    by = author(request.author, settings, receipt.mailbox)
    handed_in = HandedIn(
        how="by hand",
        by=Address(by.name, by.address),
        came=opened.came,
        note="\n".join(_note(receipt, opened.came)),
        autoresponse=request.auto_response,
    )
    operator.intake.handle([Opened(opened.inbound, mail, replace(opened.arrival, handed_in=handed_in))])
    made = existing(operator, receipt.identity)
    if made.ticket is None:
        raise _overtaken()
    return Changed(made)


def discard(operator: Operator, request: Discard) -> Changed:
    """Lays a mail aside that made no ticket and shall make none; the reason stays on its receipt. It may be tried again later."""
    receipt, settings = ticketless(operator, request.receipt), operator.settings.fresh()
    by = author(request.author, settings, receipt.mailbox)
    write = discarded(receipt, f"Discarded by {by.address or by.name}: {request.reason}", operator.clock())
    if operator.store.commit([(write,)]) != [True]:
        raise _overtaken()
    return Changed(existing(operator, receipt.identity))


def _opened(operator: Operator, receipt: Receipt) -> Opened:
    """As far as it can be read; where that was not far, the mail itself is attached."""
    raw = raw_copy(operator, receipt)
    inbound = inbound_of(receipt, raw)
    opened = operator.intake.open(inbound, raw, arrival_of(inbound, operator.clock(), receipt.expires_at))
    return changed(opened, mail=with_original_attached(opened.mail, raw)) if opened.mail.problems else opened


def _wished(mail: Mail, request: MakeTicket) -> Mail:
    mail = changed(mail, subject=request.subject or mail.subject)
    if request.requester is None:
        return mail
    requester = named("requester", request.requester)
    return changed(mail, sender=Address(requester.name, requester.address), reply_to=())


def _check_requester(mail: Mail, settings: Settings) -> None:
    if mail.sender is None:
        raise Refused("requester", "The mail names no sender.", "Give requester: whose ticket it shall be.")
    address = answerable(mail, settings).address
    if settings.owns(address):
        raise Refused("requester", f"{address} is an address of this desk, which cannot be the requester.", "Give another requester.")


def _note(receipt: Receipt, came: Mail) -> Iterator[str]:
    yield "This ticket was made by hand. What the receipt of its mail said before:"
    yield from (f"- {reason}" for reason in receipt.reasons)
    if came.problems:
        yield "What could not be read (the mail itself is attached):"
        yield from (f"- {problem}" for problem in came.problems)


def _overtaken() -> Refused:
    return Refused("receipt", "This receipt has changed just now.", "Look at it with receipt.show, and try again.")


COMMANDS = (
    Command("receipt.make_ticket", MakeTicket, make_ticket, {"receipt": EXAMPLE, "requester": "Anna <anna@example.com>"}),
    Command("receipt.discard", Discard, discard, {"receipt": EXAMPLE, "reason": "An advertisement."}),
)

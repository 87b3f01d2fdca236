"""The writes that carry a decision out: they happen together or not at all."""

from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from maildesk.mail.message import Mail
from maildesk.settings import Mailbox
from maildesk.tickets.arrival import Arrival
from maildesk.tickets.deciding import Decision, person
from maildesk.tickets.joining import without_tags
from maildesk.tickets.records import Message, MessageReference, Plan, Receipt, StoredAttachment, Ticket, Write, replacing

QUARANTINED = frozenset({"unreadable", "too large"})
"""Outcomes that wait for somebody to look."""

_MOST_REASONS = 20
_REASON_LENGTH = 500

THREAD_LENGTH = 10
"""Message-IDs an answer refers to: the first and the latest (RFC 5322 §3.6.4 lets References be shortened)."""


class Body(Struct, frozen=True, kw_only=True):
    """What a message keeps of a mail inside the table; where `key` is set, the whole is in the bucket under it."""

    text: str
    full_text: str | None = None
    html: str | None = None
    key: str | None = None
    attachments: tuple[StoredAttachment, ...] = ()


def new_ticket(decision: Decision, mail: Mail, arrival: Arrival, number: int, mailbox: Mailbox | None = None) -> Ticket:
    """Filed as its mailbox says; without a word where that is gone."""
    assert decision.requester
    ticket = Ticket(
        number=number,
        subject=without_tags(mail.subject)[:300],
        requester=decision.requester,
        collaborators=decision.people,
        mailbox=arrival.mailbox,
        thread=(mail.message_id,) if mail.message_id else (),
        linked_to=decision.linked_to,
        created_at=arrival.received_at,
        updated_at=arrival.now,
    )
    if mailbox is None:
        return ticket
    return replace(ticket, group=mailbox.group, ticket_type=mailbox.ticket_type, priority=mailbox.priority)


def opening(decision: Decision, mail: Mail, arrival: Arrival, ticket: Ticket, body: Body) -> Plan:
    return (receipt(decision, mail, arrival, ticket.number), Write(ticket), *_message(mail, arrival, ticket.number, body))


def joining(decision: Decision, mail: Mail, arrival: Arrival, ticket: Ticket, body: Body) -> Plan:
    """The ticket as it is with this mail added: reopened by a person, never by a machine."""
    changed = replace(
        ticket,
        status=ticket.status if mail.automatic or mail.bounce else "open",
        collaborators=(*ticket.collaborators, *decision.people),
        thread=lengthened(ticket.thread, mail.message_id),
        updated_at=arrival.now,
        version=ticket.version + 1,
    )
    return (receipt(decision, mail, arrival, ticket.number), replacing(changed), *_message(mail, arrival, ticket.number, body))


def _message(mail: Mail, arrival: Arrival, number: int, body: Body) -> Plan:
    assert mail.sender
    message = Message(
        ticket=number,
        id=arrival.id,
        direction="in",
        author=person(mail.sender),
        text=body.text,
        full_text=body.full_text,
        html=body.html,
        body_key=body.key,
        attachments=body.attachments,
        message_id=mail.message_id,
        receipt=arrival.identity,
        automatic=mail.automatic.kind if mail.automatic else None,
        created_at=arrival.received_at,
    )
    return (Write(message, expects=None), *_reference(mail.message_id, arrival, number))


def note(arrival: Arrival, number: int, body: Body) -> Plan:
    """Beside the message of a mail that was handed in: what was said with it. An agent may answer it."""
    handed_in = arrival.handed_in
    assert handed_in
    forwarded_as = handed_in.came.message_id if handed_in.how == "forward" else None
    message = Message(
        ticket=number,
        id=f"{arrival.id}n",
        direction="note",
        author=person(handed_in.by),
        text=body.text,
        full_text=body.full_text,
        html=body.html,
        body_key=body.key,
        attachments=body.attachments,
        message_id=forwarded_as,
        receipt=arrival.identity,
        created_at=arrival.received_at,
    )
    return (Write(message, expects=None), *_reference(forwarded_as, arrival, number))


def _reference(message_id: str | None, arrival: Arrival, number: int) -> Plan:
    if message_id is None or message_id in arrival.ids_taken:
        return ()
    return (Write(MessageReference(message_id=message_id, ticket=number)),)


def receipt(decision: Decision, mail: Mail, arrival: Arrival, number: int | None) -> Write:
    """The receipt of a decision on the mail that came; a mail nobody could read is quarantined."""
    before = arrival.tried_before
    came = arrival.handed_in.came if arrival.handed_in else mail
    return replacing(
        Receipt(
            identity=arrival.identity,
            mailbox=arrival.mailbox,
            raw_key=arrival.raw_key,
            size=arrival.size,
            state="quarantined" if decision.outcome in QUARANTINED else "done",
            outcome=decision.outcome,
            reasons=tuple(reason[:_REASON_LENGTH] for reason in decision.reasons[:_MOST_REASONS]),
            ticket=number,
            subject=came.subject[:200],
            sender=came.sender.address if came.sender else "",
            message_id=came.message_id,
            received_at=arrival.received_at,
            processed_at=arrival.now,
            expires_at=arrival.expires_at,
            version=before.version + 1 if before else 1,
        )
    )


def quarantine(arrival: Arrival, reason: str) -> Write:
    """The receipt of a mail nobody could read so far."""
    return receipt(Decision(outcome="unreadable", reasons=(reason,)), Mail(subject="", sender=None), arrival, None)


def discarded(receipt: Receipt, reason: str, now: datetime) -> Write:
    """The receipt of a mail that somebody has looked at and wants no more of; its outcome stays what it was."""
    reasons = (*receipt.reasons[: _MOST_REASONS - 1], reason[:_REASON_LENGTH])
    return replacing(replace(receipt, state="discarded", reasons=reasons, processed_at=now, version=receipt.version + 1))


def arrived_again(receipt: Receipt, mailbox: str) -> Write | None:
    """The receipt with the note that the same mail came by another mailbox too; None where that is noted or no news."""
    reason = f"The same mail also arrived in mailbox {mailbox}; it was not processed twice."
    if mailbox == receipt.mailbox or reason in receipt.reasons:
        return None
    return replacing(replace(receipt, reasons=(*receipt.reasons, reason), version=receipt.version + 1))


def lengthened(thread: tuple[str, ...], message_id: str | None) -> tuple[str, ...]:
    """The thread with one more Message-ID, its middle dropped where it grows too long."""
    if message_id is None or message_id in thread:
        return thread
    longer = (*thread, message_id)
    return longer if len(longer) <= THREAD_LENGTH else (longer[0], *longer[-THREAD_LENGTH + 1 :])

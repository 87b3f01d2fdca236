"""Mails that leave: the auto-response to a new ticket and the answer to a person, as outbox items."""

import re
from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from maildesk.mail.message import Mail
from maildesk.settings import Sender
from maildesk.tickets.arrival import Arrival, Known, answerable
from maildesk.tickets.autoresponse import filled_in, recent
from maildesk.tickets.deciding import person
from maildesk.tickets.joining import without_tags
from maildesk.tickets.records import Correspondent, Message, OutboxItem, Plan, Ticket, Write, replacing
from maildesk.tickets.tokens import sign
from maildesk.tickets.writing import lengthened

_REPLIES = re.compile(r"^(?:re:\s*)+", re.IGNORECASE)


def autoresponse(ticket: Ticket, arrival: Arrival, known: Known, keys: Sequence[bytes]) -> tuple[Ticket, Plan]:
    """The ticket with the auto-response in its thread; the auto-response, and the note that this person got one."""
    settings = known.settings
    sender = settings.sender_for(settings.mailbox(ticket.mailbox))
    assert sender
    wishes, name = settings.desk.autoresponse, ticket.requester.name or ticket.requester.address
    values = {"number": str(ticket.number), "subject": ticket.subject, "name": name, "desk": settings.desk.name}
    item = OutboxItem(
        ticket=ticket.number,
        id=arrival.id,
        purpose="auto-response",
        mailbox=ticket.mailbox,
        to=(ticket.requester,),
        subject=_REPLIES.sub("Re: ", filled_in(wishes.subject, values)),
        text=filled_in(wishes.text, values),
        message_id=message_id(keys, ticket.number, arrival.id, sender),
        references=ticket.thread,
        created_at=arrival.now,
    )
    answered = replace(ticket, thread=lengthened(ticket.thread, item.message_id))
    return answered, (Write(item), _remembered(ticket.requester.address.lower(), known.correspondent, arrival.now))


def size_notice(mail: Mail, arrival: Arrival, known: Known) -> Plan:
    """A mail to whoever sent one that is too large, and the note that this person got it. It belongs to the receipt, which is
    written but once."""
    settings, to = known.settings, person(answerable(mail, known.settings))
    mailbox = settings.mailbox(arrival.mailbox)
    sender = settings.sender_for(mailbox)
    assert mailbox and sender
    values = {
        "size": f"{arrival.size / 1024 / 1024:.1f}",
        "limit": str(mailbox.max_size_mb),
        "subject": mail.subject,
        "name": to.name or to.address,
        "desk": settings.desk.name,
    }
    item = OutboxItem(
        receipt=arrival.identity,
        id=arrival.id,
        purpose="size notice",
        mailbox=arrival.mailbox,
        to=(to,),
        subject=reply_subject(without_tags(mail.subject)[:300]),
        text=filled_in(settings.desk.size_notice_text, values),
        message_id=f"{arrival.identity}.too-large@{sender.address.rpartition('@')[2]}",
        references=(mail.message_id,) if mail.message_id else (),
        created_at=arrival.now,
    )
    return (Write(item), _remembered(to.address.lower(), known.correspondent, arrival.now))


def made_known(ticket: Ticket, known: Known) -> Plan:
    """Whoever has had a ticket is no unknown sender from then on."""
    return () if known.correspondent else (Write(Correspondent(address=ticket.requester.address.lower())),)


def _remembered(address: str, correspondent: Correspondent | None, now: datetime) -> Write:
    before = recent(correspondent, now) if correspondent else ()
    version = correspondent.version + 1 if correspondent else 1
    return replacing(Correspondent(address=address, autoresponses=(*before, now), version=version))


def answer(ticket: Ticket, message: Message, sender: Sender, keys: Sequence[bytes]) -> OutboxItem:
    """An agent's answer, to the requester with the collaborators in copy."""
    return OutboxItem(
        ticket=ticket.number,
        id=message.id,
        purpose="answer",
        mailbox=ticket.mailbox,
        to=(ticket.requester,),
        cc=ticket.collaborators,
        subject=reply_subject(ticket.subject),
        message=message.id,
        message_id=message_id(keys, ticket.number, message.id, sender),
        references=ticket.thread,
        created_at=message.created_at,
    )


def message_id(keys: Sequence[bytes], ticket: int, entry: str, sender: Sender) -> str:
    """The Message-ID of a mail we send carries its token (RFC 5322 §3.6.4 leaves the left side to us)."""
    return f"{sign(keys, ticket, entry, 'c')}@{sender.address.rpartition('@')[2]}"


def reply_subject(subject: str) -> str:
    """RFC 5322 §3.6.5: one `Re: `, never two."""
    return _REPLIES.sub("Re: ", f"Re: {subject}")


def entry_id(now: datetime, unique: str) -> str:
    """An id that sorts by time: milliseconds since 1970 in 11 hex digits, then eight of `unique`."""
    return f"{int(now.timestamp() * 1000):011x}{unique[:8]}"

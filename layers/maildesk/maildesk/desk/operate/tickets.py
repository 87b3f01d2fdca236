"""Commands about tickets."""

from email.utils import parseaddr
from typing import Annotated, Any, get_args
from uuid import uuid4

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from maildesk.desk.operate.attaching import File, attachment
from maildesk.desk.operate.command import Command
from maildesk.desk.operate.entries import Entry, entries
from maildesk.desk.operate.errors import Refused
from maildesk.desk.operate.operator import Operator
from maildesk.desk.operate.paging import After, Limit, page
from maildesk.desk.operate.ticket_changes import change_ticket, changed, existing_ticket
from maildesk.settings import EmailAddress, Sender, Settings
from maildesk.tickets import answering
from maildesk.tickets.records import Direction, Message, Person, Plan, Status, Ticket, Write, replacing
from maildesk.tickets.writing import lengthened

Text = Annotated[str, Meta(min_length=1)]
Author = Annotated[str | None, Meta(description='an address, or "Name <address>"; left out, the desk speaks')]


class ListTickets(Struct, frozen=True, forbid_unknown_fields=True):
    status: Status | None = None
    limit: Limit = 50
    after: After = None


class TicketList(Struct, frozen=True):
    tickets: tuple[Ticket, ...]
    next: str | None


class ShowTicket(Struct, frozen=True, forbid_unknown_fields=True):
    ticket: int


class TicketShown(Struct, frozen=True):
    ticket: Ticket
    entries: tuple[Entry, ...]


class Reply(Struct, frozen=True, forbid_unknown_fields=True):
    ticket: int
    text: Text
    author: Author = None
    status: Status = "pending"
    attachments: tuple[File, ...] = ()


class Note(Struct, frozen=True, forbid_unknown_fields=True):
    ticket: int
    text: Text
    author: Author = None
    attachments: tuple[File, ...] = ()


class Assign(Struct, frozen=True, forbid_unknown_fields=True):
    ticket: int
    assignee: EmailAddress | None


class SetStatus(Struct, frozen=True, forbid_unknown_fields=True):
    ticket: int
    status: Status


class Written(Struct, frozen=True):
    """`message`: the new entry's id."""

    ticket: int
    message: str
    status: Status


class TicketShort(Struct, frozen=True):
    ticket: Ticket


def list_some(operator: Operator, request: ListTickets) -> TicketList:
    """Tickets, the latest change first: of one status, or of all, the open ones before the pending and the closed."""
    states = (request.status,) if request.status else get_args(Status)
    found = page(operator.store.tickets, states, request.limit, request.after)
    return TicketList(tuple(record for record in found.records if isinstance(record, Ticket)), found.next)


def show(operator: Operator, request: ShowTicket) -> TicketShown:
    """A ticket with all its messages and mails sent, the oldest first."""
    return TicketShown(existing_ticket(operator, request.ticket), entries(operator, request.ticket))


def reply(operator: Operator, request: Reply) -> Written:
    """Answers the requester by mail, with the collaborators in copy."""
    settings = operator.settings.fresh()
    message = _message(operator, request, "out", settings)

    def plan(ticket: Ticket) -> Plan:
        item = answering.answer(ticket, message, _sender(settings, ticket), operator.secrets.token_keys())
        thread = lengthened(ticket.thread, item.message_id)
        answered = changed(operator, ticket, status=request.status, thread=thread)
        return (replacing(answered), Write(replace(message, message_id=item.message_id)), Write(item))

    ticket = change_ticket(operator, request.ticket, plan)
    return Written(ticket.number, message.id, ticket.status)


def note(operator: Operator, request: Note) -> Written:
    """Adds a note for the agents; it is never sent."""
    message = _message(operator, request, "note", operator.settings.fresh())
    ticket = change_ticket(operator, request.ticket, lambda ticket: (replacing(changed(operator, ticket)), Write(message)))
    return Written(ticket.number, message.id, ticket.status)


def assign(operator: Operator, request: Assign) -> TicketShort:
    """Gives a ticket to an agent, by address; to nobody with null."""
    return TicketShort(_set(operator, request.ticket, assignee=request.assignee))


def set_status(operator: Operator, request: SetStatus) -> TicketShort:
    """Opens or closes a ticket, or sets it aside as pending."""
    return TicketShort(_set(operator, request.ticket, status=request.status))


def _set(operator: Operator, number: int, **fields: Any) -> Ticket:
    def plan(ticket: Ticket) -> Plan:
        same = all(getattr(ticket, name) == value for name, value in fields.items())
        return () if same else (replacing(changed(operator, ticket, **fields)),)

    return change_ticket(operator, number, plan)


def _sender(settings: Settings, ticket: Ticket) -> Sender:
    sender = settings.sender_for(settings.mailbox(ticket.mailbox))
    if sender is None:
        raise Refused(None, "No sender is set up, so nothing can be sent.", "Add one with sender.put.")
    return sender


def _message(operator: Operator, request: Reply | Note, direction: Direction, settings: Settings) -> Message:
    """The message of a ticket that exists, its files and long text in the bucket."""
    ticket, now = existing_ticket(operator, request.ticket), operator.clock()
    if direction == "out":
        _sender(settings, ticket)
    author = _author(request.author) if request.author else _desk(settings, ticket)
    entry = answering.entry_id(now, uuid4().hex)
    body = operator.bodies.keep_written(request.text, f"{ticket.number}.{entry}", [attachment(file) for file in request.attachments])
    return Message(
        ticket=ticket.number,
        id=entry,
        direction=direction,
        author=author,
        text=body.text,
        body_key=body.key,
        attachments=body.attachments,
        created_at=now,
    )


def _author(given: str) -> Person:
    name, address = parseaddr(given)
    try:
        return Person(name, msgspec.convert(address, EmailAddress))
    except msgspec.ValidationError:
        hint = "Write it as agent@example.com, or as Anna <agent@example.com>."
        raise Refused("author", "author must be an address, with or without a name before it.", hint) from None


def _desk(settings: Settings, ticket: Ticket) -> Person:
    mailbox = settings.mailbox(ticket.mailbox)
    return Person(settings.desk.name, mailbox.address if mailbox else "")


COMMANDS = (
    Command("ticket.list", ListTickets, list_some, {"status": "open", "limit": 20}),
    Command("ticket.show", ShowTicket, show, {"ticket": 1}),
    Command("ticket.reply", Reply, reply, {"ticket": 1, "author": "Anna <anna@example.com>", "text": "Hello,\n\nplease try once more."}),
    Command("ticket.note", Note, note, {"ticket": 1, "author": "anna@example.com", "text": "The customer called."}),
    Command("ticket.assign", Assign, assign, {"ticket": 1, "assignee": "anna@example.com"}),
    Command("ticket.set_status", SetStatus, set_status, {"ticket": 1, "status": "closed"}),
)

"""Commands about tickets."""

from typing import Any, get_args

from msgspec import Struct
from msgspec.structs import replace

from maildesk.desk.operate.command import Command
from maildesk.desk.operate.entries import Entry, entries
from maildesk.desk.operate.errors import Refused
from maildesk.desk.operate.operator import Operator
from maildesk.desk.operate.paging import After, Limit, page
from maildesk.desk.operate.ticket_changes import change_ticket, existing_ticket, next_version
from maildesk.desk.operate.writing import Writing, new_message
from maildesk.settings import EmailAddress
from maildesk.tickets.answering import answer
from maildesk.tickets.records import Plan, Status, Ticket, Write, replacing
from maildesk.tickets.writing import lengthened


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


class Reply(Writing, frozen=True, forbid_unknown_fields=True):
    status: Status = "pending"


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
    settings, ticket = operator.settings.fresh(), existing_ticket(operator, request.ticket)
    sender = settings.sender_for(settings.mailbox(ticket.mailbox))
    if sender is None:
        raise Refused(None, "No sender is set up, so nothing can be sent.", "Add one with sender.put.")
    message, keys = new_message(operator, settings, ticket, request, "out"), operator.secrets.token_keys()

    def plan(ticket: Ticket) -> Plan:
        item = answer(ticket, message, sender, keys)
        answered = next_version(operator, ticket, status=request.status, thread=lengthened(ticket.thread, item.message_id))
        return (replacing(answered), Write(replace(message, message_id=item.message_id)), Write(item))

    return Written(ticket.number, message.id, change_ticket(operator, ticket, plan).status)


def note(operator: Operator, request: Writing) -> Written:
    """Adds a note for the agents; it is never sent."""
    ticket = existing_ticket(operator, request.ticket)
    message = new_message(operator, operator.settings.fresh(), ticket, request, "note")
    changed = change_ticket(operator, ticket, lambda ticket: (replacing(next_version(operator, ticket)), Write(message)))
    return Written(ticket.number, message.id, changed.status)


def assign(operator: Operator, request: Assign) -> TicketShort:
    """Gives a ticket to an agent, by address; to nobody with null."""
    return TicketShort(_set(operator, request.ticket, assignee=request.assignee))


def set_status(operator: Operator, request: SetStatus) -> TicketShort:
    """Opens or closes a ticket, or sets it aside as pending."""
    return TicketShort(_set(operator, request.ticket, status=request.status))


def _set(operator: Operator, number: int, **fields: Any) -> Ticket:
    def plan(ticket: Ticket) -> Plan:
        same = all(getattr(ticket, name) == value for name, value in fields.items())
        return () if same else (replacing(next_version(operator, ticket, **fields)),)

    return change_ticket(operator, existing_ticket(operator, number), plan)


COMMANDS = (
    Command("ticket.list", ListTickets, list_some, {"status": "open", "limit": 20}),
    Command("ticket.show", ShowTicket, show, {"ticket": 1}),
    Command("ticket.reply", Reply, reply, {"ticket": 1, "author": "Anna <anna@example.com>", "text": "Hello,\n\nplease try once more."}),
    Command("ticket.note", Writing, note, {"ticket": 1, "author": "anna@example.com", "text": "The customer called."}),
    Command("ticket.assign", Assign, assign, {"ticket": 1, "assignee": "anna@example.com"}),
    Command("ticket.set_status", SetStatus, set_status, {"ticket": 1, "status": "closed"}),
)

"""Changes of one ticket, done again where others were faster."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from maildesk.desk.operate.errors import Refused
from maildesk.desk.operate.operator import Operator
from maildesk.tickets.records import Plan, Ticket

_TRIES = 5


def existing_ticket(operator: Operator, number: int) -> Ticket:
    ticket = operator.store.fetch([(Ticket.kind, number)]).one(Ticket, number)
    if ticket is None:
        raise Refused("ticket", f"There is no ticket {number}.", "ticket.list shows those there are.")
    return ticket


def change_ticket(operator: Operator, ticket: Ticket, plan: Callable[[Ticket], Plan]) -> Ticket:
    """Commits what `plan` makes of the ticket as it is; an empty plan changes nothing. Returns the ticket as it is then."""
    for _ in range(_TRIES):
        writes = plan(ticket)
        if not writes or operator.store.commit([writes]) == [True]:
            return next((write.record for write in writes if isinstance(write.record, Ticket)), ticket)
        ticket = existing_ticket(operator, ticket.number)
    raise Refused(None, f"Others keep changing ticket {ticket.number}.", "Try again.")


def next_version(operator: Operator, ticket: Ticket, **fields: Any) -> Ticket:
    return replace(ticket, updated_at=operator.clock(), version=ticket.version + 1, **fields)

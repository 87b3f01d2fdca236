"""What becomes of a mail: one pure decision, explained."""

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from maildesk.mail.message import Address, Mail
from maildesk.settings import Settings
from maildesk.tickets.arrival import Arrival, Known, answerable
from maildesk.tickets.autoresponse import verdict
from maildesk.tickets.joining import Candidate, may_join, tag
from maildesk.tickets.records import PUSHED_MAIL, Outcome, Person, Ticket
from maildesk.tickets.size_notice import size_notice

TICKETLESS_KINDS = frozenset({"auto-reply", "out-of-office", "bounce", "feedback-report", "read-receipt", "challenge"})
"""Automatic mail that is no request by itself. Machines' own mail and mailing lists open tickets: a web form or a group
address may stand behind them. None of either is ever auto-answered."""

MOST_PEOPLE = 50
"""Collaborators a ticket takes from mail: a copy list longer than that is no conversation, and an item has its limits."""

_BROKE_OFF = (
    "The server broke off each time this mail of {size} bytes was read. Look at it with another mail program;"
    " moved out of its folder and back, it is tried again."
)
_STAYS = "It stays on the server; only its header was read."
_STORED = "All of it is in the bucket; with a larger max_size_mb, receipt.retry reads it."

_IF_WELCOME = "receipt.make_ticket makes a ticket of it all the same; desk.customers names whom to know."


_HANDED_IN = {
    "forward": "It is a forward, taken as if {writer} had sent the original here; the words above it are a note.",
    "by hand": "The ticket was made by hand, by {by}.",
}


class Decision(Struct, frozen=True, kw_only=True):
    """`joins`: the ticket the mail is added to; with outcome "new ticket" one is opened, linked to `linked_to`.
    `requester` is its; `people` take part from now on. `size_notice`: the sender is told that the mail is too large."""

    outcome: Outcome
    reasons: tuple[str, ...]
    joins: Ticket | None = None
    linked_to: int | None = None
    requester: Person | None = None
    people: tuple[Person, ...] = ()
    autoresponse: bool = False
    size_notice: bool = False


def decide(mail: Mail, arrival: Arrival, known: Known) -> Decision:
    """The first rule with something to say decides. A mail that is handed in by hand has one rule only: somebody decided already."""
    rules = (_new_ticket,) if _by_hand(arrival) else _RULES
    decision = next(decision for rule in rules if (decision := rule(mail, arrival, known)))
    return replace(decision, reasons=(*decision.reasons, *_whose(mail, arrival)))


def _by_hand(arrival: Arrival) -> bool:
    return arrival.handed_in is not None and arrival.handed_in.how == "by hand"


def _whose(mail: Mail, arrival: Arrival) -> Iterator[str]:
    """What is known of who wrote the mail, where that is more than an address, and who refused it."""
    if arrival.standing.reason:
        yield arrival.standing.reason
    if (before := arrival.tried_before) and before.mailbox != arrival.mailbox:
        yield f"It came to mailbox {before.mailbox} too, which did not take it ({before.outcome})."
    if arrival.handed_in and mail.sender:
        by = arrival.handed_in.by
        yield _HANDED_IN[arrival.handed_in.how].format(writer=mail.sender.address, by=by.address or by.name)


def _unread(mail: Mail, arrival: Arrival, known: Known) -> Decision | None:
    if arrival.header_only:
        notice = size_notice(mail, arrival, known)
        reasons = (_why_unread(arrival, known.settings), _where(arrival), *((notice.reason,) if notice else ()))
        return Decision(outcome="too large", reasons=reasons, size_notice=bool(notice and notice.due))
    if arrival.left_unread:
        return Decision(outcome="unreadable", reasons=(arrival.left_unread,))
    if mail.sender is None:
        return Decision(outcome="unreadable", reasons=("The mail names no sender, so nobody could be answered.", *mail.problems))
    return None


def _our_own(mail: Mail, _: Arrival, known: Known) -> Decision | None:
    if mail.sender and known.settings.owns(mail.sender.address):
        return Decision(outcome="automatic", reasons=(f"It was sent from {mail.sender.address}, an address of this desk.",))
    return None


def _joining(mail: Mail, arrival: Arrival, known: Known) -> Decision | None:
    for pointer, ticket in known.pointed_at:
        if may_enter(mail, arrival, pointer, ticket):
            return _joined(mail, pointer, ticket, _newcomers(ticket.requester, ticket.collaborators, mail, known.settings))
    return None


def may_enter(mail: Mail, arrival: Arrival, pointer: Candidate, ticket: Ticket) -> bool:
    """An agent may write in any ticket; a mail an agent forwards has the rights of its own writer."""
    return (arrival.standing.agent and arrival.handed_in is None) or may_join(mail, pointer, ticket)


def _automatic(mail: Mail, arrival: Arrival, _: Known) -> Decision | None:
    """What an agent forwards is a request, whatever it was before."""
    if mail.automatic and mail.automatic.kind in TICKETLESS_KINDS and arrival.handed_in is None:
        return _kept_apart(mail)
    return None


def _unknown(mail: Mail, arrival: Arrival, known: Known) -> Decision | None:
    if not known.is_unwelcome(mail, arrival):
        return None
    why = f"Mailbox {arrival.mailbox} ignores unknown senders, and nobody here knows {answerable(mail, known.settings).address}."
    return Decision(outcome="unknown sender", reasons=(why, _IF_WELCOME))


def _new_ticket(mail: Mail, arrival: Arrival, known: Known) -> Decision:
    linked_to, reasons = _why_new(mail, arrival, known.pointed_at)
    answer, requester = verdict(mail, arrival, known), person(answerable(mail, known.settings))
    return Decision(
        outcome="new ticket",
        reasons=(*reasons, answer.reason),
        linked_to=linked_to,
        requester=requester,
        people=_newcomers(requester, (), mail, known.settings),
        autoresponse=answer.due,
    )


_RULES: tuple[Callable[[Mail, Arrival, Known], Decision | None], ...] = (_unread, _our_own, _joining, _automatic, _unknown, _new_ticket)


def _why_unread(arrival: Arrival, settings: Settings) -> str:
    mailbox = settings.mailbox(arrival.mailbox)
    if arrival.broke_off:
        return _BROKE_OFF.format(size=arrival.size)
    if mailbox and not mailbox.takes(arrival.size):
        return f"The mail has {arrival.size} bytes, more than the mailbox's `max_size_mb` of {mailbox.max_size_mb} allows."
    return f"The server did not give this mail of {arrival.size} bytes, or not within the four minutes that a poll has for it."


def _where(arrival: Arrival) -> str:
    return _STORED if arrival.raw_key.startswith(PUSHED_MAIL) else _STAYS


def _newcomers(requester: Person, collaborators: tuple[Person, ...], mail: Mail, settings: Settings) -> tuple[Person, ...]:
    """Whoever is in copy and neither takes part already nor is one of us."""
    present = {one.address.lower() for one in (requester, *collaborators)}
    ours = (settings.owns, settings.employs)
    copied = {one.address.lower(): person(one) for one in mail.cc if not any(knows(one.address) for knows in ours)}
    room = max(0, MOST_PEOPLE - len(collaborators))
    return tuple(one for key, one in copied.items() if key not in present)[:room]


def _joined(mail: Mail, pointer: Candidate, ticket: Ticket, copied: tuple[Person, ...]) -> Decision:
    evidence = {
        "token": "it answers a mail of ours (its signed token is right)",
        "message-id": "it answers a mail of that ticket",
        "subject tag": f"its subject carries {tag(ticket.number)}",
    }[pointer.evidence]
    if mail.bounce:
        return Decision(outcome="bounce", joins=ticket, reasons=(f"A bounce of a mail of ticket #{ticket.number}: {evidence}.",))
    reasons = [f"Joined ticket #{ticket.number}: {evidence}."]
    if mail.automatic:
        reasons.append(f"It is automatic ({mail.automatic.kind}: {mail.automatic.reason}), so it does not reopen the ticket.")
        return Decision(outcome="joined", joins=ticket, reasons=tuple(reasons))
    if ticket.status != "open":
        reasons.append(f"The ticket was {ticket.status} and is open again.")
    return Decision(outcome="joined", joins=ticket, reasons=tuple(reasons), people=copied)


def _kept_apart(mail: Mail) -> Decision:
    assert mail.automatic
    outcome: Outcome = "bounce" if mail.automatic.kind == "bounce" else "automatic"
    return Decision(
        outcome=outcome,
        reasons=(f"Automatic mail ({mail.automatic.kind}): {mail.automatic.reason}.", "It belongs to no ticket of ours, so it opens none."),
    )


def _why_new(mail: Mail, arrival: Arrival, pointed_at: Sequence[tuple[Candidate, Ticket]]) -> tuple[int | None, tuple[str, ...]]:
    if not pointed_at:
        return None, ("New ticket: the mail points at no ticket of ours.",)
    pointer, ticket = pointed_at[0]
    assert mail.sender
    why = "a ticket of its own was asked for" if _by_hand(arrival) else f"{mail.sender.address} takes no part in that one"
    return ticket.number, (
        f"New ticket: the mail points at ticket #{ticket.number} (by {pointer.evidence}), but {why}. The two are linked.",
    )


def person(address: Address) -> Person:
    return Person(name=address.name, address=address.address)

"""What `receipt.inspect` shows of the decisions about a mail."""

from typing import Any

from msgspec import Struct

from maildesk.desk.opening import Opened, trusted
from maildesk.mail.authentication import proof_of_origin
from maildesk.settings import Settings
from maildesk.tickets.arrival import Known
from maildesk.tickets.deciding import Decision, may_enter
from maildesk.tickets.joining import Candidate, Evidence
from maildesk.tickets.records import Outcome, Person

_LONGEST_TEXT = 200_000
"""Characters of each text that are shown: an answer of a Lambda function has at most 6 MB."""


class Trust(Struct, frozen=True):
    """`proved`: whether the mail comes from the domain of its From; `agent`: whether it counts as an agent's."""

    proved: bool
    agent: bool
    reason: str


class Pointer(Struct, frozen=True):
    """`may_join`: whether the writer may add to that ticket; None where there is no such ticket any more."""

    ticket: int
    evidence: Evidence
    may_join: bool | None


class Forwarded(Struct, frozen=True):
    """`by`'s mail is taken as if `writer` had sent the original here."""

    by: str
    writer: str
    subject: str
    text: str
    note: str


class Foreseen(Struct, frozen=True):
    outcome: Outcome
    reasons: tuple[str, ...]
    joins: int | None
    linked_to: int | None
    requester: Person | None
    people: tuple[Person, ...]
    auto_response: bool


def trust(opened: Opened, settings: Settings) -> Trust:
    proof, standing = proof_of_origin(opened.came, trusted(opened.inbound, settings)), opened.arrival.standing
    return Trust(proof.holds, standing.agent, standing.reason or f"{proof.reason}.")


def forwarded(opened: Opened) -> Forwarded | None:
    handed_in, mail = opened.arrival.handed_in, opened.mail
    if handed_in is None or mail.sender is None:
        return None
    return Forwarded(handed_in.by.address, mail.sender.address, mail.subject, shortened(mail.text), handed_in.note)


def pointers(opened: Opened, known: Known) -> tuple[Pointer, ...]:
    def may(pointer: Candidate) -> bool | None:
        ticket = known.tickets.get(pointer.ticket)
        return may_enter(opened.mail, opened.arrival, pointer, ticket) if ticket else None

    return tuple(Pointer(pointer.ticket, pointer.evidence, may(pointer)) for pointer in known.pointers)


def foreseen(decision: Decision) -> Foreseen:
    return Foreseen(
        outcome=decision.outcome,
        reasons=decision.reasons,
        joins=decision.joins.number if decision.joins else None,
        linked_to=decision.linked_to,
        requester=decision.requester,
        people=decision.people,
        auto_response=decision.autoresponse,
    )


def shortened(value: Any) -> Any:
    return value[:_LONGEST_TEXT] + "…" if isinstance(value, str) and len(value) > _LONGEST_TEXT else value

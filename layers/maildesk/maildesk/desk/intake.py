"""From read mail to stored decision: what is known is fetched at once, decided purely, written in as few transactions as can be."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from maildesk.desk.bodies import Bodies
from maildesk.desk.opening import Opened, open_mail
from maildesk.desk.remembered import settings_with
from maildesk.mail.message import Mail
from maildesk.ports import Inbound, Secrets, SettingsStore, Store, TryAgain
from maildesk.settings import Settings
from maildesk.telemetry import logger
from maildesk.tickets import answering, writing
from maildesk.tickets.arrival import Arrival, Known, answerable, takes
from maildesk.tickets.deciding import Decision, decide
from maildesk.tickets.joining import candidates
from maildesk.tickets.records import Correspondent, Found, Key, MessageReference, Plan, Receipt, Ticket

_TRIES = 5
"""Of one mail against others that change the same ticket at the same moment."""

_NO_TICKET = 0
"""The number of a ticket that is only rehearsed."""


@dataclass(frozen=True)
class Intake:
    store: Store
    settings: SettingsStore
    secrets: Secrets
    bodies: Bodies

    def open(self, inbound: Inbound, raw: bytes, arrival: Arrival) -> Opened:
        return open_mail(inbound, raw, arrival, settings_with(inbound.mailbox, self.settings), self.secrets.token_keys())

    def handle(self, wave: Sequence[Opened]) -> None:
        """Decides these mails, which have no mark in common, and writes it down."""
        for _ in range(_TRIES):
            wave = self._left_over(wave)
            if not wave:
                return
        raise TryAgain("Other mails keep changing the same tickets.")

    def rehearse(self, opened: Opened) -> tuple[Known, Decision, Plan]:
        """What `handle` would know, decide and write now, were this mail due."""
        stored = self.store.fetch(_needed(opened))
        due = self._informed(opened, stored)
        (known,) = self._known([due], stored)
        decision = decide(due.mail, due.arrival, known)
        return known, decision, self._plan(due, decision, known, iter([_NO_TICKET]))

    def _left_over(self, wave: Sequence[Opened]) -> list[Opened]:
        """Carries out what can be; returns the mails whose tickets had changed meanwhile."""
        stored = self.store.fetch(key for opened in wave for key in _needed(opened))
        due = [due for opened in wave if (due := self._due(opened, stored))]
        known = self._known(due, stored)
        decisions = [decide(opened.mail, opened.arrival, knowing) for opened, knowing in zip(due, known, strict=True)]
        numbers = self._numbers(decisions)
        plans = [self._plan(*planned, numbers) for planned in zip(due, decisions, known, strict=True)]
        committed = self.store.commit(plans)
        for opened, decision, done in zip(due, decisions, committed, strict=True):
            logger.debug("decided", receipt=opened.inbound.identity, outcome=decision.outcome, written=done)
        return [opened for opened, done in zip(due, committed, strict=True) if not done]

    def _due(self, opened: Opened, stored: Found) -> Opened | None:
        """A mail with a receipt is done, unless somebody asked to process just that receipt again, or only another mailbox refused it."""
        receipt = stored.one(Receipt, opened.inbound.identity)
        if receipt is None or receipt.version == opened.inbound.again or takes(opened.arrival, receipt, self.settings.load()):
            return self._informed(opened, stored)
        if note := writing.arrived_again(receipt, opened.inbound.mailbox):
            self.store.commit([(note,)])
        return None

    def _informed(self, opened: Opened, stored: Found) -> Opened:
        taken = frozenset(one for one in opened.own_ids if stored.one(MessageReference, one))
        before = stored.one(Receipt, opened.inbound.identity)
        return Opened(opened.inbound, opened.mail, replace(opened.arrival, tried_before=before, ids_taken=taken))

    def _known(self, due: Sequence[Opened], stored: Found) -> list[Known]:
        settings, keys = self.settings.load(), self.secrets.token_keys()

        def ticket_of(message_id: str) -> int | None:
            reference = stored.one(MessageReference, message_id)
            return reference.ticket if reference else None

        pointers = [candidates(opened.mail, keys, ticket_of) for opened in due]
        tickets = self.store.fetch((Ticket.kind, pointer.ticket) for some in pointers for pointer in some)
        return [
            Known(
                pointers=some,
                tickets={pointer.ticket: ticket for pointer in some if (ticket := tickets.one(Ticket, pointer.ticket))},
                correspondent=_correspondent(opened.mail, settings, stored),
                settings=settings,
            )
            for opened, some in zip(due, pointers, strict=True)
        ]

    def _numbers(self, decisions: Sequence[Decision]) -> Iterator[int]:
        opening = sum(decision.outcome == "new ticket" for decision in decisions)
        return iter(self.store.next_numbers(opening) if opening else ())

    def _plan(self, opened: Opened, decision: Decision, known: Known, numbers: Iterator[int]) -> Plan:
        if decision.outcome != "new ticket" and not decision.joins:
            notice = answering.size_notice(opened.mail, opened.arrival, known) if decision.size_notice else ()
            return (writing.receipt(decision, opened.mail, opened.arrival, None), *notice)
        body = self.bodies.keep(opened.mail, opened.arrival, trimmed=decision.joins is not None)
        if decision.joins:
            joining = writing.joining(decision, opened.mail, opened.arrival, decision.joins, body)
            return (*joining, *self._note(opened.arrival, decision.joins.number))
        ticket = writing.new_ticket(decision, opened.mail, opened.arrival, next(numbers), known.settings.mailbox(opened.arrival.mailbox))
        response: Plan = answering.made_known(ticket, known)
        if decision.autoresponse:
            ticket, response = answering.autoresponse(ticket, opened.arrival, known, self.secrets.token_keys())
        opening = writing.opening(decision, opened.mail, opened.arrival, ticket, body)
        return (*opening, *self._note(opened.arrival, ticket.number), *response)

    def _note(self, arrival: Arrival, ticket: int) -> Plan:
        if arrival.handed_in is None:
            return ()
        return writing.note(arrival, ticket, self.bodies.keep_note(arrival.handed_in, arrival))


def _needed(opened: Opened) -> Iterator[Key]:
    yield (Receipt.kind, opened.inbound.identity)
    yield from ((Correspondent.kind, address) for address in opened.people)
    yield from ((MessageReference.kind, message_id) for message_id in opened.ids)


def _correspondent(mail: Mail, settings: Settings, stored: Found) -> Correspondent | None:
    return stored.one(Correspondent, answerable(mail, settings).address.lower()) if mail.sender else None

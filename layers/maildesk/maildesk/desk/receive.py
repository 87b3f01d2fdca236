"""Fetched mail in, one explained decision per mail out, each mail handled once however often it is delivered."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from msgspec.structs import replace

from maildesk.desk.holding import READ_BYTES, held_together, why_left_unread
from maildesk.desk.intake import Intake
from maildesk.desk.opening import Opened, arrival_of
from maildesk.mail.message import Mail
from maildesk.ports import Bucket, Clock, GiveUp, Inbound, Store, TryAgain
from maildesk.telemetry import logger, whereabouts
from maildesk.tickets import writing
from maildesk.tickets.arrival import Arrival
from maildesk.tickets.records import Receipt

SUSPECT_AFTER = 3
"""Deliveries after which a mail is suspected of bringing the function down: it is quarantined first, then tried."""

LONE_TRIES = 3
"""Times a suspect is tried before it is left in quarantine. Its receipt's version counts them."""

HELD_BYTES = 32 * 1024 * 1024
"""Raw mail of one batch that is held in memory at once."""

_START_BYTES = 65_536


@dataclass(frozen=True)
class Delivery:
    """A message of inbound.fifo. `times`: how often it was delivered, this one included."""

    inbound: Inbound
    times: int = 1


@dataclass(frozen=True)
class Receiver:
    store: Store
    bucket: Bucket
    intake: Intake
    clock: Clock
    raw_mail_kept: timedelta

    def receive(self, deliveries: Sequence[Delivery]) -> None:
        """Raises where the store or the bucket does not answer; all are delivered again then, and what is done stays done.

        Mails that may have brought the function down before come last, each alone and with its quarantine written first:
        what becomes of one of them keeps no other waiting."""
        suspected = {delivery.inbound.conversation for delivery in deliveries if delivery.times >= SUSPECT_AFTER}
        trusted = (one.inbound for one in deliveries if one.inbound.conversation not in suspected)
        for run in held_together(trusted, HELD_BYTES):
            for wave in _waves(self._open(inbound) for inbound in run):
                self._handle(wave)
        suspects = (delivery for delivery in deliveries if delivery.inbound.conversation in suspected)
        if failures := [failure for delivery in suspects if (failure := self._failure_of(delivery))]:
            raise failures[0]

    def _failure_of(self, suspect: Delivery) -> TryAgain | None:
        try:
            self._receive_suspect(suspect)
        except TryAgain as failure:
            return failure
        return None

    def _receive_suspect(self, delivery: Delivery) -> None:
        inbound = delivery.inbound
        if delivery.times >= SUSPECT_AFTER:
            receipt = self.store.fetch([(Receipt.kind, inbound.identity)]).one(Receipt, inbound.identity)
            if receipt and receipt.state == "quarantined" and (receipt.version >= LONE_TRIES or _is_decided(receipt, inbound)):
                return
            if receipt is None or receipt.state == "quarantined":
                inbound = replace(inbound, again=self._quarantined(delivery, receipt))
        self._handle([self._open(inbound)])

    def _quarantined(self, suspect: Delivery, before: Receipt | None) -> int:
        """Writes that the mail is being tried and broke off so far; returns the receipt's version."""
        arrival = replace(self._arrival(suspect.inbound), tried_before=before)
        self.store.commit([(writing.quarantine(arrival, f"Reading this mail broke off {suspect.times - 1} times."),)])
        return before.version + 1 if before else 1

    def _handle(self, wave: Sequence[Opened]) -> None:
        """An error of our own on one mail is that mail's fate alone: it goes to quarantine, the others are processed."""
        try:
            self.intake.handle(wave)
        except TryAgain:
            raise
        except Exception as error:
            if len(wave) > 1:
                for opened in wave:
                    self._handle([opened])
                return
            self.store.commit([(writing.quarantine(wave[0].arrival, _our_error(wave[0].inbound, error)),)])

    def _open(self, inbound: Inbound) -> Opened:
        arrival = self._arrival(inbound)
        try:
            if inbound.header_only or inbound.size <= READ_BYTES:
                return self.intake.open(inbound, self.bucket.get(inbound.raw_key), arrival)
            arrival = replace(arrival, left_unread=why_left_unread(inbound.size, inbound.raw_key))
            return self.intake.open(inbound, self.bucket.get(inbound.raw_key, _START_BYTES), arrival)
        except GiveUp as failure:
            problem = str(failure)
        except TryAgain:
            raise
        except Exception as error:
            problem = _our_error(inbound, error)
        return Opened(inbound, Mail(subject="", sender=None, problems=(problem,)), arrival)

    def _arrival(self, inbound: Inbound) -> Arrival:
        now = self.clock()
        return arrival_of(inbound, now, now + self.raw_mail_kept)


def _is_decided(receipt: Receipt, inbound: Inbound) -> bool:
    """Nothing more can be read of a header, and its sender may have been told so."""
    return receipt.outcome == "too large" and inbound.header_only


def _our_error(inbound: Inbound, error: Exception) -> str:
    logger.error("mail quarantined", receipt=inbound.identity, error=whereabouts(error))
    return f"Maildesk met an error of its own with this mail ({type(error).__name__}); the log of receive-mail says where."


def _waves(mails: Iterable[Opened]) -> list[list[Opened]]:
    """Mails that share a mark go into different waves, in order; all others into one."""
    waves: list[list[Opened]] = []
    last_wave: dict[str, int] = {}
    for mail in mails:
        place = 1 + max((last_wave.get(mark, -1) for mark in mail.marks), default=-1)
        if place == len(waves):
            waves.append([])
        waves[place].append(mail)
        last_wave.update(dict.fromkeys(mail.marks, place))
    return waves

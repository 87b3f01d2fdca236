"""A mail that is pushed to us: to inbound.fifo, once for each mailbox it was sent to. Its raw copy is in the bucket already."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from maildesk.mail.identity import fingerprint
from maildesk.ports import Bucket, GiveUp, Inbound, Queues, SettingsStore
from maildesk.settings import Mailbox, Settings
from maildesk.telemetry import logger
from maildesk.tickets.records import PUSHED_MAIL


@dataclass(frozen=True, slots=True)
class Pushed:
    """`message_id`: what Amazon SES calls the mail. `recipients`: those of the envelope (RFC 5321 §2.3.1); the mail's own header
    need not name them."""

    message_id: str
    recipients: tuple[str, ...]
    received_at: datetime

    @property
    def raw_key(self) -> str:
        return PUSHED_MAIL + self.message_id


@dataclass(frozen=True)
class Reception:
    settings: SettingsStore
    bucket: Bucket
    queues: Queues

    def take(self, mail: Pushed) -> None:
        """Safe to repeat. Raises GiveUp where a recipient is no mailbox's address; the mailboxes of all others have the mail then."""
        mailboxes = self._mailboxes(mail.recipients)
        if found := {mailbox.name: mailbox for mailbox in mailboxes.values() if mailbox}:
            self._queue(mail, found.values())
        if unclaimed := [recipient for recipient, mailbox in mailboxes.items() if mailbox is None]:
            raise _refusal(mail, unclaimed)

    def _mailboxes(self, recipients: Iterable[str]) -> dict[str, Mailbox | None]:
        """Asked anew where what is remembered lacks one: it may have been made just now."""
        found = _addressed(self.settings.load(), recipients)
        return found if all(found.values()) else _addressed(self.settings.fresh(), recipients)

    def _queue(self, mail: Pushed, mailboxes: Iterable[Mailbox]) -> None:
        raw = self.bucket.get(mail.raw_key)
        told = fingerprint(raw)
        inbound = [
            Inbound(
                mailbox=mailbox.name,
                identity=told.identity,
                conversation=told.conversation,
                raw_key=mail.raw_key,
                size=len(raw),
                received_at=mail.received_at,
                header_only=not mailbox.takes(len(raw)),
            )
            for mailbox in mailboxes
        ]
        self.queues.inbound(inbound)
        logger.info("taken in", mailboxes=[one.mailbox for one in inbound], raw_key=mail.raw_key)


def _addressed(settings: Settings, recipients: Iterable[str]) -> dict[str, Mailbox | None]:
    pushed = {mailbox.address.lower(): mailbox for mailbox in settings.mailboxes if mailbox.pushed}
    found = {one: pushed.get(one.lower()) or pushed.get(_without_tag(one.lower())) for one in recipients}
    return {one: settings.in_effect(mailbox) if mailbox else None for one, mailbox in found.items()}


def _without_tag(address: str) -> str:
    """`support+token@example.com` is `support@example.com` (RFC 5233)."""
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def _refusal(mail: Pushed, unclaimed: Iterable[str]) -> GiveUp:
    named = ", ".join(unclaimed)
    return GiveUp(
        f"{mail.raw_key} was sent to {named}, which is no address of a mailbox of protocol ses. Make one with mailbox.put,"
        " or take the address off ReceivingAddresses of the stack; then hand the dead letter in again."
    )

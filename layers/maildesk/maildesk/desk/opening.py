"""From a raw mail to one that can be decided on: read, its writer's standing known, a forward unwrapped, its mailbox's wishes granted."""

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from maildesk.mail.images import with_images_attached
from maildesk.mail.message import Mail
from maildesk.mail.originals import with_original_attached
from maildesk.mail.parse import parse
from maildesk.ports import Inbound
from maildesk.settings import Mailbox, Settings
from maildesk.tickets.arrival import Arrival, writers
from maildesk.tickets.handing_in import unwrapped
from maildesk.tickets.joining import referenced_ids
from maildesk.tickets.standing import standing


@dataclass(frozen=True)
class Opened:
    """A mail, read, on its way to a decision."""

    inbound: Inbound
    mail: Mail
    arrival: Arrival

    @property
    def people(self) -> set[str]:
        return {one.address.lower() for one in writers(self.mail)}

    @property
    def own_ids(self) -> set[str]:
        """The Message-IDs it bears; a forward's original has one of its own."""
        handed_in = self.arrival.handed_in
        return {one.message_id for one in (self.mail, *((handed_in.came,) if handed_in else ())) if one.message_id}

    @property
    def ids(self) -> tuple[str, ...]:
        """The Message-IDs it bears and answers."""
        return (*self.own_ids, *referenced_ids(self.mail))

    @property
    def marks(self) -> set[str]:
        """Mails that share a mark may depend on what the other wrote."""
        return {self.inbound.identity, self.inbound.conversation, *self.ids, *self.people}


def open_mail(inbound: Inbound, raw: bytes, arrival: Arrival, settings: Settings, keys: Sequence[bytes]) -> Opened:
    mail = parse(raw)
    found = standing(mail, settings, keys)
    forward = unwrapped(mail, settings) if found.agent else None
    taken, handed_in = forward or (mail, None)
    taken = _as_wished(taken, raw, settings.mailbox(inbound.mailbox))
    return Opened(inbound, taken, replace(arrival, standing=found, handed_in=handed_in))


def _as_wished(mail: Mail, raw: bytes, mailbox: Mailbox | None) -> Mail:
    if mailbox and mailbox.inline_images == "attach":
        mail = with_images_attached(mail)
    return with_original_attached(mail, raw) if mailbox and mailbox.attach_original else mail

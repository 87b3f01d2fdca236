"""From a raw mail to one that can be decided on: read, its writer's standing known, a forward unwrapped, its mailbox's wishes granted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from maildesk.mail.authentication import AMAZON_SES
from maildesk.mail.images import with_images_attached
from maildesk.mail.message import Mail
from maildesk.mail.originals import with_original_attached
from maildesk.mail.parse import parse
from maildesk.ports import Inbound
from maildesk.settings import Mailbox, Settings
from maildesk.tickets.answering import entry_id
from maildesk.tickets.arrival import Arrival, writers
from maildesk.tickets.handing_in import HandedIn
from maildesk.tickets.joining import referenced_ids
from maildesk.tickets.records import PUSHED_MAIL
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
    def came(self) -> Mail:
        """The mail as it came, which need not be the one that is decided on."""
        return self.arrival.handed_in.came if self.arrival.handed_in else self.mail

    @property
    def own_ids(self) -> set[str]:
        """The Message-IDs it bears; a forward's original has one of its own."""
        return {one.message_id for one in (self.mail, self.came) if one.message_id}

    @property
    def ids(self) -> tuple[str, ...]:
        """The Message-IDs it bears and answers."""
        return (*self.own_ids, *referenced_ids(self.mail))

    @property
    def marks(self) -> set[str]:
        """Mails that share a mark may depend on what the other wrote."""
        return {self.inbound.identity, self.inbound.conversation, *self.ids, *self.people}


def arrival_of(inbound: Inbound, now: datetime, expires_at: datetime | None) -> Arrival:
    return Arrival(
        identity=inbound.identity,
        id=entry_id(inbound.received_at, inbound.identity),
        mailbox=inbound.mailbox,
        raw_key=inbound.raw_key,
        size=inbound.size,
        received_at=inbound.received_at,
        now=now,
        expires_at=expires_at,
        header_only=inbound.header_only,
        broke_off=inbound.broke_off,
    )


def trusted(inbound: Inbound, settings: Settings) -> tuple[str, ...]:
    """Whose Authentication-Results prove where a mail comes from. Amazon SES is believed of what it handed over itself: in other mail,
    whichever mailbox it came by, anybody may have written them."""
    return (*settings.desk.trusted_authserv_ids, *((AMAZON_SES,) if inbound.raw_key.startswith(PUSHED_MAIL) else ()))


def open_mail(inbound: Inbound, raw: bytes, arrival: Arrival, settings: Settings, keys: Sequence[bytes]) -> Opened:
    came = parse(raw)
    found = standing(came, settings, trusted(inbound, settings), keys)
    mail, handed_in = _unwrapped(came, settings) if found.agent else (came, None)
    mail = _as_wished(mail, raw, settings.mailbox(inbound.mailbox))
    return Opened(inbound, mail, replace(arrival, standing=found, handed_in=handed_in))


def _unwrapped(mail: Mail, settings: Settings) -> tuple[Mail, HandedIn | None]:
    from maildesk.tickets.unwrapping import unwrapped

    return unwrapped(mail, settings) or (mail, None)


def _as_wished(mail: Mail, raw: bytes, mailbox: Mailbox | None) -> Mail:
    if mailbox and mailbox.inline_images == "attach":
        mail = with_images_attached(mail)
    return with_original_attached(mail, raw) if mailbox and mailbox.attach_original else mail

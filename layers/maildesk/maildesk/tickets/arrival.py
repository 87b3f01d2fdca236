"""A mail as it arrives, and what is known when it does."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from maildesk.mail.message import Address, Mail
from maildesk.settings import Settings
from maildesk.tickets.handing_in import HandedIn
from maildesk.tickets.joining import Candidate
from maildesk.tickets.records import Correspondent, Receipt, Ticket
from maildesk.tickets.standing import Standing

_MOST_NAMED = 5


class Arrival(Struct, frozen=True, kw_only=True):
    """One mail as it was fetched. `id` sorts by time and names what this mail adds to its ticket; `tried_before` is the
    receipt this run replaces, where the operator asked to try again;
    `expires_at`: when the bucket forgets the raw mail, and so should the receipt;
    `ids_taken`: Message-IDs that other mails had before, and keep; `standing`: whether its writer works here;
    `left_unread`: why only its start was read; `broke_off`: so did the server each time it was read;
    `handed_in`: set where the mail that is decided on is not the one that came."""

    identity: str
    id: str
    mailbox: str
    raw_key: str
    size: int
    received_at: datetime
    now: datetime
    expires_at: datetime | None
    tried_before: Receipt | None = None
    header_only: bool = False
    broke_off: bool = False
    left_unread: str = ""
    ids_taken: frozenset[str] = frozenset()
    standing: Standing = Standing()
    handed_in: HandedIn | None = None


class Known(Struct, frozen=True, kw_only=True):
    """What is stored of what a mail may concern. `pointers`: the tickets it points at, strongest evidence first."""

    pointers: Sequence[Candidate] = ()
    tickets: Mapping[int, Ticket] = {}
    correspondent: Correspondent | None = None
    settings: Settings

    def is_unwelcome(self, mail: Mail, arrival: Arrival) -> bool:
        """Whether a mailbox that ignores unknown senders knows nobody who sent this: no agent, no customer by the operator's word,
        nobody who had a ticket before. What somebody here hands in is vouched for."""
        mailbox = self.settings.mailbox(arrival.mailbox)
        if mailbox is None or mailbox.unknown_senders == "accept" or arrival.handed_in or self.correspondent:
            return False
        return not any(self.settings.serves(one.address) for one in writers(mail))

    @property
    def pointed_at(self) -> list[tuple[Candidate, Ticket]]:
        """Of the pointers those whose ticket is there."""
        return [(pointer, self.tickets[pointer.ticket]) for pointer in self.pointers if pointer.ticket in self.tickets]


def takes(arrival: Arrival, receipt: Receipt, settings: Settings) -> bool:
    """Whether a mail that another mailbox refused is for this one to take: the same rule cannot refuse it again."""
    if receipt.mailbox == arrival.mailbox or receipt.state == "discarded":
        return False
    if receipt.outcome == "too large":
        return not arrival.header_only
    mailbox = settings.mailbox(arrival.mailbox)
    return receipt.outcome == "unknown sender" and (mailbox is None or mailbox.unknown_senders == "accept")


def writers(mail: Mail) -> tuple[Address, ...]:
    """Who might be answered: Reply-To (RFC 5322 §3.6.2) before From, unless a mailing list put it there."""
    through_list = mail.header("List-Id") is not None
    return (*(() if through_list else mail.reply_to[:_MOST_NAMED]), *((mail.sender,) if mail.sender else ()))


def answerable(mail: Mail, settings: Settings) -> Address:
    """Whom to answer: never an address of ours."""
    assert mail.sender
    return next((one for one in writers(mail) if not settings.owns(one.address)), mail.sender)

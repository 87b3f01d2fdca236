"""A whole desk: what holds for all of it, and its accounts."""

from functools import cached_property
from typing import Annotated, Any

from msgspec import Meta, Struct, field

from maildesk.settings.accounts import Mailbox, MailboxDefaults, MailboxSettings, Sender
from maildesk.settings.types import AddressOrDomain, AuthservId, EmailAddress, Minutes


class Autoresponse(Struct, frozen=True, kw_only=True):
    """The mail a customer gets for a new ticket. `{number}`, `{subject}`, `{name}` and `{desk}` are filled in."""

    enabled: bool = True
    subject: str = "Re: {subject}"
    text: str = (
        "Hello {name},\n\nwe have your request and keep it as ticket #{number}. To add something, simply answer this mail.\n\n{desk}\n"
    )
    max_age_days: Annotated[int, Meta(ge=0)] = 3
    per_person_per_day: Annotated[int, Meta(ge=1)] = 10


class Desk(Struct, frozen=True, kw_only=True):
    """What holds for the whole desk. `customers`: who is known without having written before. `agents`: who works here.
    `size_notice_text`: what whoever sends too large a mail is told, where the mailbox wants that.
    `trusted_authserv_ids`: the servers whose Authentication-Results (RFC 8601) prove where a mail comes from, "none" for results
    without an id; only such as take every mail in and add their own header on top."""

    name: str = "Support"
    fetching_enabled: bool = True
    poll_every_minutes: Minutes = 5
    mailbox_defaults: MailboxDefaults = field(default_factory=MailboxDefaults)
    trace_logging: bool = False
    customers: tuple[AddressOrDomain, ...] = ()
    agents: tuple[EmailAddress, ...] = ()
    trusted_authserv_ids: tuple[AuthservId, ...] = ()
    autoresponse: Autoresponse = field(default_factory=Autoresponse)
    size_notice_text: str = (
        "Hello {name},\n\nyour mail of {size} MB was not taken in: here, a mail may have at most {limit} MB. "
        "Please send it again with less attached.\n\n{desk}\n"
    )


class Settings(Struct, frozen=True, kw_only=True, dict=True):
    """A whole desk as one document. What each mail is compared with is kept, because a desk may have 10,000 mailboxes."""

    desk: Desk = field(default_factory=Desk)
    mailboxes: tuple[MailboxSettings, ...] = ()
    senders: tuple[Sender, ...] = ()

    def mailbox(self, name: str) -> Mailbox | None:
        found = self.as_set(name)
        return self.in_effect(found) if found else None

    def as_set(self, name: str) -> MailboxSettings | None:
        return self._by_name.get(name)

    def in_effect(self, mailbox: MailboxSettings) -> Mailbox:
        defaults = {"poll_every_minutes": self.desk.poll_every_minutes} | _said(self.desk.mailbox_defaults)
        return Mailbox(**(defaults | _said(mailbox)))

    def sender(self, name: str) -> Sender | None:
        return next((sender for sender in self.senders if sender.name == name), None)

    def owns(self, address: str) -> bool:
        """Whether mail from here would be mail from ourselves."""
        return address.lower() in self._own_addresses

    def employs(self, address: str) -> bool:
        """Whether this is an agent's address; that a mail bears it proves nothing."""
        return address.lower() in {agent.lower() for agent in self.desk.agents}

    def sender_for(self, mailbox: MailboxSettings | None) -> Sender | None:
        """The one the mailbox names, else the one that follows it with its own address, else the default one."""
        own = self.sender(mailbox.sender) if mailbox and mailbox.sender else None
        follower = next((sender for sender in self.senders if mailbox and sender.follows(mailbox)), None)
        return own or follower or next((sender for sender in self.senders if sender.default), None)

    @cached_property
    def _by_name(self) -> dict[str, MailboxSettings]:
        return {mailbox.name: mailbox for mailbox in self.mailboxes}

    @cached_property
    def _own_addresses(self) -> frozenset[str]:
        return frozenset(one.address.lower() for one in self.mailboxes) | {one.address.lower() for one in self.senders}

    def serves(self, address: str) -> bool:
        """Whether this is an agent's or a customer's address by the operator's word."""
        named = {one.lower() for one in self.desk.customers}
        return self.employs(address) or not named.isdisjoint({address.lower(), f"@{address.lower().rpartition('@')[2]}"})


def _said(settings: MailboxDefaults) -> dict[str, Any]:
    return {name: value for name in settings.__struct_fields__ if (value := getattr(settings, name)) is not None}

"""What an operator sets. Fields that only a newer version of Maildesk knows are passed over where they are stored; what an
operator gives is held to the fields there are by `desk.operate`."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field
from msgspec.structs import replace

from maildesk.auth import MailboxAuth, SenderAuth

Name = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,62}\Z", description="lower-case letters, digits and hyphens, at most 63")]
EmailAddress = Annotated[
    str,
    Meta(pattern=r"^[^@\s<>,;:\"()\[\]\\]+@[A-Za-z0-9][A-Za-z0-9.-]*\Z", max_length=320, description="an address such as help@example.com"),
]
Host = Annotated[str, Meta(min_length=1, max_length=253, pattern=r"^[^\s/@]+\Z", description="a host name or IP address")]
Port = Annotated[int, Meta(ge=1, le=65535)]
AuthservId = Annotated[str, Meta(pattern=r"^[^\s;()\"]+\Z", description="the id of a mail server, such as mx.example.com, or none")]
Minutes = Annotated[int, Meta(ge=1, le=1440)]
Milliseconds = Annotated[int, Meta(ge=100, le=300_000)]
Security = Literal["tls", "starttls", "none"]
Folder = Annotated[str, Meta(min_length=1)]
Folders = Annotated[tuple[Folder, ...], Meta(max_length=50, description="a list of names; while empty, folder is read")]
Moment = Annotated[datetime, Meta(tz=True, description="a day, a time, or now; in UTC where no zone is given")]
AddressOrDomain = Annotated[
    str,
    Meta(
        pattern=r"^[^@\s<>,;:\"()\[\]\\]*@[A-Za-z0-9][A-Za-z0-9.-]*\Z",
        max_length=320,
        description="an address such as anna@example.com, or all of a domain such as @example.com",
    ),
]
AfterFetch = Literal["keep", "move", "delete"]
BatchSize = Annotated[int, Meta(ge=1, le=500)]
Megabytes = Annotated[int, Meta(ge=0, le=1000)]
InlineImages = Literal["keep", "attach"]
UnknownSenders = Literal["accept", "ignore"]
Priority = Literal["low", "normal", "high", "urgent"]

BUILT_IN = "maildesk"
"""The destination that is there without being set up: our own tickets."""

PORTS = {"imap": (993, 143), "pop3": (995, 110), "graph": (443, 80), "ews": (443, 80)}
"""Of each mailbox protocol, with TLS from the start and without."""

POLLED_APART = frozenset({"ews"})
"""Protocols whose library only the function poll_exchange carries."""

GRAPH_HOST = "graph.microsoft.com"
"""Of Microsoft's worldwide cloud."""

SES_AUTHSERV_ID = "amazonses.com"
"""Whose Authentication-Results are on top of every mail that came in by Amazon SES."""


class MailboxDefaults(Struct, frozen=True, kw_only=True):
    """How a mailbox is read. Where it does not say, the desk's `mailbox_defaults` hold; where they do not say, what is built in."""

    after_fetch: AfterFetch | None = None
    archive_folder: Folder | None = None
    only_unread: bool | None = None
    batch_size: BatchSize | None = None
    timeout_ms: Milliseconds | None = None
    max_size_mb: Megabytes | None = None
    attach_original: bool | None = None
    inline_images: InlineImages | None = None
    autoresponse: bool | None = None
    unknown_senders: UnknownSenders | None = None
    size_notice: bool | None = None


class MailboxSettings(MailboxDefaults, frozen=True, kw_only=True):
    """An incoming account as the operator set it. Its password, or what is secret of `auth`, is not here: it lives in Secrets
    Manager."""

    name: Name
    address: EmailAddress
    display_name: str = ""
    description: str = ""
    active: bool = True
    protocol: Literal["imap", "pop3", "graph", "ews", "ses"] = "imap"
    host: Host | None = None
    port: Port | None = None
    security: Security = "tls"
    verify_tls: bool = True
    user: str | None = None
    auth: MailboxAuth = "password"
    folder: Folder = "INBOX"
    folders: Folders = ()
    not_before: Moment | None = None
    poll_every_minutes: Minutes | None = None
    destination: Name = BUILT_IN
    group: Name | None = None
    ticket_type: Name | None = None
    priority: Priority = "normal"
    sender: Name | None = None

    @property
    def pushed(self) -> bool:
        """Its mail is handed over as it comes: there is no server to ask."""
        return self.protocol == "ses"

    @property
    def polled(self) -> bool:
        return self.active and not self.pushed


class Mailbox(MailboxSettings, frozen=True, kw_only=True):
    """The same with every default in its place."""

    after_fetch: AfterFetch = "keep"
    archive_folder: Folder = "Archive"
    only_unread: bool = True
    batch_size: BatchSize = 50
    timeout_ms: Milliseconds = 30_000
    max_size_mb: Megabytes = 50
    attach_original: bool = False
    inline_images: InlineImages = "keep"
    autoresponse: bool = True
    unknown_senders: UnknownSenders = "accept"
    size_notice: bool = False
    poll_every_minutes: Minutes = 5

    @property
    def login(self) -> str:
        return self.user or self.address

    def takes(self, size: int) -> bool:
        """Whether a mail of so many bytes is read whole."""
        return self.max_size_mb == 0 or size <= self.max_size_mb * 1024 * 1024

    @property
    def each_folder(self) -> tuple["Mailbox", ...]:
        """This mailbox once for each folder it reads."""
        return tuple(replace(self, folder=folder, folders=()) for folder in dict.fromkeys(self.folders)) or (self,)

    @property
    def used_folders(self) -> tuple[str, ...]:
        """Where a mail may be found: those that are read, and where mails go from there."""
        archive = (self.archive_folder,) if self.after_fetch == "move" else ()
        return (*(one.folder for one in self.each_folder), *archive)

    @property
    def source(self) -> str:
        """Which mails are read: another source knows nothing of how far this one has been."""
        whose = self.address if self.protocol == "ews" else self.login  # there, a user may open mailboxes of others
        return f"{self.protocol}://{whose}@{self.host}/{self.folder}"

    @property
    def effective_port(self) -> int:
        """RFC 8314 §3 for implicit TLS, RFC 9051 §1 and RFC 1939 §3 otherwise."""
        tls, starts_plain = PORTS[self.protocol]
        return self.port or (tls if self.security == "tls" else starts_plain)


class Sender(Struct, frozen=True, kw_only=True):
    """An outgoing account. Its password, or what is secret of `auth`, is not here: it lives in Secrets Manager."""

    name: Name
    address: EmailAddress
    display_name: str = ""
    description: str = ""
    kind: Literal["smtp", "ses", "graph"] = "smtp"
    host: Host | None = None
    port: Port | None = None
    security: Security = "starttls"
    verify_tls: bool = True
    auth: SenderAuth = "password"
    user: str | None = None
    mailbox: Name | None = None
    default: bool = False
    timeout_ms: Milliseconds = 30_000
    max_size_mb: Megabytes = 25

    @property
    def login(self) -> str:
        return self.user or self.address

    def follows(self, mailbox: MailboxSettings) -> bool:
        """Whether it is this mailbox, sending."""
        return self.mailbox == mailbox.name and self.address.lower() == mailbox.address.lower()

    @property
    def effective_port(self) -> int:
        """RFC 8314 §3.3 for implicit TLS, RFC 6409 §3.1 otherwise."""
        return self.port or (465 if self.security == "tls" else 587)


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


class Settings(Struct, frozen=True, kw_only=True):
    """A whole desk as one document."""

    desk: Desk = field(default_factory=Desk)
    mailboxes: tuple[MailboxSettings, ...] = ()
    senders: tuple[Sender, ...] = ()

    def mailbox(self, name: str) -> Mailbox | None:
        found = self.as_set(name)
        return self.in_effect(found) if found else None

    def as_set(self, name: str) -> MailboxSettings | None:
        return next((mailbox for mailbox in self.mailboxes if mailbox.name == name), None)

    def in_effect(self, mailbox: MailboxSettings) -> Mailbox:
        defaults = {"poll_every_minutes": self.desk.poll_every_minutes} | _said(self.desk.mailbox_defaults)
        return Mailbox(**(defaults | _said(mailbox)))

    def sender(self, name: str) -> Sender | None:
        return next((sender for sender in self.senders if sender.name == name), None)

    def owns(self, address: str) -> bool:
        """Whether mail from here would be mail from ourselves."""
        own = {mailbox.address.lower() for mailbox in self.mailboxes} | {sender.address.lower() for sender in self.senders}
        return address.lower() in own

    def employs(self, address: str) -> bool:
        """Whether this is an agent's address; that a mail bears it proves nothing."""
        return address.lower() in {agent.lower() for agent in self.desk.agents}

    def trusted_authserv_ids(self, mailbox: str) -> tuple[str, ...]:
        """Whose Authentication-Results prove where a mail comes from that came in there."""
        entered = self.mailbox(mailbox)
        return (*self.desk.trusted_authserv_ids, *((SES_AUTHSERV_ID,) if entered and entered.protocol == "ses" else ()))

    def sender_for(self, mailbox: MailboxSettings | None) -> Sender | None:
        """The one the mailbox names, else the one that follows it with its own address, else the default one."""
        own = self.sender(mailbox.sender) if mailbox and mailbox.sender else None
        follower = next((sender for sender in self.senders if mailbox and sender.follows(mailbox)), None)
        return own or follower or next((sender for sender in self.senders if sender.default), None)

    def serves(self, address: str) -> bool:
        """Whether this is an agent's or a customer's address by the operator's word."""
        named = {one.lower() for one in self.desk.customers}
        return self.employs(address) or not named.isdisjoint({address.lower(), f"@{address.lower().rpartition('@')[2]}"})


def _said(settings: MailboxDefaults) -> dict[str, Any]:
    return {name: value for name in settings.__struct_fields__ if (value := getattr(settings, name)) is not None}

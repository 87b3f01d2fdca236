"""What an operator sets. Every struct refuses unknown fields; `desk.operate.asking` says why, in plain words."""

from datetime import datetime
from typing import Annotated, Literal

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
Folders = Annotated[
    tuple[Annotated[str, Meta(min_length=1)], ...],
    Meta(max_length=50, description="a list of names; while empty, folder is read"),
]
Moment = Annotated[datetime, Meta(tz=True, description="a day, a time, or now; in UTC where no zone is given")]

PORTS = {"imap": (993, 143), "pop3": (995, 110), "graph": (443, 80)}
"""Of each mailbox protocol, with TLS from the start and without."""

GRAPH_HOST = "graph.microsoft.com"
"""Of Microsoft's worldwide cloud."""


class Mailbox(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An incoming account. Its password, or what is secret of `auth`, is not here: it lives in Secrets Manager."""

    name: Name
    address: EmailAddress
    display_name: str = ""
    description: str = ""
    active: bool = True
    protocol: Literal["imap", "pop3", "graph"] = "imap"
    host: Host
    port: Port | None = None
    security: Security = "tls"
    verify_tls: bool = True
    user: str | None = None
    auth: MailboxAuth = "password"
    folder: Annotated[str, Meta(min_length=1)] = "INBOX"
    folders: Folders = ()
    only_unread: bool = True
    not_before: Moment | None = None
    after_fetch: Literal["keep", "move", "delete"] = "keep"
    archive_folder: Annotated[str, Meta(min_length=1)] = "Archive"
    batch_size: Annotated[int, Meta(ge=1, le=500)] = 50
    poll_every_minutes: Minutes | None = None
    timeout_ms: Milliseconds = 30_000
    max_size_mb: Annotated[int, Meta(ge=0, le=1000)] = 50
    attach_original: bool = False
    inline_images: Literal["keep", "attach"] = "keep"
    sender: Name | None = None
    autoresponse: bool = True

    @property
    def login(self) -> str:
        return self.user or self.address

    @property
    def each_folder(self) -> tuple["Mailbox", ...]:
        """This mailbox once for each folder it reads."""
        return tuple(replace(self, folder=folder, folders=()) for folder in dict.fromkeys(self.folders)) or (self,)

    @property
    def source(self) -> str:
        """Which mails are read: another source knows nothing of how far this one has been."""
        return f"{self.protocol}://{self.login}@{self.host}/{self.folder}"

    @property
    def effective_port(self) -> int:
        """RFC 8314 §3 for implicit TLS, RFC 9051 §1 and RFC 1939 §3 otherwise."""
        tls, starts_plain = PORTS[self.protocol]
        return self.port or (tls if self.security == "tls" else starts_plain)


class Sender(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
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
    max_size_mb: Annotated[int, Meta(ge=0, le=1000)] = 25

    @property
    def login(self) -> str:
        return self.user or self.address

    @property
    def effective_port(self) -> int:
        """RFC 8314 §3.3 for implicit TLS, RFC 6409 §3.1 otherwise."""
        return self.port or (465 if self.security == "tls" else 587)


class Autoresponse(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The mail a customer gets for a new ticket. `{number}`, `{subject}`, `{name}` and `{desk}` are filled in."""

    enabled: bool = True
    subject: str = "Re: {subject}"
    text: str = (
        "Hello {name},\n\nwe have your request and keep it as ticket #{number}. To add something, simply answer this mail.\n\n{desk}\n"
    )
    max_age_days: Annotated[int, Meta(ge=0)] = 3
    per_person_per_day: Annotated[int, Meta(ge=1)] = 10


class Desk(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What holds for the whole desk. `agents`: who works here. `trusted_authserv_ids`: the servers whose Authentication-Results
    (RFC 8601) prove where a mail comes from, "none" for results without an id; only such as take every mail in and
    add their own header on top."""

    name: str = "Support"
    fetching_enabled: bool = True
    poll_every_minutes: Minutes = 5
    trace_logging: bool = False
    agents: tuple[EmailAddress, ...] = ()
    trusted_authserv_ids: tuple[AuthservId, ...] = ()
    autoresponse: Autoresponse = field(default_factory=Autoresponse)


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole desk as one document."""

    desk: Desk = field(default_factory=Desk)
    mailboxes: tuple[Mailbox, ...] = ()
    senders: tuple[Sender, ...] = ()

    def mailbox(self, name: str) -> Mailbox | None:
        return next((mailbox for mailbox in self.mailboxes if mailbox.name == name), None)

    def sender(self, name: str) -> Sender | None:
        return next((sender for sender in self.senders if sender.name == name), None)

    def owns(self, address: str) -> bool:
        """Whether mail from here would be mail from ourselves."""
        own = {mailbox.address.lower() for mailbox in self.mailboxes} | {sender.address.lower() for sender in self.senders}
        return address.lower() in own

    def employs(self, address: str) -> bool:
        """Whether this is an agent's address; that a mail bears it proves nothing."""
        return address.lower() in {agent.lower() for agent in self.desk.agents}

    def sender_for(self, mailbox: Mailbox | None) -> Sender | None:
        """The mailbox's own sender, else the default one."""
        own = self.sender(mailbox.sender) if mailbox and mailbox.sender else None
        return own or next((sender for sender in self.senders if sender.default), None)

    def poll_every(self, mailbox: Mailbox) -> int:
        """Minutes between two polls of this mailbox."""
        return mailbox.poll_every_minutes or self.desk.poll_every_minutes

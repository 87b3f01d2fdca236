"""Incoming and outgoing accounts. What is secret of them is not here: it lives in Secrets Manager."""

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from maildesk.settings.auth import MailboxAuth, SenderAuth
from maildesk.settings.types import (
    AfterFetch,
    BatchSize,
    EmailAddress,
    Folder,
    Folders,
    Host,
    InlineImages,
    Megabytes,
    Milliseconds,
    Minutes,
    Moment,
    Name,
    Port,
    Priority,
    Security,
    UnknownSenders,
)

BUILT_IN = "maildesk"
"""The destination that is there without being set up: our own tickets."""

PORTS = {"imap": (993, 143), "pop3": (995, 110), "graph": (443, 80), "ews": (443, 80)}
"""Of each mailbox protocol, with TLS from the start and without."""

POLLED_APART = frozenset({"ews"})
"""Protocols whose library only the function poll_exchange carries."""

GRAPH_HOST = "graph.microsoft.com"
"""Of Microsoft's worldwide cloud."""


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

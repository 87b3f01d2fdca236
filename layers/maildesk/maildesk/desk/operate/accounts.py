"""Mailboxes and senders as an operator gives them, and what must hold for each beside the types of its fields."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from maildesk.desk.operate.asking import Secret
from maildesk.desk.operate.errors import Refused, unknown
from maildesk.desk.operate.hosts import wrong_port
from maildesk.desk.operate.protocols import against_protocol
from maildesk.desk.operate.providers import Provider
from maildesk.desk.operate.signing_in import OAuthEntry, against_auth, kind_of, secret_of, without_secrets
from maildesk.settings import BUILT_IN, MailboxSettings, Sender, Settings

Password = Annotated[
    Secret | None,
    Meta(description="text of at most 4096 characters, kept in Secrets Manager and never shown; left out, the one stored stays"),
]


class MailboxEntry(MailboxSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mailbox with its password, or with all of its auth."""

    auth: Literal["password"] | OAuthEntry = "password"
    provider: Provider = None
    password: Password = None

    @property
    def settings(self) -> MailboxSettings:
        return MailboxSettings(**_shown(self, MailboxSettings))

    @property
    def secret(self) -> str:
        return f"mailbox/{self.name}"

    @property
    def secret_value(self) -> Secret | None:
        """What Secrets Manager is to hold; None: what it holds already."""
        return self.password or secret_of(self.auth)


class MailboxTest(MailboxEntry, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mailbox that need not be stored yet."""

    full: bool = False


class SenderEntry(Sender, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sender with its password, or with all of its auth."""

    auth: Literal["none", "password", "same_as_mailbox"] | OAuthEntry = "password"
    provider: Provider = None
    password: Password = None

    @property
    def settings(self) -> Sender:
        return Sender(**_shown(self, Sender))

    @property
    def secret(self) -> str:
        return f"sender/{self.name}"

    @property
    def secret_value(self) -> Secret | None:
        """What Secrets Manager is to hold; None: what it holds already."""
        return self.password or secret_of(self.auth)


Entry = MailboxEntry | SenderEntry


def _shown(entry: Struct, settings: type[Struct]) -> dict[str, Any]:
    """The fields that are no secret."""
    return {name: without_secrets(getattr(entry, name)) for name in settings.__struct_fields__}


def existing_mailbox(settings: Settings, name: str, field: str = "name") -> MailboxSettings:
    if mailbox := settings.as_set(name):
        return mailbox
    names = [one.name for one in settings.mailboxes]
    raise unknown(field, "mailbox", name, names, "mailbox.list shows them, mailbox.put adds one.")


def existing_sender(settings: Settings, name: str, field: str = "name") -> Sender:
    if sender := settings.sender(name):
        return sender
    names = [one.name for one in settings.senders]
    raise unknown(field, "sender", name, names, "sender.list shows them, sender.put adds one.")


def check_mailbox(mailbox: MailboxEntry, settings: Settings, password: str | None) -> None:
    """Raises Refused, for the first thing that stands against it. `settings`: the desk as it would be; `password`: what
    Secrets Manager would hold."""
    for refused in _against_mailbox(mailbox, settings, password):
        raise refused


def check_sender(sender: SenderEntry, settings: Settings, password: str | None) -> None:
    """Raises Refused, for the first thing that stands against it. `settings`: the desk as it would be; `password`: what
    Secrets Manager would hold."""
    for refused in _against_sender(sender, settings, password):
        raise refused


def _against_mailbox(mailbox: MailboxEntry, settings: Settings, password: str | None) -> Iterator[Refused]:
    yield from against_protocol(mailbox.settings, settings)
    yield from _against_address(mailbox, settings)
    if mailbox.destination != BUILT_IN:
        yield unknown("destination", "destination", mailbox.destination, [BUILT_IN], f"The only one is {BUILT_IN}: leave destination out.")
    if mailbox.sender:
        existing_sender(settings, mailbox.sender, "sender")
    if mailbox.pushed:
        yield from _against_password(mailbox)
    elif not isinstance(mailbox.auth, str):
        yield from _against_oauth(mailbox, password)
    elif not password:
        yield Refused("password", "password is missing, and none is stored.", "Add the password of the account.")


def _against_password(mailbox: MailboxEntry) -> Iterator[Refused]:
    if mailbox.password:
        yield Refused("password", "Amazon SES needs no password for a mailbox.", "Leave the password out.")


def _against_address(mailbox: MailboxSettings, settings: Settings) -> Iterator[Refused]:
    """Mail from an address of ours is never a customer's, so it must not be a person's or read twice."""
    address = mailbox.address.lower()
    hint = "Give each mailbox an address of its own."
    for other in settings.mailboxes:
        if other.name != mailbox.name and other.address.lower() == address:
            yield Refused("address", f"{mailbox.address} is the address of mailbox {other.name}.", hint)
    yield from _against_agent(mailbox.address, settings)


def _against_agent(address: str, settings: Settings) -> Iterator[Refused]:
    if settings.employs(address):
        yield Refused("address", f"{address} is the address of an agent.", "An agent writes from an address of their own.")


def _against_oauth(entry: Entry, password: str | None) -> Iterator[Refused]:
    if entry.password:
        yield Refused("password", f"A password is given, but auth is {kind_of(entry.auth)}.", "Leave it out, or set auth to password.")
    if not isinstance(entry.auth, str) and (refused := against_auth(entry.auth, password)):
        yield refused


def _against_sender(sender: SenderEntry, settings: Settings, password: str | None) -> Iterator[Refused]:
    yield from _against_agent(sender.address, settings)
    if sender.kind == "smtp":
        yield from _against_smtp(sender, password)
    if sender.kind == "graph":
        yield from _against_graph(sender, settings, password)
    if sender.auth == "same_as_mailbox" and not sender.mailbox:
        yield Refused(
            "mailbox", "mailbox is missing: auth same_as_mailbox needs one.", "Add the name of the mailbox whose password to use."
        )
    if sender.mailbox and existing_mailbox(settings, sender.mailbox, "mailbox").pushed:
        yield from _against_nothing_to_borrow(sender)
    if sender.password and (sender.kind == "ses" or sender.auth != "password"):
        why = "SES needs no password" if sender.kind == "ses" else f"auth is {kind_of(sender.auth)}"
        yield Refused("password", f"A password is given, but {why}.", "Leave the password out, or set auth to password.")


def _against_nothing_to_borrow(sender: SenderEntry) -> Iterator[Refused]:
    if sender.kind != "ses" and sender.auth == "same_as_mailbox":
        hint = "Set kind to ses, or give the sender a password of its own."
        yield Refused("mailbox", f"Mailbox {sender.mailbox} has no password: Amazon SES hands its mail over.", hint)


def _against_graph(sender: SenderEntry, settings: Settings, password: str | None) -> Iterator[Refused]:
    borrowed = settings.mailbox(sender.mailbox) if sender.auth == "same_as_mailbox" and sender.mailbox else None
    if kind_of(borrowed.auth if borrowed else sender.auth) not in {"microsoft", "same_as_mailbox"}:
        yield Refused("auth", "Microsoft Graph takes no password.", "Set auth to an object with kind microsoft.")
    yield from _against_oauth(sender, password)


def _against_smtp(sender: SenderEntry, password: str | None) -> Iterator[Refused]:
    if not sender.host:
        why = "where that mailbox sends cannot be told" if sender.mailbox else "a sender of kind smtp needs one"
        yield Refused("host", f"host is missing: {why}.", "Add the name of the mail server, or set kind to ses.")
    if sender.port == _PORT_BETWEEN_SERVERS:
        yield Refused("port", "Port 25 is for servers that pass mail on, not for accounts.", "Use 587 with starttls, or 465 with tls.")
    yield from wrong_port(sender.port, sender.security, tls=465, starttls=587)
    if not isinstance(sender.auth, str):
        yield from _against_oauth(sender, password)
    if sender.auth == "password" and not password:
        yield Refused("password", "password is missing, and none is stored.", "Add it, or set auth to same_as_mailbox or none.")


_PORT_BETWEEN_SERVERS = 25

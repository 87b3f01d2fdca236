"""Mailboxes and senders as an operator gives them, and what must hold for each beside the types of its fields."""

from collections.abc import Iterator
from typing import Annotated, Any

from msgspec import Meta, Struct
from msgspec.structs import asdict

from maildesk.desk.operate.asking import Secret
from maildesk.desk.operate.errors import Refused, unknown
from maildesk.settings import Mailbox, Security, Sender, Settings

Password = Annotated[
    Secret | None,
    Meta(description="text of at most 4096 characters, kept in Secrets Manager and never shown; left out, the one stored stays"),
]


class MailboxEntry(Mailbox, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mailbox with its password."""

    password: Password = None

    @property
    def settings(self) -> Mailbox:
        return Mailbox(**_without_password(self))

    @property
    def secret(self) -> str:
        return f"mailbox/{self.name}"


class SenderEntry(Sender, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sender with its password."""

    password: Password = None

    @property
    def settings(self) -> Sender:
        return Sender(**_without_password(self))

    @property
    def secret(self) -> str:
        return f"sender/{self.name}"


Entry = MailboxEntry | SenderEntry


def _without_password(entry: Struct) -> dict[str, Any]:
    return {name: value for name, value in asdict(entry).items() if name != "password"}


def existing_mailbox(settings: Settings, name: str, field: str = "name") -> Mailbox:
    if mailbox := settings.mailbox(name):
        return mailbox
    names = [one.name for one in settings.mailboxes]
    raise unknown(field, "mailbox", name, names, "mailbox.list shows them, mailbox.put adds one.")


def existing_sender(settings: Settings, name: str, field: str = "name") -> Sender:
    if sender := settings.sender(name):
        return sender
    names = [one.name for one in settings.senders]
    raise unknown(field, "sender", name, names, "sender.list shows them, sender.put adds one.")


def check_mailbox(mailbox: Mailbox, settings: Settings, *, has_password: bool) -> None:
    """Raises Refused, for the first thing that stands against it. `settings`: the desk as it would be."""
    for refused in _against_mailbox(mailbox, settings, has_password):
        raise refused


def check_sender(sender: SenderEntry, settings: Settings, *, has_password: bool) -> None:
    """Raises Refused, for the first thing that stands against it. `settings`: the desk as it would be."""
    for refused in _against_sender(sender, settings, has_password):
        raise refused


def _against_mailbox(mailbox: Mailbox, settings: Settings, has_password: bool) -> Iterator[Refused]:
    yield from _wrong_port(mailbox.port, mailbox.security, tls=993, starttls=143)
    if mailbox.sender:
        existing_sender(settings, mailbox.sender, "sender")
    if not has_password:
        yield Refused("password", "password is missing, and none is stored.", "Add the password of the account.")


def _against_sender(sender: SenderEntry, settings: Settings, has_password: bool) -> Iterator[Refused]:
    if sender.kind == "smtp":
        yield from _against_smtp(sender, has_password)
    if sender.auth == "same_as_mailbox" and not sender.mailbox:
        yield Refused(
            "mailbox", "mailbox is missing: auth same_as_mailbox needs one.", "Add the name of the mailbox whose password to use."
        )
    if sender.mailbox:
        existing_mailbox(settings, sender.mailbox, "mailbox")
    if sender.password and (sender.kind == "ses" or sender.auth != "password"):
        why = "SES needs no password" if sender.kind == "ses" else f"auth is {sender.auth}"
        yield Refused("password", f"A password is given, but {why}.", "Leave the password out, or set auth to password.")


def _against_smtp(sender: Sender, has_password: bool) -> Iterator[Refused]:
    if not sender.host:
        yield Refused("host", "host is missing: a sender of kind smtp needs one.", "Add the name of the mail server, or set kind to ses.")
    if sender.port == _PORT_BETWEEN_SERVERS:
        yield Refused("port", "Port 25 is for servers that pass mail on, not for accounts.", "Use 587 with starttls, or 465 with tls.")
    yield from _wrong_port(sender.port, sender.security, tls=465, starttls=587)
    if sender.auth == "password" and not has_password:
        yield Refused("password", "password is missing, and none is stored.", "Add it, or set auth to same_as_mailbox or none.")


_PORT_BETWEEN_SERVERS = 25


def _wrong_port(port: int | None, security: Security, tls: int, starttls: int) -> Iterator[Refused]:
    if port == tls and security != "tls":
        hint = f"Set security to tls, or port to {starttls}."
        yield Refused("security", f"Port {tls} speaks TLS from the start, but security is {security}.", hint)
    if port == starttls and security == "tls":
        hint = f"Set security to starttls, or port to {tls}."
        yield Refused("security", f"Port {starttls} starts without TLS, but security is tls.", hint)

"""People as an operator names them."""

from email.utils import parseaddr

import msgspec

from maildesk.desk.operate.errors import Refused
from maildesk.settings import EmailAddress, Settings
from maildesk.tickets.records import Person


def named(field: str, given: str) -> Person:
    """From `anna@example.com` or `Anna <anna@example.com>`."""
    name, address = parseaddr(given)
    try:
        return Person(name, msgspec.convert(address, EmailAddress))
    except msgspec.ValidationError:
        hint = "Write it as anna@example.com, or as Anna <anna@example.com>."
        raise Refused(field, f"{field} must be an address, with or without a name before it.", hint) from None


def author(given: str | None, settings: Settings, mailbox: str) -> Person:
    """Whoever is named; the desk where nobody is."""
    return named("author", given) if given else _desk(settings, mailbox)


def _desk(settings: Settings, name: str) -> Person:
    mailbox = settings.mailbox(name)
    return Person(settings.desk.name, mailbox.address if mailbox else "")

"""Commands about incoming accounts."""

from typing import Any

from msgspec import Struct
from msgspec.structs import asdict, replace

from maildesk.desk.operate.accounts import MailboxEntry, MailboxTest, check_mailbox, existing_mailbox
from maildesk.desk.operate.changing import Change, change_account, password_of, with_mailbox
from maildesk.desk.operate.command import Command, Named, Nothing
from maildesk.desk.operate.errors import Refused
from maildesk.desk.operate.health import Health, health
from maildesk.desk.operate.operator import Operator
from maildesk.desk.operate.protocols import against_ses
from maildesk.desk.operate.providers import advice
from maildesk.desk.operate.round_trip import RoundTrip
from maildesk.desk.operate.testing import Tested, tested
from maildesk.settings import Mailbox, MailboxDefaults, MailboxSettings, Moment, Settings


class Start(Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    not_before: Moment | None = None


class NamedTest(Named, frozen=True, forbid_unknown_fields=True):
    full: bool = False


class MailboxShown(Struct, frozen=True):
    """`mailbox` with what holds for it; `by_default`: its settings that are the desk's or built in, since it has none of its own."""

    mailbox: Mailbox
    by_default: tuple[str, ...]
    state: Health


class MailboxRow(Struct, frozen=True):
    name: str
    address: str
    host: str | None
    active: bool
    health: str


class MailboxList(Struct, frozen=True):
    mailboxes: tuple[MailboxRow, ...]


class Queued(Struct, frozen=True):
    queued: str


def put(operator: Operator, entry: MailboxEntry) -> Change:
    """Creates a mailbox, or replaces all its settings: a field left out gets its default. Where that is null, the desk's
    `mailbox_defaults` hold, if it has such a one. It is polled at once."""
    after = with_mailbox(operator.settings.fresh(), entry.settings)
    check_mailbox(entry, after, password_of(operator, entry))
    return change_account(operator, after, f"mailbox {entry.name}", {entry.secret: entry.secret_value})


def get(operator: Operator, request: Named) -> MailboxShown:
    """A mailbox's settings, which of them are the desk's defaults, and how it does: last success, last error, next poll."""
    settings = operator.settings.fresh()
    mailbox = existing_mailbox(settings, request.name)
    by_default = tuple(name for name in (*MailboxDefaults.__struct_fields__, "poll_every_minutes") if getattr(mailbox, name) is None)
    return MailboxShown(settings.in_effect(mailbox), by_default, _health(operator, settings, mailbox))


def list_all(operator: Operator, _request: Nothing) -> MailboxList:
    """All mailboxes, each with a sentence on how it does."""
    settings = operator.settings.fresh()
    return MailboxList(tuple(_row(mailbox, _health(operator, settings, mailbox)) for mailbox in settings.mailboxes))


def delete(operator: Operator, request: Named) -> Change:
    """Removes a mailbox, its password and its sync state. Its tickets stay, and so do the mails on the server."""
    before = operator.settings.fresh()
    mailbox = existing_mailbox(before, request.name)
    if user := next((sender for sender in before.senders if sender.mailbox == mailbox.name), None):
        raise Refused("name", f"Sender {user.name} uses mailbox {mailbox.name}.", f"Change or delete sender {user.name} first.")
    others = tuple(one for one in before.mailboxes if one is not mailbox)
    return change_account(operator, replace(before, mailboxes=others), f"mailbox {mailbox.name}", {})


def test(operator: Operator, request: NamedTest | MailboxTest) -> Tested:
    """Tries the connection step by step: of a stored mailbox by its name alone, or of a whole one before it is stored. Changes nothing.
    With `full`, also sends a mail to the mailbox through its sender, and waits up to a minute for it to arrive; that mail stays there."""
    before = operator.settings.fresh()
    entry = request if isinstance(request, MailboxEntry) else MailboxEntry(**asdict(existing_mailbox(before, request.name)))
    password, settings = password_of(operator, entry), with_mailbox(before, entry.settings)
    check_mailbox(entry, settings, password)
    mailbox = settings.in_effect(entry.settings)
    if request.full and mailbox.pushed and before.as_set(mailbox.name) != entry.settings:
        why = "Amazon SES would hand the mail over to a mailbox that is not stored yet."
        raise Refused("full", why, "Store it with mailbox.put, then test it by its name.")
    then = RoundTrip(operator, settings, mailbox, password or "").looks() if request.full else ()
    return tested(lambda: operator.check_mailbox(mailbox, password or ""), advice(entry), then)


def start(operator: Operator, request: Start) -> Change:
    """Switches a mailbox on: it is polled at once. With `not_before`, mails that came before that are left alone."""
    more = {"not_before": request.not_before} if request.not_before else {}
    return _switched(operator, request.name, active=True, **more)


def stop(operator: Operator, request: Named) -> Change:
    """Switches a mailbox off. A poll that is running finishes the mails it has in hand."""
    return _switched(operator, request.name, active=False)


def sync_now(operator: Operator, request: Named) -> Queued:
    """Polls a mailbox now instead of when it is due."""
    settings = operator.settings.fresh()
    mailbox = existing_mailbox(settings, request.name)
    if mailbox.pushed:
        hint = f"Send a mail to {mailbox.address}; mailbox.test says whether it can arrive."
        raise Refused("name", f"Mailbox {mailbox.name} is not polled: Amazon SES hands its mail over as it comes.", hint)
    if not settings.desk.fetching_enabled:
        raise Refused(None, "Fetching is switched off for the whole desk.", "Set desk.fetching_enabled to true with settings.apply.")
    if not mailbox.active:
        raise Refused("name", f"Mailbox {mailbox.name} is stopped.", "Switch it on with mailbox.start.")
    operator.states.schedule(mailbox.name, operator.clock())
    operator.queues.poll([mailbox])
    return Queued(mailbox.name)


def _switched(operator: Operator, name: str, **fields: Any) -> Change:
    before = operator.settings.fresh()
    mailbox = replace(existing_mailbox(before, name), **fields)
    for refused in against_ses(mailbox) if mailbox.pushed else ():
        raise refused
    after = with_mailbox(before, mailbox)
    return change_account(operator, after, f"mailbox {name}", {f"mailbox/{name}": None})


def _health(operator: Operator, settings: Settings, mailbox: MailboxSettings) -> Health:
    return health(mailbox, operator.states.get(mailbox.name), settings, operator.clock())


def _row(mailbox: MailboxSettings, health: Health) -> MailboxRow:
    return MailboxRow(mailbox.name, mailbox.address, mailbox.host, mailbox.active, health.summary)


_SUPPORT = {
    "name": "support",
    "address": "support@example.com",
    "display_name": "Support",
    "host": "imap.example.com",
    "after_fetch": "move",
    "archive_folder": "Archive",
    "password": "example-password",
}

COMMANDS = (
    Command("mailbox.put", MailboxEntry, put, _SUPPORT),
    Command("mailbox.get", Named, get, {"name": "support"}),
    Command("mailbox.list", Nothing, list_all),
    Command("mailbox.delete", Named, delete, {"name": "support"}),
    Command("mailbox.test", MailboxTest, test, _SUPPORT, named=NamedTest),
    Command("mailbox.start", Start, start, {"name": "support", "not_before": "now"}),
    Command("mailbox.stop", Named, stop, {"name": "support"}),
    Command("mailbox.sync_now", Named, sync_now, {"name": "support"}),
)

"""Commands about outgoing accounts. Exactly one sender is the default, as long as there is any."""

from msgspec import Struct
from msgspec.structs import asdict, replace

from maildesk.desk.operate.accounts import SenderEntry, check_sender, existing_sender
from maildesk.desk.operate.changing import Change, change_account, default_sender, password_of, with_default, with_sender
from maildesk.desk.operate.command import Command, Named, Nothing
from maildesk.desk.operate.errors import Refused
from maildesk.desk.operate.operator import Operator
from maildesk.desk.operate.providers import advice
from maildesk.desk.operate.testing import Tested, tested
from maildesk.desk.send import login_of
from maildesk.ports import Login
from maildesk.settings import Sender, Settings


class SenderShown(Struct, frozen=True):
    sender: Sender


class SenderRow(Struct, frozen=True):
    name: str
    address: str
    kind: str
    host: str | None
    default: bool


class SenderList(Struct, frozen=True):
    senders: tuple[SenderRow, ...]


def put(operator: Operator, entry: SenderEntry) -> Change:
    """Creates a sender, or replaces all its settings: a field left out gets its default, or is as in `mailbox` where that is given:
    address, display name, kind, host, and signing in. The first one is the default sender; a later one becomes it with
    `default: true`."""
    before = operator.settings.fresh()
    default = entry.name if entry.default else default_sender(before)
    after = with_default(with_sender(before, entry.settings), default)
    check_sender(entry, after, password_of(operator, entry))
    return change_account(operator, after, f"sender {entry.name}", {entry.secret: entry.secret_value})


def get(operator: Operator, request: Named) -> SenderShown:
    """A sender's settings."""
    return SenderShown(existing_sender(operator.settings.fresh(), request.name))


def list_all(operator: Operator, _request: Nothing) -> SenderList:
    """All senders."""
    senders = operator.settings.fresh().senders
    return SenderList(tuple(SenderRow(one.name, one.address, one.kind, one.host, one.default) for one in senders))


def delete(operator: Operator, request: Named) -> Change:
    """Removes a sender and its password."""
    before = operator.settings.fresh()
    sender = existing_sender(before, request.name)
    others = tuple(one for one in before.senders if one is not sender)
    if sender.default and others:
        raise Refused("name", f"{sender.name} is the default sender.", "Make another one the default with sender.set_default first.")
    if user := next((mailbox for mailbox in before.mailboxes if mailbox.sender == sender.name), None):
        raise Refused("name", f"Mailbox {user.name} sends through {sender.name}.", f"Give mailbox {user.name} another sender first.")
    return change_account(operator, replace(before, senders=others), f"sender {sender.name}", {})


def test(operator: Operator, request: Named | SenderEntry) -> Tested:
    """Tries the connection step by step: of a stored sender by its name alone, or of a whole one before it is stored. Sends nothing."""
    settings = operator.settings.fresh()
    entry = request if isinstance(request, SenderEntry) else SenderEntry(**asdict(existing_sender(settings, request.name)))
    check_sender(entry, with_sender(settings, entry.settings), password_of(operator, entry))
    return tested(lambda: operator.check_sender(entry.settings, _login(operator, settings, entry)), advice(entry))


def set_default(operator: Operator, request: Named) -> Change:
    """Makes a sender the default one: it sends for every mailbox that names no sender of its own."""
    before = operator.settings.fresh()
    sender = existing_sender(before, request.name)
    return change_account(operator, with_default(before, sender.name), f"sender {sender.name}", {})


def _login(operator: Operator, settings: Settings, entry: SenderEntry) -> Login | None:
    if given := entry.secret_value:
        return Login(entry.login, given.value, entry.settings.auth, entry.secret)
    return login_of(entry.settings, settings, operator.secrets)


_OUTGOING = {
    "name": "outgoing",
    "address": "support@example.com",
    "display_name": "Support",
    "host": "smtp.example.com",
    "port": 587,
    "security": "starttls",
    "password": "example-password",
}

COMMANDS = (
    Command("sender.put", SenderEntry, put, _OUTGOING),
    Command("sender.get", Named, get, {"name": "outgoing"}),
    Command("sender.list", Nothing, list_all),
    Command("sender.delete", Named, delete, {"name": "outgoing"}),
    Command("sender.test", SenderEntry, test, _OUTGOING, named=Named),
    Command("sender.set_default", Named, set_default, {"name": "outgoing"}),
)

"""Commands about the whole desk as one document."""

from collections.abc import Container, Iterable
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, convert, field, to_builtins
from msgspec.structs import replace

from maildesk.desk.operate.accounts import Entry, MailboxEntry, SenderEntry, check_mailbox, check_sender
from maildesk.desk.operate.asking import SecretDocument, decoded
from maildesk.desk.operate.changing import Change, change_desk, default_sender, password_of, with_default, with_mailbox, with_sender
from maildesk.desk.operate.command import Command
from maildesk.desk.operate.errors import Refused, within
from maildesk.desk.operate.operator import Operator
from maildesk.desk.operate.protocols import against_protocol
from maildesk.desk.operate.shorthand import spelled_out
from maildesk.settings import Autoresponse, Desk, MailboxDefaults, Settings


class AutoresponseEntry(Autoresponse, frozen=True, kw_only=True, forbid_unknown_fields=True): ...


class DefaultsEntry(MailboxDefaults, frozen=True, kw_only=True, forbid_unknown_fields=True): ...


class DeskEntry(Desk, frozen=True, kw_only=True, forbid_unknown_fields=True):
    autoresponse: AutoresponseEntry = field(default_factory=AutoresponseEntry)
    mailbox_defaults: DefaultsEntry = field(default_factory=DefaultsEntry)

    @property
    def settings(self) -> Desk:
        return convert(to_builtins(self), Desk)


class Document(Struct, frozen=True, forbid_unknown_fields=True):
    """A whole desk, or a part of one: what is left out stays as it is."""

    desk: DeskEntry | None = None
    mailboxes: Annotated[tuple[MailboxEntry, ...], Meta(description="a list, each entry as for mailbox.put")] | None = None
    senders: Annotated[tuple[SenderEntry, ...], Meta(description="a list, each entry as for sender.put")] | None = None


class Apply(Struct, frozen=True, forbid_unknown_fields=True):
    document: Document | None = None
    yaml: SecretDocument | None = None
    dry_run: bool = False
    remove_missing: bool = False


class Applied(Struct, frozen=True):
    dry_run: bool
    changes: tuple[Change, ...]


class Export(Struct, frozen=True, forbid_unknown_fields=True):
    format: Literal["json", "yaml"] = "json"


class Exported(Struct, frozen=True, omit_defaults=True):
    document: Settings | None = None
    yaml: str | None = None


def apply(operator: Operator, request: Apply) -> Applied:
    """Makes the desk what a document says, all of it or nothing, and tells what that changes; with `dry_run` only tells. What
    the document leaves out stays as it is, each field of `desk` by itself; the defaults are those of a new desk. A mailbox or sender
    that is named is replaced, as by its `put`. With `remove_missing`, the lists of mailboxes and senders are whole: others are removed.
    Doing it again changes nothing."""
    document, place = _document(operator, request)
    before = operator.settings.fresh()
    with within(place):
        after = _merged(before, document, remove_missing=request.remove_missing)
        _check(operator, document, after)
    passwords = {entry.secret: entry.secret_value for entry in _entries(document)}
    return Applied(request.dry_run, tuple(change_desk(operator, after, passwords, dry_run=request.dry_run)))


def export(operator: Operator, request: Export) -> Exported:
    """The whole desk as a document for settings.apply, without passwords. Applied to this desk, it changes nothing."""
    settings = operator.settings.fresh()
    if request.format == "json":
        return Exported(document=settings)
    import yaml

    return Exported(yaml=yaml.safe_dump(to_builtins(settings), sort_keys=False, allow_unicode=True))


def _document(operator: Operator, request: Apply) -> tuple[Document, str]:
    """The document, and where in the request it stands."""
    if request.document and not request.yaml:
        return request.document, "document"
    if request.document or not request.yaml:
        raise Refused("document", "Either document or yaml must be given.", "Give an object as document, or a text as yaml.")
    with within("yaml"):
        return decoded(Document, spelled_out(operator, _loaded(request.yaml.value))), "yaml"


def _loaded(text: str) -> Any:
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        # Its own words may quote a password.
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}" if mark else ""
        hint = "Check the indentation, and put quotation marks around values with special characters."
        raise Refused(None, f"This is not valid YAML{place}.", hint) from None


def _entries(document: Document) -> tuple[Entry, ...]:
    return (*(document.mailboxes or ()), *(document.senders or ()))


def _merged(before: Settings, document: Document, *, remove_missing: bool) -> Settings:
    mailboxes, senders = document.mailboxes, document.senders
    _check_names("mailboxes", mailboxes or ())
    _check_names("senders", senders or ())
    after = replace(
        before,
        desk=document.desk.settings if document.desk else before.desk,
        mailboxes=() if remove_missing and mailboxes is not None else before.mailboxes,
        senders=() if remove_missing and senders is not None else before.senders,
    )
    for mailbox in mailboxes or ():
        after = with_mailbox(after, mailbox.settings)
    for sender in senders or ():
        after = with_sender(after, sender.settings)
    return with_default(after, _default(senders or ()) or default_sender(before))


def _default(senders: Iterable[SenderEntry]) -> str | None:
    names = [entry.name for entry in senders if entry.default]
    if len(names) > 1:
        raise Refused("senders", f"{' and '.join(names)} are both the default sender.", "Leave default: true on one of them.")
    return next(iter(names), None)


def _check_names(field: str, entries: Iterable[Entry]) -> None:
    seen = set[str]()
    for entry in entries:
        if entry.name in seen:
            raise Refused(field, f"Two of the {field} are named {entry.name}.", "Give each a name of its own.")
        seen.add(entry.name)


def _check(operator: Operator, document: Document, after: Settings) -> None:
    if document.desk:
        _check_agents(after)
        _check_followers(operator.settings.fresh(), after, {entry.name for entry in document.mailboxes or ()})
    for mailbox in document.mailboxes or ():
        with within(f"mailboxes.{mailbox.name}"):
            check_mailbox(mailbox, after, password_of(operator, mailbox))
    for sender in document.senders or ():
        with within(f"senders.{sender.name}"):
            check_sender(sender, after, password_of(operator, sender))


def _check_agents(after: Settings) -> None:
    addresses = {f"mailbox {one.name}": one.address for one in after.mailboxes} | {
        f"sender {one.name}": one.address for one in after.senders
    }
    for account, address in addresses.items():
        if after.employs(address):
            hint = "An agent writes from an address of their own."
            raise Refused("desk.agents", f"{address} is the address of {account}.", hint)


def _check_followers(before: Settings, after: Settings, named: Container[str]) -> None:
    """New defaults must suit the mailboxes the document does not name, too. What stood against one before is not their fault."""
    for mailbox in after.mailboxes:
        stood = {str(refused) for refused in against_protocol(mailbox, before)}
        for refused in against_protocol(mailbox, after):
            if mailbox.name not in named and str(refused) not in stood:
                hint = f"Give mailbox {mailbox.name} a setting of its own first."
                what = f"Mailbox {mailbox.name} cannot follow: {refused}"
                raise Refused(f"desk.mailbox_defaults.{refused.error.field}", what, hint)


_DOCUMENT = {
    "desk": {"name": "Example support", "poll_every_minutes": 5},
    "mailboxes": [{"name": "support", "address": "support@example.com", "host": "imap.example.com", "password": "example-password"}],
    "senders": [{"name": "outgoing", "address": "support@example.com", "host": "smtp.example.com", "password": "example-password"}],
}

COMMANDS = (
    Command("settings.apply", Apply, apply, {"document": _DOCUMENT, "dry_run": True}),
    Command("settings.export", Export, export, {"format": "yaml"}),
)

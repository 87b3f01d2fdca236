"""From one state of the desk to another. What breaks off half-way is mended by the same command, given again."""

from collections.abc import Iterator, Mapping
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from maildesk.desk.operate.accounts import Entry
from maildesk.desk.operate.asking import Secret
from maildesk.desk.operate.operator import Operator
from maildesk.settings import MailboxSettings, Sender, Settings
from maildesk.settings.auth import as_given

Passwords = Mapping[str, Secret | None]
"""Of each account the command names, by the name of its secret; None: not given."""


class Change(Struct, frozen=True):
    """What became of a part of the desk; `fields` names what changed in it, a password by its name only."""

    part: str
    change: Literal["created", "changed", "unchanged", "removed"]
    fields: tuple[str, ...] = ()


def change_desk(operator: Operator, after: Settings, passwords: Passwords, *, dry_run: bool = False) -> list[Change]:
    """Makes the desk what `after` says, and tells what that changes; `after` has been checked."""
    before = operator.settings.fresh()
    new_passwords = {name: secret.value for name, secret in passwords.items() if secret and _is_new(operator, name, secret)}
    changes = list(_changes(before, after, new_passwords))
    if dry_run:
        return changes
    for name, value in new_passwords.items():
        operator.secrets.put(name, value)
    _forget(operator, before, after)
    operator.settings.save(before, after)
    changed = {change.part for change in changes if change.change != "unchanged"}
    for mailbox in after.mailboxes:
        if f"mailbox {mailbox.name}" in changed or (f"mailbox/{mailbox.name}" in passwords and _is_forgotten(operator, mailbox)):
            # After the settings: a poll between the two would find a stopped mailbox and take it off the schedule again.
            operator.states.schedule(mailbox.name, operator.clock() if mailbox.polled else None)
    return changes


def change_account(operator: Operator, after: Settings, part: str, passwords: Passwords) -> Change:
    """The same, and what it changes of one account; `part` as in "mailbox support"."""
    return next(change for change in change_desk(operator, after, passwords) if change.part == part)


def _is_forgotten(operator: Operator, mailbox: MailboxSettings) -> bool:
    state = operator.states.get(mailbox.name)
    return mailbox.polled and (state is None or state.next_poll_at is None)


def password_of(operator: Operator, entry: Entry) -> str | None:
    """The password given, or all that is secret of auth; else what is stored."""
    if given := entry.secret_value:
        return given.value
    operator.secrets.forget(entry.secret)
    return operator.secrets.get(entry.secret)


def _is_new(operator: Operator, name: str, secret: Secret) -> bool:
    operator.secrets.forget(name)
    stored = operator.secrets.get(name)
    return stored is None or as_given(stored) != secret.value


def _forget(operator: Operator, before: Settings, after: Settings) -> None:
    """Whatever belongs to accounts that are gone."""
    for mailbox in before.mailboxes:
        if not after.as_set(mailbox.name):
            operator.states.delete(mailbox.name)
            operator.bucket.delete_below(f"known/{mailbox.name}/")
            operator.secrets.delete(f"mailbox/{mailbox.name}")
    for sender in before.senders:
        if not after.sender(sender.name):
            operator.secrets.delete(f"sender/{sender.name}")


def _changes(before: Settings, after: Settings, new_passwords: Mapping[str, str]) -> Iterator[Change]:
    old, new = _parts(before), _parts(after)
    for part in sorted(old.keys() | new.keys()):
        password = ("password",) if part.replace(" ", "/") in new_passwords else ()
        fields = _differing(old.get(part), new.get(part)) + password
        if part not in old or part not in new:
            yield Change(part, "created" if part in new else "removed")
        else:
            yield Change(part, "changed" if fields else "unchanged", fields)


def _parts(settings: Settings) -> dict[str, Struct]:
    mailboxes: dict[str, Struct] = {f"mailbox {mailbox.name}": mailbox for mailbox in settings.mailboxes}
    return {"desk": settings.desk, **mailboxes, **{f"sender {sender.name}": sender for sender in settings.senders}}


def _differing(old: Struct | None, new: Struct | None) -> tuple[str, ...]:
    if old is None or new is None:
        return ()
    return tuple(name for name in new.__struct_fields__ if getattr(old, name) != getattr(new, name))


def with_mailbox(settings: Settings, mailbox: MailboxSettings) -> Settings:
    others = (one for one in settings.mailboxes if one.name != mailbox.name)
    return replace(settings, mailboxes=tuple(sorted((*others, mailbox), key=lambda one: one.name)))


def with_sender(settings: Settings, sender: Sender) -> Settings:
    others = (one for one in settings.senders if one.name != sender.name)
    return replace(settings, senders=tuple(sorted((*others, sender), key=lambda one: one.name)))


def default_sender(settings: Settings) -> str | None:
    return next((sender.name for sender in settings.senders if sender.default), None)


def with_default(settings: Settings, name: str | None) -> Settings:
    """Exactly one sender is the default: the named one, else the first."""
    names = [sender.name for sender in settings.senders]
    chosen = name if name in names else next(iter(names), None)
    return replace(settings, senders=tuple(replace(sender, default=sender.name == chosen) for sender in settings.senders))

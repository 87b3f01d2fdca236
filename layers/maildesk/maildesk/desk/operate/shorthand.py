"""What operators may write for short, spelled out before it is checked: hosts with hints, providers, moments,
senders that follow their mailbox, and a desk of which only a part is given."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from msgspec import to_builtins

from maildesk.desk.operate.following import following, senders_following
from maildesk.desk.operate.hosts import without_hints
from maildesk.desk.operate.operator import Operator
from maildesk.desk.operate.providers import PROVIDERS
from maildesk.settings import MailboxSettings

_PARTS = {"mailbox": "mailboxes", "sender": "senders"}


def spelled_out(operator: Operator, given: Any, command: str = "") -> Any:
    """`command` as in mailbox.put; empty where `given` is a whole desk."""

    def stored(name: str) -> MailboxSettings | None:
        return operator.settings.fresh().as_set(name)

    def moment(mailbox: Mapping[str, Any]) -> Any:
        known = None if command == "mailbox.start" else stored(mailbox.get("name", ""))
        return (known.not_before if known else None) or operator.clock()

    part = _PARTS.get(command.partition(".")[0], "")
    spelled = _spelled(without_hints(given), part, moment)
    if part == "senders":
        return following(spelled, stored)
    return _with_whole_desk(operator, senders_following(spelled, stored))


def _with_whole_desk(operator: Operator, given: Any) -> Any:
    """A document, or a request that carries one: what its `desk` leaves out is as it is stored."""
    if not isinstance(given, dict):
        return given
    if "document" in given:
        return given | {"document": _with_whole_desk(operator, given["document"])}
    if not isinstance(given.get("desk"), dict):
        return given
    return given | {"desk": _over(to_builtins(operator.settings.fresh().desk), given["desk"])}


def _over(stored: Any, given: Any) -> Any:
    if not isinstance(stored, dict) or not isinstance(given, dict):
        return given
    return stored | {name: _over(stored.get(name), value) for name, value in given.items()}


def _spelled(given: Any, part: str, now: Callable[[Mapping[str, Any]], Any]) -> Any:
    """`now`: what that word means to a mailbox. Given again, it is still the moment it was given first."""
    if isinstance(given, list):
        return [_spelled(one, part, now) for one in given]
    if not isinstance(given, dict):
        return given
    inner = {name: _spelled(value, name, now) for name, value in given.items()}
    if "not_before" in inner:
        inner["not_before"] = now(inner) if inner["not_before"] == "now" else _in_utc(inner["not_before"])
    return inner | _host(inner, part)


def _host(given: Mapping[str, Any], part: str) -> dict[str, Any]:
    provider = PROVIDERS.get(str(given.get("provider")))
    if not provider or part not in _PARTS.values() or given.get("host") is not None:
        return {}
    kind = "smtp" if part == "senders" else "pop3" if given.get("protocol") == "pop3" else "imap"
    return {"host": getattr(provider, kind)} if getattr(provider, kind) else {}


def _in_utc(moment: Any) -> Any:
    """A day begins at midnight UTC, and a time without a zone is in UTC."""
    try:
        day = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    except ValueError:
        return moment
    if isinstance(day, date) and not isinstance(day, datetime):
        day = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return day.replace(tzinfo=day.tzinfo or UTC).astimezone(UTC) if isinstance(day, datetime) else day

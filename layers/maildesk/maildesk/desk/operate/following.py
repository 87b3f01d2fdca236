"""A sender that names a mailbox follows it: where and how it sends is as there, unless it says so itself."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from ipaddress import ip_address
from typing import Any

from msgspec import to_builtins

from maildesk.desk.operate.errors import Refused, within
from maildesk.desk.operate.providers import PROVIDERS
from maildesk.settings import MailboxSettings

Stored = Callable[[str], MailboxSettings | None]

_KINDS = {"graph": "graph", "ses": "ses"}
_INCOMING = re.compile(r"(?:imap4?|pop3?)\.(?=.+\.)", re.IGNORECASE)


def senders_following(given: Any, stored: Stored) -> Any:
    """A whole desk, or a request that carries one, with its senders spelled out. Their mailboxes are in it, or stored."""
    if not isinstance(given, dict):
        return given
    if "document" in given:
        with within("document"):
            return given | {"document": senders_following(given["document"], stored)}
    if not isinstance(given.get("senders"), list):
        return given
    mailboxes = given.get("mailboxes")
    beside = {str(one.get("name")): one for one in mailboxes if isinstance(one, dict)} if isinstance(mailboxes, list) else {}
    return given | {"senders": [_named(sender, stored, beside) for sender in given["senders"]]}


def _named(sender: Any, stored: Stored, beside: Mapping[str, Mapping[str, Any]]) -> Any:
    with within(f"senders.{sender.get('name') if isinstance(sender, dict) else None}"):
        return following(sender, stored, beside)


def following(sender: Any, stored: Stored, beside: Mapping[str, Mapping[str, Any]] | None = None) -> Any:
    """The sender with all that it takes from its mailbox, as operators write them."""
    name = sender.get("mailbox") if isinstance(sender, dict) else None
    if not isinstance(name, str):
        return sender
    known = (beside or {}).get(name) or to_builtins(stored(name) or {})
    if not known and sender.get("address") is None:
        raise Refused("mailbox", f"There is no mailbox {name!r} to follow.", "mailbox.list shows them, mailbox.put adds one.")
    said = {field: value for field, value in sender.items() if value is not None}
    return sender | _taken(said, known) | said if known else sender


def _taken(sender: Mapping[str, Any], mailbox: Mapping[str, Any]) -> dict[str, Any]:
    kind = sender.get("kind", _KINDS.get(str(mailbox.get("protocol")), "smtp"))
    taken = {"kind": kind} | {field: mailbox[field] for field in ("address", "display_name") if field in mailbox}
    if kind == "ses":
        return taken
    how = {} if "password" in sender else {"auth": "same_as_mailbox"}
    return taken | how | ({} if "host" in sender else _server(kind, mailbox))


def _server(kind: str, mailbox: Mapping[str, Any]) -> dict[str, Any]:
    """Host, and whether to trust it as there: of the port the usual one is taken."""
    host, protocol = mailbox.get("host"), mailbox.get("protocol", "imap")
    if not isinstance(host, str) or (protocol == "graph") != (kind == "graph"):
        return {}
    found = host if kind == "graph" else submission_host(host)
    plain = {"security": "none"} if mailbox.get("security") == "none" else {}
    return {"host": found, "verify_tls": mailbox.get("verify_tls", True), **plain} if found else {}


def submission_host(host: str) -> str | None:
    """Where mail is sent that is read from this host: known providers, or the usual names; None where only its owner can tell."""
    for provider in PROVIDERS.values():
        if host.lower() in (provider.imap, provider.pop3):
            return provider.smtp
    if _INCOMING.match(host):
        return _INCOMING.sub("smtp.", host, count=1)
    return host if host.lower().startswith("mail.") or _is_one_machine(host) else None


def _is_one_machine(host: str) -> bool:
    with suppress(ValueError):
        return bool(ip_address(host))
    return host == "localhost"

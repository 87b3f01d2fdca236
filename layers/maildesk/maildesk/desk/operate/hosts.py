"""Hosts as people write them: `ssl://imap.example.com:993` says host, port and security in one. And ports that belie security."""

import re
from collections.abc import Iterator
from typing import Any

from maildesk.desk.operate.errors import Refused
from maildesk.settings import Security

_HINT = re.compile(r"(ssl|tls|imaps|pop3s|smtps|https)://([^/\s@:]+)(?::(\d{1,5}))?/?(?:ews/exchange\.asmx)?", re.IGNORECASE)
_AUTH_WORDS = ("none", "password", "same_as_mailbox")
_STARTTLS_PORTS = {110, 143, 587}


def without_hints(given: Any) -> Any:
    """The request with every such host taken apart, and sign-ins that are one word as that word."""
    if isinstance(given, list):
        return [without_hints(one) for one in given]
    if not isinstance(given, dict):
        return given
    inner = {name: _word(without_hints(value)) if name == "auth" else without_hints(value) for name, value in given.items()}
    hint = _HINT.fullmatch(inner["host"].strip()) if isinstance(inner.get("host"), str) else None
    return _taken_apart(inner, hint) if hint else inner


def _word(auth: Any) -> Any:
    """`{"kind": "password"}`, written like the sign-ins that have more to say, is `"password"`."""
    return auth["kind"] if isinstance(auth, dict) and auth.keys() == {"kind"} and auth["kind"] in _AUTH_WORDS else auth


def _taken_apart(given: dict[str, Any], hint: re.Match[str]) -> dict[str, Any]:
    port = int(hint[3]) if hint[3] else given.get("port")
    starts_plain = hint[1].lower() == "tls" and port in _STARTTLS_PORTS
    said = {"host": hint[2], "port": port, "security": "starttls" if starts_plain else "tls"}
    for name in ("port", "security"):
        if given.get(name) not in (None, said[name]):
            raise Refused(name, f"The host says {hint[0]}, but {name} is {given[name]}.", "Say it once: give the bare host name.")
    return given | said


def wrong_port(port: int | None, security: Security, tls: int, starttls: int) -> Iterator[Refused]:
    if port == tls and security != "tls":
        hint = f"Set security to tls, or port to {starttls}."
        yield Refused("security", f"Port {tls} speaks TLS from the start, but security is {security}.", hint)
    if port == starttls and security == "tls":
        hint = f"Set security to starttls, or port to {tls}."
        yield Refused("security", f"Port {starttls} starts without TLS, but security is tls.", hint)

"""Signed reply tokens: they stand in the Message-IDs we send, so that an answer finds its ticket and nobody can forge one."""

import hmac
import re
from base64 import b32encode
from collections.abc import Iterable, Sequence
from typing import Literal

from msgspec import Struct

Role = Literal["c", "a"]
"""Whom a mail was written to: c, the customer's side; a, an agent."""

_TOKEN = re.compile(r"\bmd\.(\d{1,15})\.([0-9a-z]{1,40})\.([ca])\.([a-z2-7]{16})(?![a-z0-9])", re.IGNORECASE | re.ASCII)

_SEARCHED = 100_000
"""Characters of a text that are searched."""


class Token(Struct, frozen=True):
    """A token whose signature held: the mail `entry` of `ticket`, written to `role`."""

    ticket: int
    entry: str
    role: str


def sign(keys: Sequence[bytes], ticket: int, entry: str, role: Role) -> str:
    """`md.<ticket>.<entry>.<role>.<80 bits of HMAC-SHA256, base32>`, in lower case, safe in a Message-ID's left side
    and in a plus-address. Signed with the newest key, which is the first."""
    stem = f"{ticket}.{entry}.{role}"
    return f"md.{stem}.{_signature(keys[0], stem)}"


def tokens_in(keys: Sequence[bytes], texts: Iterable[str]) -> list[Token]:
    """Every token in these texts that one of our keys signed, in the order found."""
    return [token for text in texts for match in _TOKEN.finditer(text[:_SEARCHED]) if (token := _verified(keys, match))]


def _verified(keys: Sequence[bytes], match: re.Match[str]) -> Token | None:
    ticket, entry, role, signature = match[1], match[2].lower(), match[3].lower(), match[4].lower()
    stem = f"{ticket}.{entry}.{role}"
    if any(hmac.compare_digest(_signature(key, stem), signature) for key in keys):
        return Token(int(ticket), entry, role)
    return None


def _signature(key: bytes, stem: str) -> str:
    return b32encode(hmac.digest(key, stem.encode(), "sha256")[:10]).decode().lower()

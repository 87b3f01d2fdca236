"""Address headers, as strict as people write them: not at all (RFC 5322 §3.4 and its obsolete forms)."""

import re
from dataclasses import dataclass, field

from maildesk.mail.headers import decode_text
from maildesk.mail.message import Address
from maildesk.mail.words import decode_words

MAX_ADDRESSES = 2000
MAX_ADDRESS = 320  # RFC 5321 §4.5.3.1: 64 before the @, 255 behind it
MAX_NAME = 300
SIMPLE = re.compile(r'(?:"([^"\\=]*)"|([^"<>,;:()\\@=]*?))\s*<([^<>\s"@:=]+@[^<>\s"@:=]+)>|([^\s"<>,;:()\\@=]+@[^\s"<>,;:()\\@]+)')
TOKEN = re.compile(
    r'(?P<word>=\?[^?\s]+\?[bBqQ]\?[^?]*\?=)|"(?P<quoted>(?:[^"\\]|\\.)*+)(?P<closed>"?)|<(?P<angle>[^<>]*)>?|(?P<special>[,;:()])|(?P<atom>[^\s",;:()<>]+)'
)
HIDDEN = re.compile(r"<([^<>\s]+@[^<>\s]+)>")


@dataclass(slots=True)
class _Mailbox:
    """One entry of the list while it is being read."""

    words: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    angle: str | None = None


def read_addresses(value: str) -> tuple[Address, ...]:
    if not value:
        return ()
    simple = SIMPLE.fullmatch(value)
    if simple and len(value) <= MAX_ADDRESS:
        quoted, name, angle, bare = simple.groups()
        return (Address(_tidy(quoted or name or ""), lower_host(angle or bare)),)
    found = (_finish(entry) for entry in _entries(value))
    return tuple(address for address in found if address)[:MAX_ADDRESSES]


def lower_host(address: str) -> str:
    local, at, host = address.rpartition("@")
    return f"{local}@{host.lower()}" if at else address


def _entries(value: str) -> list[_Mailbox]:
    entries, depth, after = [_Mailbox()], 0, 0
    for token in TOKEN.finditer(value):
        kind, text, entry = token.lastgroup, token[0], entries[-1]
        if kind == "special" and text in "()":
            depth = max(0, depth + (1 if text == "(" else -1))
        elif depth:
            entry.comments.append(text)
        elif kind == "special":
            _separate(entries, text)
        elif kind == "angle":
            entry.angle = token["angle"]
        elif kind == "closed" and not token["closed"]:
            return [*entries[:-1], *_entries(value[: token.start()].rpartition(",")[2] + token["quoted"].replace('"', " "))]
        else:
            _add_word(entry, token, adjacent=token.start() == after)
        after = token.end()
    return entries


def _separate(entries: list[_Mailbox], mark: str) -> None:
    """A colon ends the name of a group, which is nobody's address."""
    if mark == ":":
        entries[-1].words.clear()
    else:
        entries.append(_Mailbox())


def _add_word(entry: _Mailbox, token: re.Match[str], *, adjacent: bool) -> None:
    quoted = token["quoted"]
    text = token[0] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
    if quoted is None and adjacent and text.startswith("@") and entry.words:
        entry.words[-1] = f'"{entry.words[-1]}"{text}'
    else:
        entry.words.append(text)


def _finish(entry: _Mailbox) -> Address | None:
    name = decode_words(" ".join(entry.words)).strip()
    address = entry.angle
    if address is None:
        hidden = HIDDEN.search(name)
        if hidden:
            return Address(_tidy(name[: hidden.start()].strip(' "')), lower_host(hidden[1]))
        address = next((word for word in entry.words if "@" in word), "")
        name = " ".join(word for word in entry.words if word != address) or " ".join(entry.comments)
        name = decode_words(name)
    address = _bare(address)
    return Address(_tidy(name), lower_host(address)) if address and len(address) <= MAX_ADDRESS else None


def _bare(address: str) -> str:
    """Without white space, `mailto:` or a source route (RFC 5322 §4.4)."""
    text = decode_words(address.strip() if '"' in address else "".join(address.split()))
    if text.startswith("@") and ":" in text:
        text = text.partition(":")[2]
    return text.removeprefix("mailto:").strip("<>'\"" if not text.startswith('"') else "<>'")


def _tidy(name: str) -> str:
    return decode_text(name).strip("'\"")[:MAX_NAME] if name else ""

"""Which mail is this? Told from the bytes alone, so that the same mail is known again wherever and however often it arrives."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

_STABLE = (b"message-id", b"date", b"from", b"to", b"subject", b"in-reply-to")
_ID = re.compile(rb"<([^<>\s]{1,998})>")
_END_OF_HEADER = re.compile(rb"\r?\n\r?\n|\r\r")
_HEADER_BYTES = 1 << 20
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """`identity`: the Message-ID and the stable headers and body, digested (32 hex digits). Trace headers, which differ
    between two deliveries of one mail, and line ends do not count; a Message-ID reused on other content is another mail.
    `conversation`: the same for all mails of one exchange (RFC 5322 §3.6.4), 32 hex digits."""

    identity: str
    conversation: str


def fingerprint(raw: bytes) -> Fingerprint:
    taking = Fingerprinting()
    for start in range(0, len(raw), _CHUNK):
        taking.add(raw[start : start + _CHUNK])
    return taking.done()


def header_of(raw: bytes) -> bytes:
    """A mail's header with the empty line after it; at most 1 MB."""
    found = _END_OF_HEADER.search(raw, 0, _HEADER_BYTES)
    return raw[: found.end() if found else _HEADER_BYTES]


class Fingerprinting:
    """A fingerprint taken of a mail part by part, wherever it is cut; of a header, at most 1 MB is held."""

    def __init__(self) -> None:
        self._digest = sha256()
        self._header = b""
        self._headers: dict[bytes, bytes] | None = None
        self._held_back = 0

    def add(self, part: bytes) -> None:
        self._add_text(self._after_header(self._header + part) if self._headers is None else part)

    def done(self) -> Fingerprint:
        headers = self._told_by(self._header) if self._headers is None else self._headers
        identity = self._digest.hexdigest()[:32]
        root = _root(headers)
        return Fingerprint(identity, sha256(root).hexdigest()[:32] if root else identity)

    def _after_header(self, start: bytes) -> bytes:
        """What of a mail's start is text."""
        self._header = start[:_HEADER_BYTES]
        found = _END_OF_HEADER.search(self._header)
        if found is None and len(start) <= _HEADER_BYTES:
            return b""
        end = found.end() if found else _HEADER_BYTES
        self._headers = self._told_by(start[:end])
        return start[end:]

    def _told_by(self, header: bytes) -> dict[bytes, bytes]:
        headers = _first_of_each(header)
        for name in _STABLE:
            self._digest.update(name + b":" + headers.get(name, b"") + b"\n")
        return headers

    def _add_text(self, part: bytes) -> None:
        """Empty lines count when something follows them."""
        text = part.translate(None, b"\r")
        held_back = len(text) - len(stripped := text.rstrip(b"\n"))
        if stripped:
            for line_ends in _line_ends(self._held_back):
                self._digest.update(line_ends)
            self._digest.update(stripped)
            self._held_back = 0
        self._held_back += held_back


def _line_ends(count: int) -> Iterator[bytes]:
    """Millions of them, a few at a time."""
    yield from (b"\n" * min(_CHUNK, count - start) for start in range(0, count, _CHUNK))


def _first_of_each(header: bytes) -> dict[bytes, bytes]:
    headers: dict[bytes, bytes] = {}
    for line in re.sub(rb"\r?\n[ \t]+", b" ", header).splitlines():
        name, colon, value = line.partition(b":")
        if colon:
            headers.setdefault(name.strip().lower(), b" ".join(value.split()))
    return headers


def _root(headers: dict[bytes, bytes]) -> bytes | None:
    for name in (b"references", b"in-reply-to", b"message-id"):
        if found := _ID.search(headers.get(name, b"")):
            return found[1]
    return None

"""Which mail is this? Told from the bytes alone, so that the same mail is known again wherever and however often it arrives."""

import re
from dataclasses import dataclass
from hashlib import sha256

_STABLE = (b"message-id", b"date", b"from", b"to", b"subject", b"in-reply-to")
_ID = re.compile(rb"<([^<>\s]{1,998})>")
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """`identity`: the Message-ID and the stable headers and body, digested (32 hex digits). Trace headers, which differ
    between two deliveries of one mail, and line ends do not count; a Message-ID reused on other content is another mail.
    `conversation`: the same for all mails of one exchange (RFC 5322 §3.6.4), 32 hex digits."""

    identity: str
    conversation: str


def fingerprint(raw: bytes) -> Fingerprint:
    end_of_header = _end_of_header(raw)
    headers = _first_of_each(raw[:end_of_header])
    digest = sha256()
    for name in _STABLE:
        digest.update(name + b":" + headers.get(name, b"") + b"\n")
    end_of_text = _end_of_text(raw)
    for start in range(end_of_header, end_of_text, _CHUNK):
        digest.update(raw[start : min(start + _CHUNK, end_of_text)].translate(None, b"\r"))
    identity = digest.hexdigest()[:32]
    root = _root(headers)
    return Fingerprint(identity, sha256(root).hexdigest()[:32] if root else identity)


def _end_of_header(raw: bytes) -> int:
    found = re.search(rb"\r?\n\r?\n|\r\r", raw)
    return found.end() if found else len(raw)


def _end_of_text(raw: bytes) -> int:
    end = len(raw)
    while end:
        start = max(0, end - _CHUNK)
        if text := raw[start:end].rstrip(b"\r\n"):
            return start + len(text)
        end = start
    return 0


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

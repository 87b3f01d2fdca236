"""`type/subtype; name=value` headers, however badly written (RFC 2045 §5.1, RFC 2231)."""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from maildesk.mail.charsets import decode
from maildesk.mail.words import decode_words

MAX_LENGTH = 8 * 1024
TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,100}/[a-z0-9!#$&^_.+-]{1,100}")
PIECE = re.compile(r'(?:"(?:[^"\\]|\\.)*+"|[^;])+')
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"?')
LABELLED = re.compile(r"([^']*)'[^']*'(.*)", re.DOTALL)
CONTINUED = re.compile(r"(.+?)\*(?:(\d{1,3})(\*?))?$")


@dataclass(frozen=True, slots=True)
class ContentType:
    whole: str
    main: str
    sub: str
    params: dict[str, str]

    def __str__(self) -> str:
        return self.whole

    @property
    def charset(self) -> str:
        return self.params.get("charset", "")


@lru_cache(maxsize=512)
def read_content_type(value: str, default: str) -> ContentType:
    """Do not change the answer's `params`: it is shared between calls."""
    kind, params = read_parameters(value)
    if not TYPE.fullmatch(kind):
        kind = default if not value.strip() else _unreadable_type(kind, params)
    main, _, sub = kind.partition("/")
    return ContentType(kind, main, sub, params)


def _unreadable_type(kind: str, params: dict[str, str]) -> str:
    """RFC 2045 §5.2 takes what cannot be read for text; most of it is a file whose sender wrote `pdf`."""
    return "text/plain" if kind in ("", "text", "plain") or "charset" in params else "application/octet-stream"


def read_parameters(value: str) -> tuple[str, dict[str, str]]:
    """The lower-cased leading token and the parameters, decoded, by lower-case name. The first of a name wins."""
    pieces = PIECE.findall(value[:MAX_LENGTH])
    if not pieces:
        return "", {}
    head, _, stray = pieces[0].strip().partition(" ")
    pairs = [pair for piece in [stray, *pieces[1:]] for pair in _pairs(piece)]
    plain: dict[str, str] = {}
    segments: dict[str, dict[int, tuple[str, bool]]] = {}
    for name, text in pairs:
        continued = CONTINUED.match(name) if "*" in name else None
        if continued:
            base, number, star = continued.groups()
            encoded = star == "*" or number is None
            segments.setdefault(base, {}).setdefault(int(number or 0), (text, encoded))
        else:
            plain.setdefault(name, decode_words(text) if "=?" in text else text)
    joined = {name: _join_segments(found) for name, found in segments.items()}
    return head.strip(' \t"').lower(), plain | joined


def _pairs(piece: str) -> list[tuple[str, str]]:
    """Usually one; more where a semicolon is missing between them."""
    name, equals, rest = piece.partition("=")
    name, rest = name.strip().lower(), rest.strip()
    if not equals or not name:
        return []
    quoted = QUOTED.match(rest)
    if not quoted:
        return [(name, rest)]
    return [(name, re.sub(r"\\(.)", r"\1", quoted[1])), *_pairs(rest[quoted.end() :])]


def _join_segments(found: dict[int, tuple[str, bool]]) -> str:
    """RFC 2231 §3 and §4: numbered pieces, percent-encoded or not, the first naming the charset."""
    charset, data = "utf-8", b""
    for number in sorted(found):
        text, encoded = found[number]
        if encoded and number == min(found) and (labelled := LABELLED.match(text)):
            charset, text = labelled.groups()
        data += unquote_to_bytes(text) if encoded else text.encode("utf-8", "replace")
    return decode(data, charset or "utf-8")[0]

"""Which parts are read and which are kept as files (RFC 8621 §4.1.4), and their text."""

import re
from dataclasses import dataclass

from maildesk.mail.attachments import disposition, part_name
from maildesk.mail.charsets import decode, with_line_feeds
from maildesk.mail.flowed import unflow
from maildesk.mail.message import Attachment
from maildesk.mail.structure import Part
from maildesk.mail.transfer import decode_transfer

MAX_TEXT = 1_000_000  # characters of one part that are read; the raw mail has the rest
MAX_TEXT_BYTES = 8 * MAX_TEXT  # more of them are not even decoded: that would take four times as much memory again
TOO_LONG = f"The text is longer than {MAX_TEXT} characters; the rest is in the raw mail only."
META_CHARSET = re.compile(rb"<meta\b[^>]{0,200}\bcharset\s*=\s*[\"']?([A-Za-z0-9_:.-]{1,40})", re.IGNORECASE)
READ = ("text/plain", "text/html")
FILES = (
    "text/calendar",
    "text/csv",
    "text/vcard",
    "text/x-vcard",
    "text/directory",
    "text/xml",
    "text/rfc822-headers",
)  # never the mail's words


@dataclass(frozen=True, slots=True)
class Bodies:
    """Parts in the order they stand: for a reader of text, for a reader of HTML, and the files."""

    text: list[Part]
    html: list[Part]
    files: list[Part]

    @property
    def has_html(self) -> bool:
        return any(part.content_type.sub == "html" for part in self.html)


def sort_parts(part: Part, parent: str, *, first: bool = True) -> Bodies:
    if part.children:
        inner = [sort_parts(child, part.content_type.sub, first=number == 0) for number, child in enumerate(part.children)]
        return _best_of(inner) if part.content_type.sub == "alternative" else _all_of(inner)
    if part.content_type.main == "multipart" or _is_body(part, parent, first):
        return Bodies([part], [part], [])
    return Bodies([], [], [part])


def _all_of(inner: list[Bodies]) -> Bodies:
    return Bodies(
        [part for bodies in inner for part in bodies.text],
        [part for bodies in inner for part in bodies.html],
        [part for bodies in inner for part in bodies.files],
    )


def _best_of(inner: list[Bodies]) -> Bodies:
    """Of alternatives, the plain ones for a reader of text and the rich ones for a reader of HTML."""
    rich = _all_of([bodies for bodies in inner if bodies.has_html])
    plain = _all_of([bodies for bodies in inner if not bodies.has_html])
    return Bodies(plain.text or rich.text, rich.html or plain.html, _all_of(inner).files)


def _is_body(part: Part, parent: str, first: bool) -> bool:
    kind = str(part.content_type)
    if disposition(part) == "attachment" or (kind not in READ and (parent or part.content_type.main != "text" or kind in FILES)):
        return False
    return first or (parent != "related" and not part_name(part))


def part_text(part: Part) -> tuple[str, list[Attachment], list[str]]:
    """The decoded text with `\n` line ends, the files written into it, and what went wrong."""
    raw, broken = decode_transfer(part.body, part.get("content-transfer-encoding"))
    raw, files = _without_files(raw)
    text, misread = decode(_start(raw), part.content_type.charset or _charset_in_html(part, raw))
    text = with_line_feeds(text)
    text, wrapped = _without_armour(text)
    if "format" in part.content_type.params:
        text = _unflowed(text, part.content_type.params)
    too_long = TOO_LONG if len(text) > MAX_TEXT else None
    return text[:MAX_TEXT], files, [problem for problem in (broken, misread, wrapped, too_long) if problem]


def _start(raw: bytes) -> bytes:
    """Of a very long text the first lines: a character cut in two would make its charset doubtful."""
    return raw if len(raw) <= MAX_TEXT_BYTES else raw[: raw.rfind(b"\n", 0, MAX_TEXT_BYTES) + 1] or raw[:MAX_TEXT_BYTES]


def _charset_in_html(part: Part, raw: bytes) -> str:
    found = META_CHARSET.search(raw, 0, 2048) if part.content_type.sub == "html" else None
    return found[1].decode("ascii") if found else ""


def _without_files(raw: bytes) -> tuple[bytes, list[Attachment]]:
    if b"begin " not in raw:
        return raw, []
    from maildesk.mail.uuencode import take_out_files

    return take_out_files(raw)


def _without_armour(text: str) -> tuple[str, str | None]:
    if "-----BEGIN PGP" not in text:
        return text, None
    from maildesk.mail.pgp import without_armour

    return without_armour(text)


def _unflowed(text: str, params: dict[str, str]) -> str:
    return unflow(text, delsp=params.get("delsp", "").lower() == "yes") if params["format"].lower() == "flowed" else text

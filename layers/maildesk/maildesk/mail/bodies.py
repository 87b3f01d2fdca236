"""Which parts are read and which are kept as files (RFC 8621 §4.1.4), and their text."""

from dataclasses import dataclass, field

from maildesk.mail.attachments import disposition, part_name
from maildesk.mail.charsets import decode
from maildesk.mail.flowed import unflow
from maildesk.mail.structure import Part
from maildesk.mail.transfer import decode_transfer

MAX_TEXT = 1_000_000  # characters of one part that are read; the raw mail has the rest
READ = ("text/plain", "text/html")
MEDIA = ("image", "audio", "video")


@dataclass
class Bodies:
    """Parts in the order they stand: for a reader of text, for a reader of HTML, and the files."""

    text: list[Part] = field(default_factory=list)
    html: list[Part] = field(default_factory=list)
    files: list[Part] = field(default_factory=list)


def sort_parts(root: Part) -> Bodies:
    bodies = Bodies()
    _sort(root, bodies, parent="mixed", first=True)
    return bodies


def _sort(part: Part, bodies: Bodies, parent: str, first: bool) -> None:
    if part.children:
        _sort_children(part, bodies)
    elif part.content_type.main == "multipart":
        bodies.text.append(part)
        bodies.html.append(part)
    elif _is_body(part, parent, first):
        kind = str(part.content_type)
        if kind != "text/html" or parent != "alternative":
            bodies.text.append(part)
        if kind == "text/html" or parent != "alternative":
            bodies.html.append(part)
    else:
        bodies.files.append(part)


def _sort_children(part: Part, bodies: Bodies) -> None:
    kind = part.content_type.sub
    inner = Bodies(files=bodies.files)
    for number, child in enumerate(part.children):
        _sort(child, inner, "alternative" if kind == "alternative" else kind, first=number == 0)
    if kind == "alternative":
        has_html = any(str(leaf.content_type) == "text/html" for leaf in inner.html)
        inner = Bodies(inner.text or inner.html, inner.html if has_html else inner.text, inner.files)
    bodies.text += inner.text
    bodies.html += inner.html


def _is_body(part: Part, parent: str, first: bool) -> bool:
    if str(part.content_type) not in READ or disposition(part) == "attachment":
        return False
    return first or (parent != "related" and not part_name(part))


def part_text(part: Part) -> tuple[str, list[str]]:
    """The decoded text with `\\n` line ends, and what went wrong."""
    raw, broken = decode_transfer(part.body, part.get("content-transfer-encoding"))
    text, misread = decode(raw, part.content_type.charset)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if part.content_type.params.get("format", "").lower() == "flowed":
        text = unflow(text, delsp=part.content_type.params.get("delsp", "").lower() == "yes")
    cut = f"The text is longer than {MAX_TEXT} characters; the rest is in the raw mail only." if len(text) > MAX_TEXT else None
    return text[:MAX_TEXT], [problem for problem in (broken, misread, cut) if problem]

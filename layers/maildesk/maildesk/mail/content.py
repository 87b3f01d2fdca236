"""A tree of parts → what a person reads of it, and the files it brings."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from maildesk.mail.attachments import content_id, named_apart, part_attachment, part_name
from maildesk.mail.bodies import Bodies, part_text, sort_parts
from maildesk.mail.message import Attachment
from maildesk.mail.openers import Opened, opener_for
from maildesk.mail.structure import Part

NO_TEXT = "The mail has no text."


@dataclass(slots=True)
class Content:
    text: str
    html: str | None
    attachments: tuple[Attachment, ...]
    problems: list[str]


class _Reader:
    """Decodes each text part once, though a reader of text and one of HTML may both want it."""

    def __init__(self, bodies: Bodies, opened: list[Opened]) -> None:
        self.bodies = bodies
        self.opened = opened
        self.problems = [opening.problem for opening in opened if opening.problem]
        self.embedded: list[Attachment] = []
        self.read: dict[int, str] = {}

    def text(self) -> str:
        text = self._joined(self.bodies.text)
        if self.bodies.has_html and not text.strip():
            text = self._joined(self.bodies.html)
        return self._with_opened(text, "\n\n", lambda opening: opening.text)

    def html(self, images: Callable[[], dict[str, str]]) -> str | None:
        if not self.bodies.has_html and not any(opening.html for opening in self.opened):
            return None
        from maildesk.mail.html import safe_html

        html = "\n".join(self._rich(part) for part in self.bodies.html)
        return safe_html(self._with_opened(html, "\n", _shown_in_html), images())

    def _joined(self, parts: list[Part]) -> str:
        return "\n".join(self._plain(part) for part in parts)

    def _plain(self, part: Part) -> str:
        if part.content_type.sub != "html":
            return self._read(part)
        from maildesk.mail.html_text import html_to_text

        return html_to_text(self._read(part))

    def _rich(self, part: Part) -> str:
        return self._read(part) if part.content_type.sub == "html" else _as_html(self._read(part))

    def _read(self, part: Part) -> str:
        """The decoded text; HTML is shaped."""
        if id(part) not in self.read:
            text, files, wrong = part_text(part)
            self.read[id(part)] = shaped(text) if part.content_type.sub == "html" else text
            self.embedded += files
            self.problems += wrong
        return self.read[id(part)]

    def _with_opened(self, body: str, gap: str, shown: Callable[[Opened], str]) -> str:
        """What stood in containers comes after the mail's own words, or in their place where there are none."""
        more = [text for opening in self.opened if (text := shown(opening)) and not (opening.stands_in and body.strip())]
        return gap.join([body.rstrip(), *more]).lstrip("\n") if more else body


def shaped(html: str) -> str:
    from maildesk.mail.html_shape import shape_html

    return shape_html(html)


def _shown_in_html(opening: Opened) -> str:
    return shaped(opening.html) if opening.html else _as_html(opening.text)


def read_content(root: Part) -> Content:
    is_plain = root.content_type.whole == "text/plain" and "content-disposition" not in root.first
    content = _read_plain(root) if is_plain else _read_bodies(sort_parts(root, ""))
    if not content.text.strip():
        content.problems.append(NO_TEXT)
    return content


def _read_plain(root: Part) -> Content:
    """What most mails are: one text."""
    text, files, problems = part_text(root)
    return Content(text, None, tuple(named_apart(files)) if files else (), problems)


def _read_bodies(bodies: Bodies) -> Content:
    openings = [(part, opener_for(part)) for part in bodies.files]
    opened = {id(part): opening for part, opener in openings if opener and (opening := opener(part))}
    reader = _Reader(bodies, list(opened.values()))
    text = reader.text()
    html = reader.html(lambda: _images(bodies, opened))
    files = [*_files(bodies, opened, html or ""), *reader.embedded]
    return Content(text, html, tuple(named_apart(files)), reader.problems)


def _files(bodies: Bodies, opened: dict[int, Opened], html: str) -> list[Attachment]:
    shown = [cid for part in bodies.files if (cid := content_id(part)) and f"cid:{escape(cid)}" in html]
    files: list[Attachment] = []
    for part in bodies.files:
        opening = opened.get(id(part))
        if opening is None or opening.keep:
            files.append(part_attachment(part, shown))
        if opening:
            files += opening.files
    return files


def _images(bodies: Bodies, opened: dict[int, Opened]) -> dict[str, str]:
    """What HTML may call a file of the mail → its content id."""
    packed = [file.content_id for opening in opened.values() for file in opening.files]
    ids = [*map(content_id, bodies.files), *packed]
    locations = {part.get("content-location").lower(): content_id(part) or "" for part in bodies.files if "content-location" in part.first}
    names = {f"cid:{part_name(part).lower()}": cid for part in bodies.files if (cid := content_id(part)) and part_name(part)}
    return names | locations | {f"cid:{cid.lower()}": cid for cid in ids if cid}


def _as_html(text: str) -> str:
    lines = escape(text.strip(), quote=False).replace("\n", "<br>")
    return f"<p>{lines}</p>" if lines else ""

"""HTML → text a person can read: paragraphs, lists, links, quotations and tables keep their meaning.

Reads only what `html_shape` wrote, so a plain scan of tags is enough and takes linear time.
"""

import re
from collections.abc import Callable
from html import unescape

from maildesk.mail.html_shape import BLOCKS

TAG = re.compile(r'<(/?)([a-z0-9]+)((?: [a-z]+="[^"]*+")*+)>')
HREF = re.compile(r' href="([^"]*+)"')
ALT = re.compile(r' alt="([^"]*+)"')
SPACE = re.compile(r"[ \t\r\n\f\xa0]+")
INVISIBLE = str.maketrans("", "", "\u200b\u200c\u00ad\ufeff\u2060")
APART = frozenset(("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table", "blockquote", "pre"))
RULE = "-" * 20


def html_to_text(shaped: str) -> str:
    """`shaped` by `shape_html`."""
    return _Writer().write(shaped)


class _Writer:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line: list[str] = []
        self.indent = ""  # before the next line only: a bullet
        self.gap: int | None = None  # an empty line is due, quoted this deep
        self.quotes = 0
        self.verbatim = 0
        self.lists: list[int | None] = []  # the last number, None for bullets
        self.cells: list[tuple[list[str], int, int | None]] = []  # lines, quotes and gap around each open cell
        self.rows: list[list[list[str]]] = []
        self.link: tuple[str, int] | None = None

    def write(self, html: str) -> str:
        position = 0
        for tag in TAG.finditer(html):
            self._text(html[position : tag.start()])
            position = tag.end()
            self._tag(tag[2], tag[3], closing=bool(tag[1]))
        self._text(html[position:])
        self._end_line()
        return "\n".join(self.lines).strip("\n")

    def _tag(self, name: str, attributes: str, *, closing: bool) -> None:
        if name in BLOCKS:
            self._end_line()
        if name in APART and not self.lists and not closing:
            self._leave_gap()
        act = (CLOSE if closing else OPEN).get(name)
        if act:
            act(self, attributes)
        if name in APART and not self.lists and closing:
            self._leave_gap()

    def _text(self, markup: str) -> None:
        text = unescape(markup).translate(INVISIBLE)
        if not text:
            return
        if not self.verbatim:
            self.line.append(SPACE.sub(" ", text))
            return
        *complete, last = text.split("\n")
        for line in complete:
            self.line.append(line)
            self._end_line(even_empty=True)
        self.line.append(last)

    def _end_line(self, *, even_empty: bool = False) -> None:
        text = "".join(self.line)
        text = text.rstrip() if self.verbatim else " ".join(text.split())
        self.line = []
        if text or even_empty:
            self._put_line(self.indent + text)
            self.indent = "" if not self.lists else " " * len(self.indent)

    def _put_line(self, text: str) -> None:
        if self.gap is not None and self.lines:
            self.lines.append(("> " * min(self.gap, self.quotes)).rstrip())
        self.gap = None
        self.lines.append(("> " * self.quotes + text).rstrip())

    def _leave_gap(self) -> None:
        self.gap = self.quotes if self.gap is None else min(self.gap, self.quotes)

    def break_line(self, _attributes: str) -> None:
        self._end_line(even_empty=True)

    def draw_rule(self, _attributes: str) -> None:
        self._put_line(RULE)

    def show_image(self, attributes: str) -> None:
        alt = ALT.search(attributes)
        text = unescape(alt[1]).strip() if alt else ""
        if text:
            self.line.append(f"[{text}]" if any(letter.isalnum() for letter in text) else text)

    def open_link(self, attributes: str) -> None:
        href = HREF.search(attributes)
        self.link = (unescape(href[1]).strip(), len(self.line)) if href else None

    def close_link(self, _attributes: str) -> None:
        if self.link:
            target, start = self.link
            shown = " ".join("".join(self.line[start:]).split())
            if _adds_something(target, shown):
                self.line.append(f" <{target}>" if shown else f"<{target}>")
        self.link = None

    def open_bullets(self, _attributes: str) -> None:
        self.lists.append(None)

    def open_numbers(self, _attributes: str) -> None:
        self.lists.append(0)

    def close_list(self, _attributes: str) -> None:
        self.lists.pop()
        self.indent = ""

    def open_item(self, _attributes: str) -> None:
        number = self.lists[-1] if self.lists else None
        mark = "- "
        if number is not None:
            self.lists[-1] = number + 1
            mark = f"{number + 1}. "
        self.indent = "  " * (len(self.lists) - 1) + mark

    def open_quote(self, _attributes: str) -> None:
        self.quotes += 1

    def close_quote(self, _attributes: str) -> None:
        self.quotes -= 1

    def open_verbatim(self, _attributes: str) -> None:
        self.verbatim += 1

    def close_verbatim(self, _attributes: str) -> None:
        self.verbatim -= 1

    def open_row(self, _attributes: str) -> None:
        self.rows.append([])

    def close_row(self, _attributes: str) -> None:
        """In one line where each cell is one; cells of several lines follow one another."""
        cells = [cell for cell in self.rows.pop() if cell]
        if all(len(cell) == 1 for cell in cells):
            cells = [[" | ".join(cell[0] for cell in cells)]] if cells else []
        for line in (line for cell in cells for line in cell):
            self._put_line(line)

    def open_cell(self, _attributes: str) -> None:
        self.cells.append((self.lines, self.quotes, self.gap))
        self.lines, self.quotes, self.gap = [], 0, None

    def close_cell(self, _attributes: str) -> None:
        cell = self.lines
        self.lines, self.quotes, self.gap = self.cells.pop()
        if self.rows:
            self.rows[-1].append(cell)
        else:
            self.lines += cell


def _adds_something(target: str, shown: str) -> bool:
    bare = target.removeprefix("mailto:").rstrip("/")
    return target.startswith(("http://", "https://", "mailto:")) and bare not in (shown.rstrip("/"), f"http://{shown}", f"https://{shown}")


Action = Callable[[_Writer, str], None]
OPEN: dict[str, Action] = {
    "br": _Writer.break_line,
    "hr": _Writer.draw_rule,
    "img": _Writer.show_image,
    "a": _Writer.open_link,
    "ul": _Writer.open_bullets,
    "ol": _Writer.open_numbers,
    "li": _Writer.open_item,
    "blockquote": _Writer.open_quote,
    "pre": _Writer.open_verbatim,
    "tr": _Writer.open_row,
    "td": _Writer.open_cell,
    "th": _Writer.open_cell,
}
CLOSE: dict[str, Action] = {
    "a": _Writer.close_link,
    "ul": _Writer.close_list,
    "ol": _Writer.close_list,
    "blockquote": _Writer.close_quote,
    "pre": _Writer.close_verbatim,
    "tr": _Writer.close_row,
    "td": _Writer.close_cell,
    "th": _Writer.close_cell,
}

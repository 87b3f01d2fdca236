"""Safe HTML → text a person can read: paragraphs, lists, links and tables keep their meaning.

Reads only what `html_shape` wrote, so a plain scan of tags is enough and takes linear time.
"""

import re
from html import unescape

from maildesk.mail.html_shape import BLOCKS, shape_html

TAG = re.compile(r'<(/?)([a-z0-9]+)((?: [a-z-]+="[^"]*+")*+)>')
HREF = re.compile(r' href="([^"]*+)"')
ALT = re.compile(r' alt="([^"]*+)"')
SPACE = re.compile(r"[ \t\r\n\f\xa0\u200b\u200c\ufeff]+")
PARAGRAPHS = frozenset(("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table", "blockquote", "pre"))
BULLETS = {"ul": "- "}


def html_to_text(html: str) -> str:
    return _Writer().write(shape_html(html))


class _Writer:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line: list[str] = []
        self.gap = False
        self.lists: list[int | None] = []
        self.quotes = 0
        self.tables: list[bool] = []
        self.verbatim = 0
        self.link: tuple[str, int] | None = None

    def write(self, html: str) -> str:
        position = 0
        for tag in TAG.finditer(html):
            self._text(html[position : tag.start()])
            position = tag.end()
            (self._close if tag[1] else self._open)(tag[2], tag[3])
        self._text(html[position:])
        self._end_line()
        return "\n".join(self.lines).strip("\n")

    def _text(self, markup: str) -> None:
        if not markup:
            return
        text = unescape(markup)
        if self.verbatim:
            first, *others = text.split("\n")
            self.line.append(first)
            for other in others:
                self._end_line(keep_empty=True)
                self.line.append(other)
            return
        text = SPACE.sub(" ", text)
        if text == " " and (not self.line or self.line[-1].endswith(" ")):
            return
        self.line.append(text if self.line else text.lstrip(" "))

    def _end_line(self, *, keep_empty: bool = False) -> None:
        text = "".join(self.line)
        text = text.rstrip() if self.verbatim else re.sub(" +", " ", text).strip() if not self.lists else text.rstrip()
        self.line = []
        if not text and not keep_empty:
            return
        prefix = "> " * self.quotes
        if self.gap and self.lines:
            self.lines.append(prefix.rstrip())
        self.gap = False
        self.lines.append((prefix + text).rstrip())

    def _open(self, name: str, attributes: str) -> None:
        if name in BLOCKS and name not in ("td", "th"):
            self._end_line()
        if name in PARAGRAPHS and not self.lists:
            self.gap = True
        act = getattr(self, f"_open_{name}", None)
        if act:
            act(attributes)

    def _close(self, name: str, _attributes: str) -> None:
        if name in BLOCKS and name not in ("td", "th"):
            self._end_line()
        act = getattr(self, f"_close_{name}", None)
        if act:
            act()
        if name in PARAGRAPHS and not self.lists:
            self.gap = True

    def _open_br(self, _attributes: str) -> None:
        self._end_line(keep_empty=True)

    def _open_hr(self, _attributes: str) -> None:
        self.line.append("-" * 20)
        self._end_line()

    def _open_img(self, attributes: str) -> None:
        alt = ALT.search(attributes)
        if alt and alt[1].strip():
            self.line.append(f"[{unescape(alt[1]).strip()}]")

    def _open_a(self, attributes: str) -> None:
        href = HREF.search(attributes)
        self.link = (unescape(href[1]).strip(), len(self.line)) if href else None

    def _close_a(self) -> None:
        if self.link:
            target, start = self.link
            shown = "".join(self.line[start:]).strip()
            if _worth_showing(target, shown):
                self.line.append(f" <{target}>" if shown else f"<{target}>")
        self.link = None

    def _open_ul(self, _attributes: str) -> None:
        self.lists.append(None)

    def _open_ol(self, _attributes: str) -> None:
        self.lists.append(0)

    def _close_ul(self) -> None:
        if self.lists:
            self.lists.pop()

    _close_ol = _close_ul

    def _open_li(self, _attributes: str) -> None:
        number = self.lists[-1] if self.lists else None
        indent = "  " * (len(self.lists) - 1)
        if number is not None:
            self.lists[-1] = number + 1
        self.line.append(f"{indent}- " if number is None else f"{indent}{number + 1}. ")

    def _open_blockquote(self, _attributes: str) -> None:
        self.quotes += 1

    def _close_blockquote(self) -> None:
        self.quotes -= 1

    def _open_pre(self, _attributes: str) -> None:
        self.verbatim += 1

    def _close_pre(self) -> None:
        self.verbatim -= 1

    def _open_td(self, _attributes: str) -> None:
        if self.line:
            self.line.append(" | ")

    _open_th = _open_td


def _worth_showing(target: str, shown: str) -> bool:
    bare = target.removeprefix("mailto:").rstrip("/")
    return target.startswith(("http://", "https://", "mailto:")) and bare not in (shown.rstrip("/"), f"http://{shown}", f"https://{shown}")

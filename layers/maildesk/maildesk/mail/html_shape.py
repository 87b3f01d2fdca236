"""HTML of any shape → the same text in few, properly nested tags.

Parsers of real HTML take time and memory that grow with the square of the nesting, of unclosed formatting tags or of attributes
(200,000 nested `<div>` hang every one of them). After this pass nothing nests deeper than MAX_DEPTH and every tag is closed in order.
It makes HTML small and regular, not safe: that is nh3's work.
"""

import re
from html import escape, unescape

MAX_LENGTH = 1_000_000
MAX_DEPTH = 60
MAX_ATTRIBUTE = 2000
MAX_INLINE_IMAGE = 200_000

VOID = frozenset(("br", "hr", "img", "col", "wbr"))
TABLE = frozenset(("table", "caption", "colgroup", "thead", "tbody", "tfoot", "tr", "td", "th"))
LISTS = frozenset(("ul", "ol", "dl"))
BLOCKS = frozenset(
    ("p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote", "li", "dd", "dt", "center", "address",
     "section", "hr", "article", "header", "footer", "main", "nav", "aside", "figure", "figcaption", "details", "summary", *TABLE, *LISTS)
)  # fmt: skip
INLINE = frozenset(
    ("a", "b", "i", "u", "s", "em", "strong", "font", "span", "small", "big", "sub", "sup", "code", "tt", "kbd", "samp", "var", "del",
     "ins", "strike", "q", "cite", "abbr", "mark", "bdo", "label")
)  # fmt: skip
KNOWN = BLOCKS | INLINE | VOID
# Their text is for no reader.
UNREAD = frozenset(
    ("script", "style", "title", "template", "svg", "math", "select", "textarea", "iframe", "noembed", "noframes", "xmp", "object",
     "applet")
)  # fmt: skip
# Opening one of these closes an open one of those, up to the tag that holds them all.
CLOSES = {
    "li": ({"li"}, {"ul", "ol"}),
    "dd": ({"dd", "dt"}, {"dl"}),
    "dt": ({"dd", "dt"}, {"dl"}),
    "td": ({"td", "th"}, {"tr", "table"}),
    "th": ({"td", "th"}, {"tr", "table"}),
    "tr": ({"tr"}, {"table"}),
}
ATTRIBUTES = frozenset(("href", "src", "alt", "title", "style", "align", "valign", "dir", "lang", "width", "height", "colspan", "rowspan",
                        "bgcolor", "color", "face", "size", "border", "cellpadding", "cellspacing", "start", "type"))  # fmt: skip

MARKUP = re.compile(r"<!--|<(?:([a-zA-Z][a-zA-Z0-9:_-]*)|/([a-zA-Z][a-zA-Z0-9:_-]*)|[!?/])")
ATTRIBUTE = re.compile(r"""[\s/]*+(?:(>)|([^\s/>][^\s/>=]*+)(?:\s*+=\s*+(?:"([^"]*+)"?|'([^']*+)'?|([^\s>]*+)))?)""")


class _Shaper:
    def __init__(self, html: str) -> None:
        self.html = html
        self.out: list[str] = []
        self.open: list[str] = []
        self.unclosed: set[str] = set()

    def shape(self) -> str:
        position = 0
        while markup := MARKUP.search(self.html, position):
            self._text(self.html[position : markup.start()])
            position = self._markup(markup)
        self._text(self.html[position:])
        self._close_down_to(0)
        return "".join(self.out)

    def _text(self, text: str) -> None:
        if text:
            self.out.append(text.replace("<", "&lt;"))

    def _markup(self, markup: re.Match[str]) -> int:
        """Deals with one tag or comment; returns where to read on."""
        opened, closed = markup.groups()
        if markup[0] == "<!--":
            return self._after("-->", markup.start() + 2)  # `<!-->` is one, too
        if opened is None:
            if closed is not None:
                self._end_tag(closed.lower())
            return self._after(">", markup.end())
        attributes, position = self._attributes(markup.end())
        return self._start_tag(opened.lower(), attributes, position)

    def _after(self, mark: str, position: int) -> int:
        found = self.html.find(mark, position)
        return found + len(mark) if found >= 0 else len(self.html)

    def _attributes(self, position: int) -> tuple[dict[str, str], int]:
        if self.html.startswith(">", position):
            return {}, position + 1
        found: dict[str, str] = {}
        while attribute := ATTRIBUTE.match(self.html, position):
            position = attribute.end()
            closing, name, *values = attribute.groups()
            if closing:
                return found, position
            if name.lower() in ATTRIBUTES:
                found.setdefault(name.lower(), next((value for value in values if value is not None), ""))
        return found, len(self.html)

    def _start_tag(self, name: str, attributes: dict[str, str], position: int) -> int:
        if name in UNREAD:
            return self._after_unread(name, position)
        name = name if name in KNOWN else ""
        self._close_siblings(name)
        if name and len(self.open) < MAX_DEPTH:
            self.out.append(f"<{name}{_written(attributes)}>")
            if name not in VOID:
                self.open.append(name)
        return position

    def _after_unread(self, name: str, position: int) -> int:
        if name in self.unclosed:
            return position
        end = re.compile(rf"</{name}\b[^>]*+>?", re.IGNORECASE).search(self.html, position)
        if not end:
            self.unclosed.add(name)
        return end.end() if end else position

    def _close_siblings(self, name: str) -> None:
        if name in BLOCKS and self.open and self.open[-1] == "p":
            self._close_down_to(len(self.open) - 1)
        if name not in CLOSES:
            return
        siblings, holders = CLOSES[name]
        for index in range(len(self.open) - 1, -1, -1):
            if self.open[index] in holders:
                return
            if self.open[index] in siblings:
                self._close_down_to(index)
                return

    def _end_tag(self, name: str) -> None:
        for index in range(len(self.open) - 1, -1, -1):
            if self.open[index] == name:
                self._close_down_to(index)
                return
            if self.open[index] in TABLE and name not in TABLE:
                return

    def _close_down_to(self, depth: int) -> None:
        while len(self.open) > depth:
            self.out.append(f"</{self.open.pop()}>")


def _written(attributes: dict[str, str]) -> str:
    return "".join(f' {name}="{escape(unescape(value))}"' for name, value in attributes.items() if _fits(name, value))


def _fits(name: str, value: str) -> bool:
    return len(value) <= (MAX_INLINE_IMAGE if name == "src" else MAX_ATTRIBUTE)


def shape_html(html: str) -> str:
    return _Shaper(html[:MAX_LENGTH]).shape()

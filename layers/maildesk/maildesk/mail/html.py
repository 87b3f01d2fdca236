"""HTML of a mail → HTML that is safe to show inside an operator's page.

No script, event handler, form, foreign frame, style that leaves its box, or request to another server survives. Images of the mail itself
stay as `src="cid:…"` where the part is an attachment with this content id; remote ones lose their `src` and keep it as `data-remote-src`.
"""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from html import escape, unescape
from typing import Any
from urllib.parse import unquote

from maildesk.mail.html_shape import ATTRIBUTES, KNOWN

LINK = re.compile(r"(?:https?|mailto|tel|ftp):", re.IGNORECASE)
REMOTE = re.compile(r"(?:https?:)?//", re.IGNORECASE)
INLINE_IMAGE = re.compile(r"data:image/(?:png|gif|jpe?g|webp);base64,[A-Za-z0-9+/=\s]+")
STYLES = frozenset(
    ("color", "background-color", "font-weight", "font-style", "font-size", "font-family", "text-align", "text-decoration", "text-indent",
     "line-height", "vertical-align", "white-space", "width", "height", "padding", "padding-left", "padding-right", "padding-top",
     "padding-bottom", "margin", "margin-left", "margin-right", "margin-top", "margin-bottom", "border", "border-left", "border-right",
     "border-top", "border-bottom", "border-collapse", "border-color", "border-style", "border-width", "list-style-type")
)  # fmt: skip
# No brackets but a colour's, no escapes, no negative lengths: nothing that fetches, computes or moves out of its box.
HARMLESS = re.compile(r"(?:rgba?\([\d\s,.%]*\)|[#\w\s.,%!'\"]|(?<=[a-z])-)*+", re.IGNORECASE)


IMAGE = re.compile(r'(?<=<img)(?: [a-z]+="[^"]*+")*+(?=>)')
SOURCE = re.compile(r' src="([^"]*+)"')


def safe_html(shaped: str, images: Mapping[str, str]) -> str:
    """`shaped` by `shape_html`. `images`: what the HTML may call a part (`cid:` and its content id, or its location; lower-case)
    → the part's content id."""

    def place(attributes: re.Match[str]) -> str:
        return SOURCE.sub(lambda source: _placed(source[1], images), attributes[0])

    return str(_cleaner().clean(IMAGE.sub(place, shaped)))


def _placed(source: str, images: Mapping[str, str]) -> str:
    plain = unescape(source).strip()
    known = images.get(plain.lower()) or images.get(unquote(plain).lower())
    if known:
        return f' src="cid:{escape(known)}"'
    if INLINE_IMAGE.fullmatch(plain):
        return f' src="{source}"'
    return f' data-remote-src="{source}"' if REMOTE.match(plain) else ""


def _attribute(_element: str, name: str, value: str) -> str | None:
    if name == "href":
        return value if LINK.match(value.strip()) else None
    if name == "style":
        return _harmless_style(value) or None
    return value


@lru_cache(maxsize=1024)
def _harmless_style(style: str) -> str:
    kept = []
    for declaration in style.split(";"):
        name, _, value = declaration.partition(":")
        if name.strip().lower() in STYLES and HARMLESS.fullmatch(value):
            kept.append(f"{name.strip().lower()}:{value.strip()}")
    return ";".join(kept)


@cache
def _cleaner() -> Any:
    import nh3

    return nh3.Cleaner(
        tags=set(KNOWN),
        attributes={"*": ATTRIBUTES - {"href", "src"}, "a": {"href"}, "img": {"src", "data-remote-src"}},
        attribute_filter=_attribute,
        url_schemes={"http", "https", "mailto", "tel", "ftp", "cid", "data"},
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )

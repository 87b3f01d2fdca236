"""Where somebody else's mail begins inside a text: announced, under a block of headers, under an attribution."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from maildesk.mail.quotes.attributions import attribution_start
from maildesk.mail.quotes.headers import HeaderBlock, header_block, one_line_block, unlabelled_block
from maildesk.mail.quotes.lines import is_quoted
from maildesk.mail.quotes.words import ANNOUNCEMENTS, FORWARD_STEMS

_RULED = re.compile(r"[-=_*~+#‐‑‒–—―─]{2,}\s*(?P<words>[^\s\-=_*~].{0,120}?)[\s*]*[-=_*~+#‐‑‒–—―─]{2,}[\s*]*")
_KNOWN = frozenset(ANNOUNCEMENTS)
_BELOW = 4
_LONGEST_INTRODUCTION = 60


@dataclass(frozen=True, slots=True)
class Opener:
    """Lines `start` to `end` (exclusive) that introduce another's words.

    `block` where they carry headers; `announced` where a line says what comes, `forwards` where it says that it is forwarded.
    """

    start: int
    end: int
    block: HeaderBlock | None = None
    announced: bool = False
    forwards: bool = False


def openers(lines: Sequence[str], plain: Sequence[str]) -> list[Opener]:
    """All of them, in order, from clean lines and their plain twins. What opens inside a quotation is that quotation's own."""
    found = [*_announcements(lines, plain), *_attributions(lines, plain)]
    return sorted((opener for opener in found if not _is_inside_quote(lines, opener.start)), key=lambda opener: opener.start)


def says_forwarded(line: str) -> bool:
    """Whether a ruled line is the head or the foot of a forwarded mail; the line is clean."""
    ruled = _RULED.fullmatch(line.lstrip("> "))
    return bool(ruled and any(stem in ruled["words"].casefold() for stem in FORWARD_STEMS))


def _is_inside_quote(lines: Sequence[str], start: int) -> bool:
    return start > 0 and is_quoted(lines[start]) and is_quoted(lines[start - 1])


def _announcements(lines: Sequence[str], plain: Sequence[str]) -> Iterator[Opener]:
    end = 0
    for start in range(len(lines)):
        opener = (_announced(lines, plain, start) or _bare_block(plain, start)) if plain[start] and start >= end else None
        if opener:
            end = opener.end
            yield opener


def _bare_block(plain: Sequence[str], start: int) -> Opener | None:
    block = header_block(plain, start) or unlabelled_block(plain, start) or one_line_block(plain, start)
    return Opener(start, block.end, block) if block else None


def _announced(lines: Sequence[str], plain: Sequence[str], start: int) -> Opener | None:
    """`----- Original Message -----` stands for itself; any other ruled line, and `Begin forwarded message:`, need headers below."""
    ruled = _RULED.fullmatch(lines[start].lstrip("> *"))
    words = (ruled["words"] if ruled else plain[start]).strip(" :：*").casefold()
    forwards = any(stem in words for stem in FORWARD_STEMS)
    if not (ruled or words in _KNOWN or (forwards and len(words) <= _LONGEST_INTRODUCTION)):
        return None
    below = next((index for index in range(start + 1, min(start + _BELOW, len(plain))) if plain[index]), None)
    block = header_block(plain, below, announced=True) if below else None
    if block:
        return Opener(start, block.end, block, announced=True, forwards=forwards)
    return Opener(start, start + 1, announced=True, forwards=forwards) if ruled and words in _KNOWN else None


def _attributions(lines: Sequence[str], plain: Sequence[str]) -> Iterator[Opener]:
    folded = [line.casefold() for line in plain]
    for last in range(len(folded)):
        below = next((line for line in lines[last + 1 : last + 3] if line), "")
        start = attribution_start(folded, last, above_quote=is_quoted(below))
        if start is not None:
            yield Opener(start, last + 1)

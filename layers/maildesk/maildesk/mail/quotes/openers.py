"""Where somebody else's mail begins inside a text: announced, under a block of headers, under an attribution."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from maildesk.mail.quotes.attributions import attribution_start
from maildesk.mail.quotes.headers import HeaderBlock, header_block
from maildesk.mail.quotes.words import FORWARD_INTRO, ORIGINAL_MESSAGE

_RULED = re.compile(r"[-=_*~+#‐‑‒–—―─]{2,}\s*(?P<words>[^\s\-=_*~].{0,120}?)[\s*]*[-=_*~+#‐‑‒–—―─]{2,}[\s*]*")
_ANNOUNCES = frozenset(ORIGINAL_MESSAGE + FORWARD_INTRO)
_FORWARDED_BY = ("forwarded by ", "weitergeleitet von ", "transféré par ", "reenviado por ", "inoltrato da ")


@dataclass(frozen=True, slots=True)
class Opener:
    """Lines `start` to `end` (exclusive) that introduce another's words; `block` where they carry headers."""

    start: int
    end: int
    block: HeaderBlock | None = None
    ruled: bool = False


def announcement(lines: Sequence[str], plain: Sequence[str], start: int) -> Opener | None:
    """`----- Original Message -----`, `Begin forwarded message:` or a bare header block beginning on line `start`."""
    if not plain[start]:
        return None
    block = header_block(plain, start)
    if block:
        return Opener(start, block.end, block)
    return _announced(lines, plain, start)


def _announced(lines: Sequence[str], plain: Sequence[str], start: int) -> Opener | None:
    ruled = _RULED.fullmatch(lines[start].lstrip("> *"))
    words = (ruled["words"] if ruled else plain[start]).strip(" :：*").casefold()
    known = words in _ANNOUNCES or words.startswith(_FORWARDED_BY)
    if not known and not ruled:
        return None
    below = next((index for index in range(start + 1, min(start + 4, len(plain))) if plain[index]), None)
    block = header_block(plain, below, announced=True) if below else None
    if block:
        return Opener(start, block.end, block, bool(ruled))
    return Opener(start, start + 1, ruled=True) if ruled and known else None


def attributions(plain: Sequence[str]) -> list[Opener]:
    folded = [line.casefold() for line in plain]
    starts = ((attribution_start(folded, last), last) for last in range(len(folded)))
    return [Opener(start, last + 1) for start, last in starts if start is not None]

"""Every line of a text gets a kind, one letter each, so that what to show can be decided on a short string."""

import re
from collections.abc import Iterable, Sequence

from maildesk.mail.quotes.lines import clean, is_quoted, plain
from maildesk.mail.quotes.marker import find_marker
from maildesk.mail.quotes.openers import Opener, openers
from maildesk.mail.quotes.signatures import is_device_line

EMPTY, TEXT, QUOTE, RULE, DASHES, DEVICE, SOFT, HARD = "etqrdsah"
"""SOFT opens a quotation whose lines are marked one by one, HARD one that runs to the end of the text."""

_RULE = re.compile(r"(?:[-=_*~+#‐‑‒–—―─ᐧ•·.…] ?){2,}|[ᐧ—―]")
_DASHES = re.compile(r"-- ?|—|––|_{5,}")
_FENCE = re.compile(r"(?:```|~~~).*")
_QUOTED_BY_NAME = re.compile(r"[A-Z]\w{0,15}>(?: |$)|\|(?: |$)")
_WRAPPED_AT = 55
_LINES_BETWEEN = 3


def line_kinds(lines: Sequence[str]) -> str:
    """One letter per line."""
    cleaned = [clean(line) for line in lines]
    code = _code(cleaned)
    bare = ["" if index in code else plain(line) for index, line in enumerate(cleaned)]
    kinds = [TEXT if index in code else _kind(line, bare[index]) for index, line in enumerate(cleaned)]
    _mark_openers(openers(cleaned, bare), kinds)
    _mark_marker(cleaned, kinds)
    _mark_named_quotes(cleaned, kinds)
    _mark_wrapped_quotes(cleaned, kinds)
    return "".join(kinds)


def letters_of(kinds: str, indexes: Iterable[int]) -> str:
    return "".join(kinds[index] for index in indexes)


def without(kind: str, letters: str, indexes: Sequence[int]) -> list[int]:
    """The indexes of the lines that are not of this kind (or one of these), nor blank below such a line."""
    dropped = {place for run in re.finditer(f"[{kind}]+{EMPTY}*", letters) for place in range(*run.span())}
    return [index for place, index in enumerate(indexes) if place not in dropped]


def _code(cleaned: Sequence[str]) -> set[int]:
    """The lines between pairs of fences: nothing there is a rule or a quotation."""
    fences = [index for index, line in enumerate(cleaned) if _FENCE.fullmatch(line)]
    return {index for first, last in zip(fences[::2], fences[1::2], strict=False) for index in range(first, last + 1)}


def _kind(line: str, bare: str) -> str:
    if not line:
        return EMPTY
    if is_quoted(line):
        return QUOTE
    if _DASHES.fullmatch(line):
        return DASHES
    if _RULE.fullmatch(line):
        return RULE
    return DEVICE if is_device_line(bare) else TEXT


def _mark_openers(found: Iterable[Opener], kinds: list[str]) -> None:
    for opener in found:
        below = next((kind for kind in kinds[opener.end : opener.end + _LINES_BETWEEN] if kind != EMPTY), EMPTY)
        hard = (opener.block or opener.announced) and QUOTE not in (kinds[opener.start], below)
        kinds[opener.start : opener.end] = (HARD if hard else SOFT) * (opener.end - opener.start)


def _mark_marker(cleaned: Sequence[str], kinds: list[str]) -> None:
    marker = find_marker(cleaned)
    if marker is None:
        return
    kinds[marker] = SOFT if kinds[marker] == QUOTE else HARD
    above = marker - 1
    while above >= 0 and kinds[above] == EMPTY:
        above -= 1
    if above >= 0 and cleaned[above].endswith((":", "：")) and kinds[above] == TEXT:
        kinds[above] = SOFT


def _mark_named_quotes(cleaned: Sequence[str], kinds: list[str]) -> None:
    """`Anna> …` and `| …` are quotations below an attribution; anywhere else they may be anything."""
    opener = next((index for index, kind in enumerate(kinds) if kind == SOFT), len(kinds))
    for index in range(opener, len(kinds)):
        if kinds[index] == TEXT and _QUOTED_BY_NAME.match(cleaned[index]):
            kinds[index] = QUOTE


def _mark_wrapped_quotes(cleaned: Sequence[str], kinds: list[str]) -> None:
    """The rest of a quoted line that was wrapped on its way without getting a mark of its own."""
    for index in range(1, len(kinds) - 1):
        if kinds[index - 1 : index + 2] == [QUOTE, TEXT, QUOTE] and _goes_on(cleaned[index - 1], cleaned[index]):
            kinds[index] = QUOTE


def _goes_on(line: str, rest: str) -> bool:
    """Anything that could be an answer is none: it begins like a sentence, or follows the end of one."""
    return len(line) > _WRAPPED_AT > len(rest) and not line.endswith((".", "?", "!", ":")) and not rest[0].isupper()

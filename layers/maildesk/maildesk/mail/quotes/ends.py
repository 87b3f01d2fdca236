"""What stands above and below an answer: a gateway's banner, signatures, disclaimers, the remains of a quotation."""

import re
from collections.abc import Sequence

from maildesk.mail.quotes.kinds import DEVICE, EMPTY, letters_of, without
from maildesk.mail.quotes.signatures import is_banner, is_disclaimer

_NOTHING_SAID = "eqrsdah"
_BELOW_DASHES = re.compile("d[^d]*$")
_BELOW_RULE = re.compile("(?<=e)r[ts][^r]*$")
_LINES_BELOW_DASHES = 15
_LINES_BELOW_A_RULE = 8
_LONGEST_LINE_OF_A_SIGNATURE = 70


def without_ends(lines: Sequence[str], kinds: str, kept: Sequence[int]) -> list[int]:
    kept = without(DEVICE, letters_of(kinds, kept), kept)
    kept = kept[_below_banner(lines, letters_of(kinds, kept), kept) :]
    for end in (above_disclaimer, _above_signature, above_disclaimer):
        kept = kept[: len(letters_of(kinds, kept).rstrip(_NOTHING_SAID))]
        kept = kept[: end(lines, letters_of(kinds, kept), kept)]
    return kept[: len(letters_of(kinds, kept).rstrip(_NOTHING_SAID))]


def _below_banner(lines: Sequence[str], letters: str, kept: Sequence[int]) -> int:
    start = len(letters) - len(letters.lstrip(EMPTY))
    end = letters.find(EMPTY, start)
    return end if end > 0 and is_banner(_paragraph(lines, kept[start:end])) else 0


def above_disclaimer(lines: Sequence[str], letters: str, kept: Sequence[int]) -> int:
    """How many of the kept lines stand above the disclaimers that end them."""
    while letters:
        paragraph = letters.rfind(EMPTY) + 1
        if not is_disclaimer(_paragraph(lines, kept[paragraph : len(letters)])):
            break
        letters = letters[:paragraph].rstrip(_NOTHING_SAID)
    return len(letters)


def _above_signature(lines: Sequence[str], letters: str, kept: Sequence[int]) -> int:
    dashes = _BELOW_DASHES.search(letters)
    if dashes and _filled(dashes[0]) <= _LINES_BELOW_DASHES:
        return dashes.start()
    rule = _BELOW_RULE.search(letters)
    if rule and _filled(rule[0]) <= _LINES_BELOW_A_RULE and not _has_sentences(lines, kept[rule.start() :]):
        return rule.start()
    return len(kept)


def _filled(letters: str) -> int:
    return len(letters) - letters.count(EMPTY) - 1


def _has_sentences(lines: Sequence[str], indexes: Sequence[int]) -> bool:
    """Below a rule, names and numbers are a signature, sentences are the next part of the answer."""
    below = (lines[index].strip() for index in indexes)
    return any(len(line) > _LONGEST_LINE_OF_A_SIGNATURE or line.endswith((".", "?", "!")) for line in below)


def _paragraph(lines: Sequence[str], indexes: Sequence[int]) -> str:
    return " ".join(lines[index].strip() for index in indexes)

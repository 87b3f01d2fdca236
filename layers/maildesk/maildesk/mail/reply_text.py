"""The answer in a reply: what its writer added, apart from what their mail program quoted, signed and appended."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from maildesk.mail.quotes.kinds import DEVICE, EMPTY, HARD, QUOTE, SOFT, TEXT, line_kinds
from maildesk.mail.quotes.lines import head_of
from maildesk.mail.quotes.signatures import is_disclaimer

_LINES_OF_A_SIGNATURE = 15
_LINES_BELOW_A_RULE = 8
_LINES_OF_AN_ANSWER_BELOW = 7

_OPENER = re.compile(f"[{SOFT}{HARD}]")
_QUOTED_BELOW = re.compile("[aed]*q")
_ANSWERED_BETWEEN = re.compile("q[^tq]*t[^q]*q")
_NOTHING_SAID = "eqrsdah"
_BELOW_DASHES = re.compile("d[^d]*$")
_BELOW_RULE = re.compile("(?<=e)r[ts][^r]*$")
_GREETING = re.compile(
    r"\s*(?:.{1,40},|(?:hi|hello|hallo|hey|dear|bonjour|hola|ciao|guten (?:tag|morgen|abend))\b.{0,40})\s*", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Split:
    """`shown` is the answer, `folded` the rest; between them they keep every line of the text that is not blank."""

    shown: str
    folded: str


def split_reply(text: str) -> Split:
    """Reads the head of the text (see `head_of`); what lies behind is folded where a quotation reaches so far, else shown."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = head_of(text)
    tail = text[len("\n".join(lines)) :]
    kinds = line_kinds(lines)
    kept = _answer(lines, kinds) or list(range(len(lines)))
    folded = sorted(set(range(len(lines))).difference(kept))
    tail_is_shown = len(kinds.rstrip(EMPTY)) - 1 not in folded
    return Split(_joined(lines, kept, tail if tail_is_shown else ""), _joined(lines, folded, "" if tail_is_shown else tail))


def own_words(text: str) -> str:
    """The answer as `split_reply` shows it, but empty where nothing but quotation and signature is there."""
    lines = head_of(text)
    return _joined(lines, _answer(lines, line_kinds(lines)), "")


def _joined(lines: Sequence[str], indexes: Sequence[int], tail: str) -> str:
    """Without blank lines at either end; the indentation of the first line stays."""
    text = "\n".join(lines[index] for index in indexes) + tail
    blank = len(text) - len(text.lstrip())
    return text[text.rfind("\n", 0, blank) + 1 :].rstrip()


def _answer(lines: Sequence[str], kinds: str) -> list[int]:
    """Indexes of the lines to show: none where there is nothing but quotation and signature."""
    if TEXT not in kinds:
        return []
    kept = _without_lead(kinds, list(range(len(kinds))))
    kept = _without_quotation(lines, kinds, kept)
    kept = [index for index in kept if kinds[index] != DEVICE]
    for trim in (_disclaimer, _signature, _disclaimer):
        kept = _trimmed(kinds, kept)
        kept = kept[: trim(lines, kinds, kept)]
    return _trimmed(kinds, kept)


def _letters(kinds: str, kept: Sequence[int]) -> str:
    return "".join(kinds[index] for index in kept)


def _without_lead(kinds: str, kept: list[int]) -> list[int]:
    """An answer below what it answers: the quotation above goes, unless the answers go on between its parts."""
    first = kinds.index(TEXT)
    if not _OPENER.search(kinds, 0, first):
        return kept
    following = _OPENER.search(kinds, first)
    if QUOTE in kinds[:first] and QUOTE in kinds[first : following.start() if following else None]:
        return [index for index in kept if index >= first or kinds[index] not in SOFT + HARD]
    return kept[first:]


def _without_quotation(lines: Sequence[str], kinds: str, kept: list[int]) -> list[int]:
    letters = _letters(kinds, kept)
    position = letters.index(TEXT)
    interleaved = _only_greets(lines, letters, kept)
    while opener := _OPENER.search(letters, position):
        position = opener.end()
        if letters[opener.start()] == HARD or not (interleaved or _is_interleaved(letters, opener.start())):
            return _without_openers(letters[: opener.start()], kept)
    return _without_openers(letters, kept)


def _without_openers(letters: str, kept: Sequence[int]) -> list[int]:
    return [index for index, letter in zip(kept, letters, strict=False) if letter not in SOFT + HARD]


def _only_greets(lines: Sequence[str], letters: str, kept: Sequence[int]) -> bool:
    """A lone greeting above the first quotation promises that the answer comes below it."""
    opener = _OPENER.search(letters)
    above = [index for index, letter in zip(kept, letters[: opener.start() if opener else 0], strict=False) if letter == TEXT]
    answered_below = opener and re.search("q[^q]*t", letters[opener.start() :])
    return len(above) == 1 and bool(answered_below and _GREETING.fullmatch(lines[above[0]]))


def _is_interleaved(letters: str, opener: int) -> bool:
    """Answers stand between quoted parts, or the text below the last of them is too long for a signature."""
    if not _QUOTED_BELOW.match(letters, opener):
        return False
    below = letters[opener:].split(HARD, maxsplit=1)[0]
    if _ANSWERED_BETWEEN.search(below):
        return True
    after = below[below.rindex(QUOTE) :].split("d")[0]
    return after.count(TEXT) >= _LINES_OF_AN_ANSWER_BELOW


def _trimmed(kinds: str, kept: list[int]) -> list[int]:
    return kept[: len(_letters(kinds, kept).rstrip(_NOTHING_SAID))]


def _signature(_lines: Sequence[str], kinds: str, kept: list[int]) -> int:
    letters = _letters(kinds, kept)
    for pattern, most in ((_BELOW_DASHES, _LINES_OF_A_SIGNATURE), (_BELOW_RULE, _LINES_BELOW_A_RULE)):
        below = pattern.search(letters)
        if below and len(below[0].replace(EMPTY, "")) <= most + 1:
            return below.start()
    return len(kept)


def _disclaimer(lines: Sequence[str], kinds: str, kept: list[int]) -> int:
    letters = _letters(kinds, kept)
    while letters:
        paragraph = letters.rfind(EMPTY) + 1
        if not is_disclaimer(" ".join(lines[index].strip() for index in kept[paragraph : len(letters)])):
            break
        letters = letters[:paragraph].rstrip(_NOTHING_SAID)
    return len(letters)

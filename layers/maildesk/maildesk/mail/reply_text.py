"""The answer in a reply: what its writer added, apart from what their mail program quoted, signed and appended."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from maildesk.mail.quotes.ends import above_disclaimer, without_ends
from maildesk.mail.quotes.kinds import EMPTY, HARD, QUOTE, SOFT, TEXT, letters_of, line_kinds, without
from maildesk.mail.quotes.lines import head_of

_LINES_OF_AN_ANSWER_BELOW = 7
_LINES_OF_AN_INTRODUCTION = 6

_OPENER = re.compile(f"[{SOFT}{HARD}]")
_QUOTED_BELOW = re.compile("[aed]*q")
_ANSWERED_BETWEEN = re.compile("q[^tq]*t[^q]*q")
_ANSWERED_BELOW = re.compile("q[^q]*t")
_GREETING = re.compile(
    r"\s*(?:.{1,40},|(?:hi|hello|hallo|hey|dear|bonjour|hola|ciao|guten (?:tag|morgen|abend))\b.{0,40})\s*", re.IGNORECASE
)
_ANSWER = (
    r"(?:answer|comment|repl(?:y|ies)|response|remark|antwort|anmerkung|kommentar|réponse|commentaire|respuesta|comentario|respost"
    r"|rispost|commenti|antwoord|opmerking|svar|odpowied)\w*.{0,40}\b"
)
_ANSWERS_INSIDE = re.compile(
    rf"\b{_ANSWER}(?:in-?line|in (?:red|blue|green|rot|blau|grün|rosso|blu|verde)|en (?:rouge|bleu|vert|rojo|azul|verde)|im text)\b"
    rf"|\b(?:my|our|meine|unsere|mes|nos|mis|nuestras|mie|minhas|mijn|onze|mina|mine|moje) {_ANSWER}"
    r"(?:below|unten|ci-dessous|abajo|sotto|abaixo|hieronder|nedan|nedenfor|poniżej)\b",
    re.IGNORECASE,
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
    everything = list(range(len(kinds)))
    if _says_answers_are_inside(lines, kinds):
        return everything
    kinds = kinds[: above_disclaimer(lines, kinds, everything)]
    if TEXT not in kinds:
        return []
    kept = _without_lead(kinds, everything[: len(kinds)])
    kept = _without_quotation(lines, kinds, kept)
    return without_ends(lines, kinds, kept)


def _text_above(lines: Sequence[str], kinds: str) -> list[str]:
    """The writer's own lines above the first opener; none where there is no opener."""
    opener = _OPENER.search(kinds)
    return [lines[index] for index in range(opener.start()) if kinds[index] == TEXT] if opener else []


def _says_answers_are_inside(lines: Sequence[str], kinds: str) -> bool:
    """`My answers are below in red`: programs that do not mark what they quote leave no other trace of them."""
    above = _text_above(lines, kinds)
    return len(above) <= _LINES_OF_AN_INTRODUCTION and any(_ANSWERS_INSIDE.search(line[:400]) for line in above)


def _only_greets(lines: Sequence[str], kinds: str) -> bool:
    """A lone greeting above a quotation promises that the answer comes below it."""
    above = _text_above(lines, kinds)
    return len(above) == 1 and bool(_GREETING.fullmatch(above[0]) and _ANSWERED_BELOW.search(kinds))


def _without_lead(kinds: str, kept: list[int]) -> list[int]:
    """An answer below what it answers: the quotation above goes, unless the answers go on between its parts."""
    first = kinds.index(TEXT)
    if not _OPENER.search(kinds, 0, first):
        return kept
    following = _OPENER.search(kinds, first)
    if QUOTE in kinds[:first] and QUOTE in kinds[first : following.start() if following else None]:
        return without(SOFT + HARD, kinds[:first], kept[:first]) + kept[first:]
    return kept[first:]


def _without_quotation(lines: Sequence[str], kinds: str, kept: list[int]) -> list[int]:
    letters = letters_of(kinds, kept)
    answered_below = _only_greets(lines, kinds)
    openers = (opener.start() for opener in _OPENER.finditer(letters, letters.index(TEXT)))
    closing = (at for at in openers if letters[at] == HARD or not (answered_below or _is_interleaved(letters, at)))
    end = next(closing, len(letters))
    return without(SOFT + HARD, letters[:end], kept[:end])


def _is_interleaved(letters: str, opener: int) -> bool:
    """Answers stand between quoted parts, or the text below the last of them is too long for a signature."""
    if not _QUOTED_BELOW.match(letters, opener):
        return False
    below = letters[opener:].split(HARD, maxsplit=1)[0]
    if _ANSWERED_BETWEEN.search(below):
        return True
    after = below[below.rindex(QUOTE) :].split("d")[0]
    return after.count(TEXT) >= _LINES_OF_AN_ANSWER_BELOW

"""The line above a quotation: "On Tuesday … Anna <anna@example.com> wrote:", in any language and wrapped over up to five lines.

There is no pattern per program and language: such a line ends in a colon and carries two of a date, an address and a word for "wrote".
"""

import re
from collections.abc import Sequence

from maildesk.mail.quotes.words import WROTE

_MOST_LINES = 5
_LONGEST = 320
_FIRST_SCRIPT_WITHOUT_SPACES = "\u0900"


def _either(words: list[str]) -> str:
    return "|".join(re.escape(word) for word in words)


_WROTE = re.compile(
    rf"(?<!\w)(?:{_either([word for word in WROTE if word < _FIRST_SCRIPT_WITHOUT_SPACES])})(?!\w)"
    rf"|{_either([word for word in WROTE if word >= _FIRST_SCRIPT_WITHOUT_SPACES])}"
)
_WROTE_AND_MORE = re.compile(rf"(?:{_WROTE.pattern}) ?[:：] ")
_COLONS = (":", "：")
_CLOSINGS = (*_COLONS, *WROTE)
_DATE = re.compile(r"(?<!\d)(?:(?:19|20|25)\d\d(?!\d)|\d{1,2}([./-]) ?\d{1,2}\1 ?\d\d(?!\d)|\d{1,2}[:時]\d\d(?!\d))|\d年")
_ADDRESS_AT_END = re.compile(r"[>)\]][\"'”]? ?[:：]$")
_ADDRESS = re.compile(r"[\w.+%=-]{1,64}@\w[\w.-]{1,64}")
_BARE_DATE_AND_NAME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d (?:gmt|utc)[+-]\d\d:\d\d ")
_BEGINS_WITH_DATE = re.compile(r"(?:[^\W\d_]{1,14}[.,]{0,2} ){0,3}[^\W\d_]{0,3}\d")
_BEGINS_WITH_ADDRESS = re.compile(r"<|[\w.+%=-]{1,64}@")
_ENDS_SENTENCE = re.compile(r"[!?:：]$|[^\W\d_]{5,}\.$")
# "As I wrote on 1 May:" is the writer speaking.
_NARRATES = re.compile(
    r"(?:(?:as|wie|comme|como|come|zoals|som|jak|как|як) )?"
    r"(?:j['’]|(?:i|we|you|ich|wir|sie|du|je|nous|vous|tu|yo|usted|io|lei|eu|você|ik|wij|u|jag|jeg|já|ja|я|вы|ми|мы)(?!\w))"
)


def attribution_start(lines: Sequence[str], last: int, *, above_quote: bool) -> int | None:
    """Index of the first line of the attribution that ends on line `last`; None where no attribution ends there.

    `lines` are plain (see `lines.plain`) and casefolded. Right above a quotation less is needed to tell, so that this works in
    languages we do not know.
    """
    if _BARE_DATE_AND_NAME.match(lines[last]) or _runs_on(lines[last]):
        return last
    if not lines[last].endswith(_CLOSINGS):
        return None
    top = _paragraph_top(lines, last)
    firsts = range(last, top - 1, -1)
    return next((_widened(lines, first, top) for first in firsts if _tells(" ".join(lines[first : last + 1]), above_quote)), None)


def _runs_on(line: str) -> bool:
    """`On … Anna <anna@example.com> wrote:   Hello` where a program joined the attribution and the first quoted line."""
    wrote = _WROTE_AND_MORE.search(line) if "@" in line else None
    return bool(wrote and _DATE.search(line, 0, wrote.start()) and _ADDRESS.search(line, 0, wrote.start()))


def after_date(words: str) -> str:
    """The name at the end of an attribution: what follows the last comma, or the word for "wrote"."""
    return re.split(rf"[,،，、]|{_WROTE.pattern}", words, flags=re.IGNORECASE)[-1]


def _paragraph_top(lines: Sequence[str], last: int) -> int:
    top = last
    while top > 0 and lines[top - 1] and last - top + 1 < _MOST_LINES and not _ENDS_SENTENCE.search(lines[top - 1]):
        top -= 1
    return top


def _tells(line: str, above_quote: bool) -> bool:
    if len(line) > _LONGEST or (not above_quote and _NARRATES.match(line)):
        return False
    wrote, date, address = _WROTE.search(line), _DATE.search(line), _ADDRESS.search(line)
    if not line.endswith(_COLONS):
        return bool(wrote and date and address)
    if address:
        return bool(wrote or above_quote or (date and _ADDRESS_AT_END.search(line)))
    return bool(wrote and (above_quote or date))


def _widened(lines: Sequence[str], first: int, top: int) -> int:
    """The shortest span that tells may lack its beginning: the date, or the name in front of the address."""
    if not _DATE.search(lines[first]):
        dated = (above for above in range(first - 1, top - 1, -1) if _BEGINS_WITH_DATE.match(lines[above]) and _DATE.search(lines[above]))
        farthest = min(dated, default=None)
        if farthest is not None:
            return farthest
    continues = first > top and _BEGINS_WITH_ADDRESS.match(lines[first])
    return first - 1 if continues else first

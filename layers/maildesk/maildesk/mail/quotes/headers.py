"""The block of From, Sent, To, Subject that Outlook and its kin put above what they quote or forward."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from maildesk.mail.quotes.words import ANNOUNCEMENTS, LABELS

_FIELD_OF = {word: field for field, words in LABELS.items() for word in words}
_LONGEST_LABEL = max(map(len, _FIELD_OF)) + 4
_INLINE_LABEL = re.compile("(" + "|".join(re.escape(word.capitalize()) for word in sorted(_FIELD_OF, key=len, reverse=True)) + ") ?[:：]")
_BEFORE_LABELS = frozenset(("", *ANNOUNCEMENTS))
_MOST_LINES = 40
_MOST_WRAPPED_LINES = 8
_LINES_OF_NOTES = 12
_TELLING = {"from", "sent", "to", "subject", "cc", "reply-to"}
_ONCE = {"from", "subject"}


@dataclass(frozen=True, slots=True)
class HeaderBlock:
    """Lines `start` to `end` (exclusive) and what they say; keys: from, sent, to, subject, cc, reply-to, other."""

    start: int
    end: int
    fields: Mapping[str, str]


def read_label(line: str) -> tuple[str, str] | None:
    """`*Von:* Anna` → ("from", "Anna"), in any of our languages; the line is plain."""
    label, colon, value = line.replace("：", ":", 1).partition(":")
    field = _FIELD_OF.get(label.strip(" *_").casefold()) if colon and len(label) <= _LONGEST_LABEL else None
    return (field, value.strip(" *_")) if field else None


def header_block(lines: Sequence[str], start: int, announced: bool = False) -> HeaderBlock | None:
    """The block beginning on line `start` of plain lines. One that is `announced` by a line above may be shorter."""
    labels = _labels(lines, start)
    fields: dict[str, str] = {}
    for (index, field, value), (following, *_) in pairwise([*labels, (_end(lines, labels), "", "")]):
        fields.setdefault(field, " ".join(filter(None, [value, *lines[index + 1 : following]])))
    return HeaderBlock(start, _end(lines, labels), fields) if _is_header(fields, announced) else None


def one_line_block(lines: Sequence[str], start: int) -> HeaderBlock | None:
    """The block of Yahoo: `---- Forwarded Message ---- From: Anna <anna@example.net>To: TomSent: TuesdaySubject: Hello`."""
    line = lines[start]
    found = list(_INLINE_LABEL.finditer(line)) if line.count(":") > 2 else []  # noqa: PLR2004
    if not found or line[: found[0].start()].strip(" -_*").casefold() not in _BEFORE_LABELS:
        return None
    ends = [*(label.start() for label in found[1:]), len(line)]
    fields = {_FIELD_OF[label[1].casefold()]: line[label.end() : end].strip() for label, end in zip(found, ends, strict=True)}
    return HeaderBlock(start, start + 1, fields) if _is_header(fields, announced=False) else None


def unlabelled_block(lines: Sequence[str], start: int) -> HeaderBlock | None:
    """The block of Lotus Notes: name and date on lines of their own, then `To`, `cc` and `Subject` above their values."""
    date = lines[start + 1] if start + 1 < len(lines) else ""
    if not any(map(str.isdigit, date)):
        return None
    fields = [_FIELD_OF.get(line.casefold()) for line in lines[start : start + _LINES_OF_NOTES]]
    if "to" not in fields[2:5] or "subject" not in fields:
        return None
    subject = fields.index("subject")
    said = {"from": lines[start], "sent": date, "subject": "".join(lines[start + subject + 1 : start + subject + 2])}
    return HeaderBlock(start, min(start + subject + 2, len(lines)), said)


def _labels(lines: Sequence[str], start: int) -> list[tuple[int, str, str]]:
    """(index, field, value) of the labelled lines: of one paragraph with wrapped values, or each line a paragraph of its own."""
    spaced = start + 1 < len(lines) and not lines[start + 1]
    found: list[tuple[int, str, str]] = []
    for index in range(start, min(start + _MOST_LINES, len(lines))):
        label = read_label(lines[index])
        if label and not (label[0] in _ONCE and any(label[0] == field for _, field, _ in found)):
            found.append((index, *label))
        elif label or not found or bool(lines[index]) == spaced or index - found[-1][0] > _MOST_WRAPPED_LINES:
            break
    return found


def _end(lines: Sequence[str], labels: Sequence[tuple[int, str, str]]) -> int:
    """After the last label, and after its value where that stands on a line of its own."""
    if not labels:
        return 0
    last, _, value = labels[-1]
    return last + 1 if value or last + 1 >= len(lines) or not lines[last + 1] else last + 2


def _is_header(fields: Mapping[str, str], announced: bool) -> bool:
    telling = len(fields.keys() & _TELLING)
    if "from" not in fields or telling < 2:  # noqa: PLR2004
        return False
    return announced or (telling > 2 and ("subject" in fields or "@" in fields["from"]))  # noqa: PLR2004

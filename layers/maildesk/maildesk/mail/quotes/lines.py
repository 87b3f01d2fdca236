"""One line of a mail as the recognisers see it."""

import re

LONGEST = 400
"""Characters of a line that are looked at; nothing a mail program writes above a quotation is longer."""

MOST_CHARACTERS = 200_000
MOST_LINES = 4_000

_INVISIBLE = dict.fromkeys([*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xAD, 0xFEFF])
_SPACES = {0xA0: " ", 0x202F: " ", 0x3000: " ", ord("\t"): " "}
_QUOTE_MARKS = re.compile(r"(?: ?[>›＞] ?)+")


def head_of(text: str) -> list[str]:
    """The whole lines at the head of the text that are worth reading: an answer, or a forwarder's words, stand there."""
    lines = text[:MOST_CHARACTERS].split("\n")
    return lines[: MOST_LINES if len(text) <= MOST_CHARACTERS else min(MOST_LINES, len(lines) - 1)]


def clean(line: str) -> str:
    """The line without invisible characters, odd spaces, margins and excess length."""
    return line[:LONGEST].translate(_INVISIBLE | _SPACES).strip()


def is_quoted(line: str) -> bool:
    return line.startswith((">", "›", "＞"))


def unquote(line: str) -> str:
    """A clean line without its quote marks."""
    marks = _QUOTE_MARKS.match(line) if is_quoted(line) else None
    return line[marks.end() :].strip() if marks else line


def plain(line: str) -> str:
    """A clean line without quote marks and without the decoration bold or ruled text leaves behind."""
    return unquote(line).strip("*_-=‐–— ")

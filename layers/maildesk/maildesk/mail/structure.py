"""Raw bytes → a tree of parts (RFC 2045, 2046). Parts are spans of the raw mail: nothing is copied or decoded before somebody asks.

The stdlib parser works line by line: it alone takes as long as our whole budget, holds a mail four times over,
and recurses once per nesting level. This one searches for boundaries, top down, each inside its parent's span.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from maildesk.mail.charsets import decode_head, with_line_feeds
from maildesk.mail.parameters import ContentType, read_content_type

MAX_DEPTH = 30
MAX_PARTS = 1000
MAX_HEAD = 512 * 1024
MAX_FIELDS = 2000
MAX_VALUE = 64 * 1024

LISTS = {"to": ", ", "cc": ", ", "reply-to": ", ", "references": " ", "in-reply-to": " "}
BLANK_LINE = re.compile(rb"\n(?:\n|\r\n?)|\r\r\n?")
LEADING_SPACE = re.compile(rb"(?:\xef\xbb\xbf)?[\r\n \t]*+")
PARAMETER = re.compile(r"[a-z][a-z0-9*-]{0,40}[ \t]?=", re.IGNORECASE)  # of a folded header whose folds were lost
FOLD = re.compile(r"\n[ \t]+")
COMMON_FIELD = re.compile(
    r"(?:from|to|cc|subject|date|message-id|received|return-path|reply-to|sender|mime-version|references|in-reply-to"
    r"|content-[a-z-]+|x-[a-z-]+)[ \t]*:",
    re.IGNORECASE,
)
DELIMITER_REST = re.compile(rb"(--)?[ \t]*(?:\r\n|\n|\r|\Z)")
GUESSED_BOUNDARY = re.compile(rb"(?:^|[\r\n])--([^\s-][^\r\n]{0,199}+)(?:\r\n|\n|\r)(?=[Cc]ontent-)")

Fields = list[tuple[str, str]]


@dataclass(slots=True)
class Part:
    """One MIME part: `raw[head:start]` are its headers, `raw[start:end]` is its body, still transfer-encoded.

    Header values are unfolded, not decoded."""

    raw: bytes
    head: int
    start: int
    end: int
    fields: Fields
    content_type: ContentType
    first: dict[str, str]
    children: list["Part"] = field(default_factory=list)

    @property
    def body(self) -> bytes:
        return self.raw[self.start : self.end]

    def get(self, name: str) -> str:
        """The first header of this (lower-case) name, "" where there is none."""
        return self.first.get(name, "")


class _Reading:
    """What one reading has used up and complains of."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.parts_left = MAX_PARTS
        self.problems: list[str] = []


def read_structure(raw: bytes) -> tuple[Part, list[str]]:
    reading = _Reading(_with_usable_line_ends(raw))
    start = _start_of_mail(reading.raw)
    return _read_part(reading, start, len(reading.raw), 0, "text/plain"), reading.problems


def _with_usable_line_ends(raw: bytes) -> bytes:
    """Some gateways turn CR LF into CR CR LF, which reads as an empty line after every line."""
    first = raw[:1000].partition(b"\n")[0]
    return raw.replace(b"\r\r\n", b"\r\n") if first.endswith(b"\r\r") else raw


def _start_of_mail(raw: bytes) -> int:
    leading = LEADING_SPACE.match(raw)
    return leading.end() if leading else 0


def _read_part(reading: _Reading, start: int, end: int, depth: int, default_type: str) -> Part:
    reading.parts_left -= 1
    fields, body = _read_head(reading, start, end)
    first = _by_name(fields)
    content_type = read_content_type(first.get("content-type", ""), default_type)
    part = Part(reading.raw, start, body, end, fields, content_type, first)
    if content_type.main == "multipart":
        _read_children(reading, part, depth)
    return part


def _by_name(fields: Fields) -> dict[str, str]:
    """The first of a name counts; lists may be spread over several headers."""
    first: dict[str, str] = {}
    for spelled, value in fields:
        name = spelled.lower()
        if name not in first:
            first[name] = value
        elif name in LISTS:
            first[name] = f"{first[name]}{LISTS[name]}{value}"[:MAX_VALUE]
    return first


def _read_head(reading: _Reading, start: int, end: int) -> tuple[Fields, int]:
    """The fields, and where the body starts: after the first empty line, or at the first line that is no header."""
    raw = reading.raw
    if raw[start : start + 1] in (b"\n", b"\r"):
        return [], start + (2 if raw[start : start + 2] == b"\r\n" else 1)
    blank = BLANK_LINE.search(raw, start, end)
    head_end, body = (blank.start(), blank.end()) if blank else (end, end)
    if head_end - start > MAX_HEAD:
        reading.problems.append("The headers are too long; the rest of them was not read.")
    text = decode_head(raw[start : min(head_end, start + MAX_HEAD)])
    fields, stray = _fields_of(_unfolded(text).split("\n"))
    if stray is None:
        return fields, body
    if fields:
        reading.problems.append("No empty line separates the headers from the text.")
    return fields, _find_line(raw, stray, start, head_end)


def _unfolded(text: str) -> str:
    text = with_line_feeds(text)
    return FOLD.sub(" ", text) if "\n " in text or "\n\t" in text else text


def _fields_of(lines: list[str]) -> tuple[Fields, str | None]:
    """The fields, and the first line that is none and has none behind it."""
    fields: Fields = []
    last_known = None
    for number, line in enumerate(lines[:MAX_FIELDS]):
        name, colon, value = line.partition(":")
        if " " in name:
            name = name.rstrip(" \t")
        if colon and name and " " not in name:
            fields.append((name, value[:MAX_VALUE].strip()))
        elif fields and PARAMETER.match(line) and fields[-1][1].endswith(";"):
            fields[-1] = (fields[-1][0], f"{fields[-1][1]} {line}")
        elif line.strip() and not _is_mbox_line(line):
            last_known = _last_known_field(lines) if last_known is None else last_known
            if number > last_known or line.startswith("--"):
                return fields, line
    return fields, None


def _last_known_field(lines: list[str]) -> int:
    return max((number for number, line in enumerate(lines[:MAX_FIELDS]) if COMMON_FIELD.match(line)), default=-1)


def _is_mbox_line(line: str) -> bool:
    return line.startswith(("From ", ">From "))


def _find_line(raw: bytes, line: str, start: int, end: int) -> int:
    """Where a line of the decoded head starts in the raw bytes; its own bytes may have been decoded by a guess."""
    found = raw.find(line[:40].encode("utf-8", "ignore"), start, end)
    return found if found >= 0 else end


def _read_children(reading: _Reading, part: Part, depth: int) -> None:
    if depth >= MAX_DEPTH:
        reading.problems.append(f"Parts nested deeper than {MAX_DEPTH} were not read.")
        return
    spans = _spans(reading, part)
    inner_type = "message/rfc822" if part.content_type.sub == "digest" else "text/plain"
    for start, end in spans[: max(reading.parts_left, 0)]:
        if reading.parts_left <= 0:
            break
        part.children.append(_read_part(reading, start, end, depth + 1, inner_type))
    if len(part.children) < len(spans):
        reading.problems.append(f"The mail has more than {MAX_PARTS} parts; the rest was not read.")


def _spans(reading: _Reading, part: Part) -> list[tuple[int, int]]:
    declared = part.content_type.params.get("boundary", "").encode("utf-8", "replace")
    spans = _between(reading, part, declared) if declared else []
    if spans:
        return spans
    guess = GUESSED_BOUNDARY.search(part.raw, part.start, part.end)
    if not guess:
        reading.problems.append("No boundary separates the parts of the mail.")
        return []
    reading.problems.append("The boundary between the parts is not the one announced; the one in use was taken.")
    return _between(reading, part, guess[1].rstrip())


def _between(reading: _Reading, part: Part, boundary: bytes) -> list[tuple[int, int]]:
    """Spans between delimiter lines; the line end before a delimiter belongs to the delimiter (RFC 2046 §5.1.1)."""
    spans: list[tuple[int, int]] = []
    opened = None
    for before, after, closing in _delimiters(part, b"--" + boundary):
        if opened is not None:
            spans.append((opened, max(opened, before)))
        opened = None if closing else after
        if closing or len(spans) > MAX_PARTS:
            break
    if opened is not None:
        spans.append((opened, _glued_end(part, b"--" + boundary + b"--", opened)))
        reading.problems.append("The mail ends before its last part does.")
    return spans


def _delimiters(part: Part, delimiter: bytes) -> Iterator[tuple[int, int, bool]]:
    """Where the text before each delimiter line ends, where the text after it starts, and whether it is the last."""
    raw, position = part.raw, part.start
    while (position := raw.find(delimiter, position, part.end)) >= 0:
        rest = DELIMITER_REST.match(raw, position + len(delimiter), part.end)
        if rest and (position == part.start or raw[position - 1] in b"\r\n"):
            line_end = 2 if raw[position - 2 : position] == b"\r\n" else 1
            yield max(position - line_end, part.start), rest.end(), rest[1] is not None
        position += len(delimiter)


def _glued_end(part: Part, closing: bytes, opened: int) -> int:
    """The last part ends with the mail, or at a closing delimiter that some programs put at the end of a line."""
    at = part.raw.rfind(closing, opened, part.end)
    return part.end if at < 0 or part.raw[at + len(closing) : part.end].strip() else at

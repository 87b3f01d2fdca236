"""Files written into text: uuencode and yEnc. Found by their frame lines, so that text which merely mentions them stays text."""

import binascii
import re
from collections.abc import Callable

from maildesk.mail.charsets import decode_head
from maildesk.mail.message import Attachment

BEGIN_UU = re.compile(rb"^begin [0-7]{3,4} ([^\r\n]{1,200})\r?\n", re.MULTILINE)
BEGIN_Y = re.compile(rb"^=ybegin [^\r\n]{0,200}?name=([^\r\n]{1,200})\r?\n(?:=ypart [^\r\n]{0,200}\r?\n)?", re.MULTILINE)
END_UU = re.compile(rb"^end[ \t]*\r?$", re.MULTILINE)
END_Y = re.compile(rb"^=yend[^\r\n]{0,200}\r?$", re.MULTILINE)
MAX_FILES = 100
BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
TO_BASE64 = bytes(BASE64[code - 32 & 63] if 32 <= code <= 96 else BASE64[0] for code in range(256))  # noqa: PLR2004


def take_out_files(data: bytes) -> tuple[bytes, list[Attachment]]:
    """The text without its files, and the files. Cheap where there are none."""
    files: list[Attachment] = []
    for mark, begin, end, yenc in ((b"begin ", BEGIN_UU, END_UU, False), (b"=ybegin ", BEGIN_Y, END_Y, True)):
        if mark in data:
            data = _take_out(data, begin, end, yenc, files)
    return data, files


def _take_out(data: bytes, begin: re.Pattern[bytes], end: re.Pattern[bytes], yenc: bool, files: list[Attachment]) -> bytes:
    kept, position = [], 0
    while len(files) < MAX_FILES and (opening := begin.search(data, position)):
        closing = end.search(data, opening.end())
        if not closing:
            break
        encoded = data[opening.end() : closing.start()]
        if not yenc and not _looks_like_uu(encoded):
            kept.append(data[position : opening.end()])
            position = opening.end()
            continue
        kept.append(data[position : opening.start()])
        files.append(_attachment(opening[1], encoded, decode_yenc if yenc else decode_uu))
        position = closing.end()
    return b"".join(kept) + data[position:]


def _attachment(name: bytes, encoded: bytes, decode: Callable[[bytes], bytes]) -> Attachment:
    return Attachment(decode_head(name).strip(' \t"'), "application/octet-stream", False, None, lambda: decode(encoded))


def _looks_like_uu(encoded: bytes) -> bool:
    """Each line starts with the number of bytes it holds."""
    lines = encoded.splitlines()[:3]
    return bool(lines) and all(len(line) >= _uu_characters(line) for line in lines)


def _uu_characters(line: bytes) -> int:
    """How many the line should have behind its length mark."""
    return ((line[0] - 32 & 63) + 2) // 3 * 4 if line else 0


def first_uuencoded(data: bytes) -> tuple[bytes, str | None]:
    """A part whose transfer encoding is uuencode."""
    _, files = take_out_files(data)
    return (files[0].content, None) if files else (data, "The part says it is uuencoded and is not; it is kept as it came.")


def decode_uu(encoded: bytes) -> bytes:
    return b"".join(_uu_line(line) for line in encoded.splitlines() if line.strip())


def _uu_line(line: bytes) -> bytes:
    """The six bits of each character, as base64 has them; damaged characters count as zero."""
    length, needed = line[0] - 32 & 63, _uu_characters(line)
    digits = line[1 : 1 + needed].translate(TO_BASE64).ljust(needed, b"A")
    return binascii.a2b_base64(digits)[:length]


UNSHIFT = bytes((code - 42) % 256 for code in range(256))
ESCAPED = re.compile(rb"=(.)", re.DOTALL)


def decode_yenc(encoded: bytes) -> bytes:
    plain = encoded.translate(None, b"\r\n")
    return ESCAPED.sub(lambda found: bytes([(found[1][0] - 64) % 256]), plain).translate(UNSHIFT)

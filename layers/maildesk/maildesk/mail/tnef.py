"""winmail.dat opened: what Outlook packs a mail's files and text into (MS-OXTNEF; property types in MS-OXCDATA §2.11)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from maildesk.mail.charsets import decode

SIGNATURE = b"\x78\x9f\x3e\x22"
MAX_FILES = 500
MAX_PROPERTIES = 5000

# Attributes: level and id (§2.1.3.2)
NEW_FILE, FILE_TITLE, FILE_DATA, FILE_PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005
MESSAGE_BODY, MESSAGE_PROPERTIES, CODE_PAGE = 0x800C, 0x9003, 0x9007
# Properties
BODY, BODY_HTML, LONG_NAME, SHORT_NAME, MIME_TYPE, CONTENT_ID, DATA = 0x1000, 0x1013, 0x3707, 0x3704, 0x370E, 0x3712, 0x3701
INTERNET_CODE_PAGE = 0x3FDE
FIXED_SIZES = {0x0002: 4, 0x0003: 4, 0x0004: 4, 0x0005: 8, 0x0006: 8, 0x0007: 8, 0x000A: 4, 0x000B: 4, 0x0014: 8, 0x0040: 8, 0x0048: 16}
VARIABLE = {0x000D, 0x001E, 0x001F, 0x0102}
UNICODE_STRING, BYTE_STRING, MULTIPLE = 0x001F, 0x001E, 0x1000
NAMED_FROM = 0x8000


@dataclass
class TnefFile:
    name: str = ""
    kind: str = ""
    content_id: str = ""
    data: bytes = b""


@dataclass
class Tnef:
    text: str = ""
    html: str = ""
    files: list[TnefFile] = field(default_factory=list)


def read_tnef(data: bytes) -> Tnef:
    """What can be read of it; a file cut short is kept as far as it goes. Raises ValueError for bytes that are no TNEF at all."""
    if not data.startswith(SIGNATURE):
        raise ValueError("not TNEF")
    tnef, charset = Tnef(), "cp1252"
    for attribute, value in _attributes(data):
        if attribute == CODE_PAGE and len(value) >= 4:  # noqa: PLR2004
            charset = f"cp{struct.unpack_from('<I', value)[0]}"
        elif attribute == NEW_FILE and len(tnef.files) < MAX_FILES:
            tnef.files.append(TnefFile())
        elif attribute == MESSAGE_BODY:
            tnef.text = _string(value, charset)
        elif attribute == MESSAGE_PROPERTIES:
            _take_message(tnef, dict(_properties(value, charset)), charset)
        elif tnef.files:
            _take_file(tnef.files[-1], attribute, value, charset)
    return tnef


def _take_message(tnef: Tnef, found: dict[int, str | bytes], charset: str) -> None:
    page = found.get(INTERNET_CODE_PAGE)
    html = found.get(BODY_HTML, "")
    tnef.html = decode(html, _code_page(page) or charset)[0].rstrip("\0") if isinstance(html, bytes) else html
    text = found.get(BODY, "")
    tnef.text = text if isinstance(text, str) and text else tnef.text


def _code_page(value: str | bytes | None) -> str:
    number = struct.unpack_from("<I", value)[0] if isinstance(value, bytes) and len(value) >= 4 else 0  # noqa: PLR2004
    return "utf-8" if number == 65001 else f"cp{number}" if number else ""  # noqa: PLR2004


def _take_file(file: TnefFile, attribute: int, value: bytes, charset: str) -> None:
    if attribute == FILE_TITLE:
        file.name = file.name or _string(value, charset)
    elif attribute == FILE_DATA:
        file.data = value
    elif attribute == FILE_PROPERTIES:
        found = dict(_properties(value, charset))
        file.name = _text(found, LONG_NAME) or _text(found, SHORT_NAME) or file.name
        file.kind, file.content_id = _text(found, MIME_TYPE), _text(found, CONTENT_ID)
        data = found.get(DATA)
        file.data = file.data or (data if isinstance(data, bytes) else b"")


def _text(found: dict[int, str | bytes], key: int) -> str:
    value = found.get(key, "")
    return value if isinstance(value, str) else ""


def _string(value: bytes, charset: str) -> str:
    return decode(value, charset)[0].rstrip("\0")


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """level (1), id (2), type (2), length (4), data, checksum (2), after a signature (4) and a key (2)."""
    position = 6
    while position + 9 <= len(data):
        _level, attribute, _type, length = struct.unpack_from("<BHHI", data, position)
        position += 9
        yield attribute, data[position : position + length]
        position += length + 2


def _properties(data: bytes, charset: str) -> Iterator[tuple[int, str | bytes]]:
    """The property list of MS-OXTNEF §2.1.3.4; ends where it stops making sense."""
    try:
        (count,) = struct.unpack_from("<I", data)
        position = 4
        for _ in range(min(count, MAX_PROPERTIES)):
            kind, number = struct.unpack_from("<HH", data, position)
            position = _after_name(data, position + 4) if number >= NAMED_FROM else position + 4
            values, position = _values(data, position, kind)
            if values:
                yield number, _readable(values[0], kind & ~MULTIPLE, charset)
    except (struct.error, ValueError):
        return


def _after_name(data: bytes, position: int) -> int:
    """A named property carries a GUID and a number or a name."""
    is_name, length = struct.unpack_from("<II", data, position + 16)
    return position + 24 + (_padded(length) if is_name else 0)


def _values(data: bytes, position: int, kind: int) -> tuple[list[bytes], int]:
    single = kind & ~MULTIPLE
    size = FIXED_SIZES.get(single)
    if size is None and single not in VARIABLE:
        raise ValueError(f"property type {kind:#x}")
    count = 1
    if size is None or kind & MULTIPLE:
        (count,) = struct.unpack_from("<I", data, position)
        position += 4
    values = []
    for _ in range(min(count, MAX_PROPERTIES)):
        length = size
        if length is None:
            (length,) = struct.unpack_from("<I", data, position)
            position += 4
        values.append(data[position : position + length])
        position += _padded(length)
    return values, position


def _padded(length: int) -> int:
    return length + (-length % 4)


def _readable(value: bytes, kind: int, charset: str) -> str | bytes:
    if kind == UNICODE_STRING:
        return value.decode("utf-16-le", "replace").rstrip("\0")
    return _string(value, charset) if kind == BYTE_STRING else value

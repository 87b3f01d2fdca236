"""Transfer encodings undone (RFC 2045 §6), whatever is broken in them."""

import binascii
import re

from maildesk.mail.damaged_base64 import from_base64

SPACE_AFTER_SOFT_BREAK = re.compile(rb"=[ \t]+(?=\r?\n)")
IDENTITY = ("", "7bit", "8bit", "binary", "7-bit", "8-bit", "7bits", "8bits", "none", "utf-8", "ascii")


def decode_transfer(data: bytes, encoding: str) -> tuple[bytes, str | None]:
    """The bytes, and a sentence where they were not what they claimed to be."""
    if encoding in IDENTITY:
        return data, None
    name = encoding.strip(" \t\"'").lower().partition(";")[0].partition(" ")[0]
    if name in IDENTITY:
        return data, None
    if name.startswith("base64"):
        return from_base64(data)
    if name.startswith("quoted"):
        return binascii.a2b_qp(SPACE_AFTER_SOFT_BREAK.sub(b"=", data)), None
    if name in ("x-uuencode", "x-uue", "uuencode"):
        from maildesk.mail.uuencode import first_uuencoded

        return first_uuencoded(data)
    return data, f"The transfer encoding {name[:40]!r} is unknown; the part is shown as it came."

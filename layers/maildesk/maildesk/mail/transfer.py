"""Transfer encodings undone (RFC 2045 §6), whatever is broken in them."""

import binascii
import re

NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
WORDS = re.compile(rb"(?:\b[A-Za-z]{1,15}[,.]? ){3}")
PADDING = re.compile(rb"=+")
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


def from_base64(data: bytes) -> tuple[bytes, str | None]:
    """Decoders stop at the first padding; what follows it is another run, joined by some careless sender."""
    if WORDS.search(data, 0, 200):
        return data, "The part says it is base64 and is not; it is shown as it came."
    padding = data.find(b"=")
    if padding < 0 or not data[padding:].strip(b"=\r\n \t"):
        try:
            return binascii.a2b_base64(data), None
        except binascii.Error:
            pass
    return b"".join(_repaired(run) for run in PADDING.split(data)), "The base64 is damaged; what could be read is shown."


def _repaired(run: bytes) -> bytes:
    clean = NOT_BASE64.sub(b"", run)
    usable = len(clean) - (len(clean) % 4 == 1)
    return binascii.a2b_base64(clean[:usable] + b"=" * (-usable % 4))

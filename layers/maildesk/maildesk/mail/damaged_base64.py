"""Base64 (RFC 4648), whatever is broken in it."""

import binascii
import re

NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
WORDS = re.compile(rb"(?:\b[A-Za-z]{1,15}[,.]? ){3}")
PADDING = re.compile(rb"=+")


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

"""Encoded words in headers (RFC 2047), and the ways they are broken."""

import binascii
import re

from maildesk.mail.charsets import decode
from maildesk.mail.damaged_base64 import from_base64

START = r"=\?[^?\s=]{1,60}\?[bBqQ]\?"
# Ended by the next one, or by the end of the header, where somebody cut it.
WORD = re.compile(rf"=\?([^?\s=]{{1,60}})\?([bBqQ])\?((?:[^?=]|=(?!{START[1:]})|\?(?!=))*+)(?:\?=|$|(?={START}))")
GAP = re.compile(rf"(\?=)\s+(?={START})")


def decode_words(value: str) -> str:
    """Characters split between two words are joined before decoding, as many senders split them."""
    if "=?" not in value:
        return value
    out: list[str] = []
    pending: tuple[str, bytes] | None = None
    position = 0
    value = GAP.sub(r"\1", value)
    for word in WORD.finditer(value):
        between = value[position : word.start()]
        charset, data = _bytes_of(*word.groups())
        position = word.end()
        if pending and not between and pending[0] == charset:
            pending = (charset, pending[1] + data)
            continue
        _flush(out, pending)
        out.append(between)
        pending = (charset, data)
    _flush(out, pending)
    return "".join([*out, value[position:]])


def _flush(out: list[str], pending: tuple[str, bytes] | None) -> None:
    if pending:
        out.append(decode(pending[1], pending[0])[0])


def _bytes_of(charset: str, encoding: str, text: str) -> tuple[str, bytes]:
    charset = charset.partition("*")[0].lower()  # RFC 2231 §5: the language
    if encoding in "bB":
        return charset, from_base64("".join(text.split()).encode("ascii", "ignore"))[0]
    return charset, binascii.a2b_qp(text.encode("utf-8", "replace"), header=True)

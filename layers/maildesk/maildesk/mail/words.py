"""Encoded words in headers (RFC 2047), and the ways they are broken."""

import binascii
import re

from maildesk.mail.charsets import decode
from maildesk.mail.transfer import from_base64

WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*(?:\?(?!=)[^?]*)*)(?:\?=|$)")
GAP = re.compile(r"(\?=)\s+(?==\?[^?\s]{1,60}\?[bBqQ]\?)")


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
        return charset, from_base64(text.encode("ascii", "ignore"))[0]
    return charset, binascii.a2b_qp(text.encode("utf-8", "replace"), header=True)

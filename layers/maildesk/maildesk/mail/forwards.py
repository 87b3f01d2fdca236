"""A mail somebody passes on: whose it was, what it said, and what the forwarder wrote on top of it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from maildesk.mail.addresses import lower_host
from maildesk.mail.message import Address, Mail
from maildesk.mail.parse import parse
from maildesk.mail.quotes.lines import clean, head_of, is_quoted, plain
from maildesk.mail.quotes.openers import openers, says_forwarded
from maildesk.mail.quotes.words import FORWARD_PREFIXES
from maildesk.mail.reply_text import own_words

_PREFIX = re.compile(rf"\s*\[?(?:{'|'.join(map(re.escape, FORWARD_PREFIXES))})\s?(?:\[\d+\])?[:：]\s*", re.IGNORECASE)
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,10}")
_QUOTE_MARK = re.compile(r"^\s*> ?")
_AROUND_A_NAME = " \"'<[(*:"


@dataclass(frozen=True, slots=True)
class Forward:
    """`date` is ISO 8601 of an `attached` mail, and of one inside the text what the forwarder's mail program wrote."""

    sender: Address
    subject: str
    date: str | None
    text: str
    comment: str
    attached: bool


def read_forward(mail: Mail) -> Forward | None:
    """None for a mail that is no forward, and for one whose original sender's address cannot be read."""
    if mail.bounce or mail.automatic:
        return None
    return _attached(mail) or _inline(mail)


def _attached(mail: Mail) -> Forward | None:
    original = next((file for file in mail.attachments if file.content_type == "message/rfc822"), None)
    if original is None or (mail.in_reply_to and not _PREFIX.match(mail.subject)):
        return None
    inner = parse(original.content)
    if inner.sender is None:
        return None
    date = inner.date.isoformat() if inner.date else None
    return Forward(inner.sender, inner.subject, date, inner.text, own_words(mail.text), attached=True)


def _inline(mail: Mail) -> Forward | None:
    lines = head_of(mail.text)
    cleaned = [clean(line) for line in lines]
    bare = [plain(line) for line in cleaned]
    opener = next(iter(openers(cleaned, bare)), None)
    if opener is None or not (opener.forwards or _PREFIX.match(mail.subject)):
        return None
    fields = opener.block.fields if opener.block else {}
    sender = _read_sender(fields.get("from") or " ".join(bare[opener.start : opener.end]))
    if sender is None:
        return None
    subject = fields.get("subject") or _PREFIX.sub("", mail.subject, count=1).rstrip("]")
    text = _original(mail.text.split("\n")[opener.end :])
    return Forward(sender, subject, fields.get("sent") or None, text, own_words("\n".join(lines[: opener.start])), attached=False)


def _read_sender(words: str) -> Address | None:
    """`Anna <anna@example.com>`, `Anna [mailto:…]`, `anna@example.com<mailto:…>`, `Anna (anna@example.com)`."""
    found = _ADDRESS.search(words)
    if not found:
        return None
    name = words[: found.start()].removesuffix("mailto:").strip(_AROUND_A_NAME)
    return Address(name.rsplit('"')[-1].strip() if name.count('"') == 1 else name, lower_host(found[0]))


def _original(lines: Sequence[str]) -> str:
    """Without the quote marks of a program that quotes what it forwards, and without the line that ends it."""
    filled = [line for line in lines if line.strip()]
    if filled and all(is_quoted(line.lstrip()) for line in filled):
        lines = [_QUOTE_MARK.sub("", line) for line in lines]
    text = "\n".join(lines).strip("\n").rstrip()
    above, _, last = text.rpartition("\n")
    return above.rstrip() if says_forwarded(clean(last)) else text

"""A mail somebody passes on: whose it was, what it said, and what the forwarder wrote on top of it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from maildesk.mail.addresses import lower_host
from maildesk.mail.message import Address, Attachment, Mail
from maildesk.mail.parse import parse
from maildesk.mail.quotes.attributions import after_date
from maildesk.mail.quotes.lines import clean, head_of, is_quoted, plain
from maildesk.mail.quotes.openers import Opener, openers, says_forwarded
from maildesk.mail.quotes.words import FORWARD_PREFIXES
from maildesk.mail.reply_text import own_words

_PREFIX = re.compile(rf"\s*\[?(?:{'|'.join(map(re.escape, FORWARD_PREFIXES))})\s?(?:\[\d+\])?[:：]\s*", re.IGNORECASE)
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,10}")
_AROUND_A_NAME = " \"'<[(*:"
_LINES_BETWEEN = 2


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
    if mail.bounce or (mail.automatic and mail.automatic.kind != "mailing-list"):
        return None
    return _attached(mail) or _inline(mail)


def attached_mail(mail: Mail) -> Attachment | None:
    return next((file for file in mail.attachments if file.content_type == "message/rfc822"), None)


def without_prefix(subject: str) -> str:
    """`Fwd: Parcel` → `Parcel`, in the languages of mail programs."""
    return _PREFIX.sub("", subject, count=1)


def _attached(mail: Mail) -> Forward | None:
    original = attached_mail(mail)
    if original is None or (mail.in_reply_to and not _PREFIX.match(mail.subject)):
        return None
    inner = parse(original.content)
    if inner.sender is None:
        return None
    date = inner.date.isoformat() if inner.date else None
    return Forward(inner.sender, inner.subject, date, inner.text.strip("\n"), own_words(mail.text), attached=True)


def _inline(mail: Mail) -> Forward | None:
    cleaned = [clean(line) for line in head_of(mail.text)]
    bare = [plain(line) for line in cleaned]
    found = openers(cleaned, bare)
    if not found or not (found[0].forwards or _says_forward(mail.subject, bare[found[0].start])):
        return None
    source = _source(found)
    sender = _sender(source, bare)
    if sender is None:
        return None
    fields = source.block.fields if source.block else {}
    subject = fields.get("subject") or without_prefix(mail.subject).rstrip("]")
    lines = mail.text.split("\n")
    comment = own_words("\n".join(lines[: found[0].start]))
    return Forward(sender, subject, fields.get("sent") or None, _original(lines[source.end :]), comment, attached=False)


def _says_forward(subject: str, opening: str) -> bool:
    """`VS:` is a forward in Danish and Norwegian, and a reply in Finnish."""
    finnish_reply = subject.casefold().startswith("vs") and opening.casefold().startswith("lähettäjä")
    return bool(_PREFIX.match(subject)) and not finnish_reply


def _source(found: Sequence[Opener]) -> Opener:
    """What names the original's sender: an attribution may stand below the line that announces the forward."""
    first, *others = found
    named_below = others and not first.block and others[0].start - first.end <= _LINES_BETWEEN
    return others[0] if named_below else first


def _sender(source: Opener, bare: Sequence[str]) -> Address | None:
    """`Anna <anna@example.com>`, `Anna [mailto:…]`, `anna@example.com<mailto:…>`, `Anna (anna@example.com)`."""
    words = source.block.fields["from"] if source.block else " ".join(bare[source.start : source.end])
    found = _ADDRESS.search(words)
    if not found:
        return None
    name = words[: found.start()].removesuffix("mailto:")
    return Address((name if source.block else after_date(name)).strip(_AROUND_A_NAME), lower_host(found[0]))


def _original(lines: Sequence[str]) -> str:
    """Without the quote marks of a program that quotes what it forwards, and without the line that ends it."""
    filled = [line for line in lines if line.strip()]
    if filled and all(is_quoted(line.lstrip()) for line in filled):
        lines = [re.sub(r"^\s*> ?", "", line) for line in lines]
    text = "\n".join(lines).strip("\n").rstrip()
    above, _, last = text.rpartition("\n")
    return above.rstrip() if says_forwarded(clean(last)) else text

"""A bounce taken apart: its delivery-status groups, what the mail system says in words, and the returned message."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from itertools import islice

from maildesk.mail.bouncing.fields import Fields, blocks
from maildesk.mail.bouncing.sns import read_notice
from maildesk.mail.transfer import decode_transfer

READ = 64_000  # characters of any text that are looked at
PARTS = 200

GROUP_STARTS = re.compile(r"^(?:(?:Final|Original)-Recipient|Action): *\S", re.IGNORECASE | re.MULTILINE)
RETURNED_TYPES = frozenset({"message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global", "message/global-headers"})
REPORT_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status", "message/disposition-notification"})

# What mail systems write above the copy of our message.
COPY_BELOW = re.compile(
    r"^[ \t>*=|-]{0,40}(?:"
    r"(?:original|returned|unsent) (?:message|mail)(?: (?:headers?|info|follows|below))*\b"
    r"|(?:message headers?|unsent message|message text|original mail)(?: as)? follow"
    r"|(?:here|below this line|enclosed|this|included|below|following) is (?:a|the) copy of |a copy of the original message"
    r"|the headers? (?:of the original message|and top )|the first \d{1,4} lines of |start of returned message"
    r")",
    re.IGNORECASE | re.MULTILINE,
)
HEADERS_BELOW = re.compile(
    r"^(?:Message-ID|Received|Return-Path) ?: ?[^\n]{1,998}\n(?:[A-Z][A-Za-z-]{1,40}:|[ \t])", re.IGNORECASE | re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """`groups` are the fields of each recipient and `report` those of the message (RFC 3464 §2.2, §2.3), `notice` is what
    the mail system says, `returned` our own message or its headers as text."""

    groups: tuple[Fields, ...]
    report: Fields
    notice: str
    returned: str


def header(message: Message, name: str) -> str:
    """Never raises and never None; raw 8-bit bytes come as replacement characters."""
    return str(message.get(name) or "")


def messages(part: Message) -> list[Message]:
    """What the parser found inside."""
    payload = part.get_payload() if part.is_multipart() else []
    return [child for child in payload[:PARTS] if isinstance(child, Message)] if isinstance(payload, list) else []


def gather(message: Message, text: str) -> Evidence:
    parts = tuple(islice(_parts(message), PARTS))
    text = (text if text.strip() else _raw_text(parts))[:READ].replace("\r\n", "\n")
    notice, copy = _split_copy(text)
    groups, run_in = _report(parts, text)
    returned = "".join(_flat(part) for part in parts if part.get_content_type() in RETURNED_TYPES)
    recipients = tuple(fields for fields in groups if _is_recipient(fields))
    return Evidence(recipients, groups[0] if groups else {}, notice, returned or run_in or copy or _rest(parts))


def _is_recipient(fields: Fields) -> bool:
    """A disposition (RFC 8098 §3.2.6) other than a deletion tells what a person did, not what failed."""
    named = "final-recipient" in fields or "original-recipient" in fields
    return named and fields.get("disposition", "deleted").lower().endswith("deleted")


def _report(parts: tuple[Message, ...], text: str) -> tuple[list[Fields], str]:
    """The groups of a delivery status, as a part or in the text, and the headers of our message if they ran into it."""
    status = "\n\n".join(_flat(part) for part in parts if part.get_content_type() in REPORT_TYPES)
    if status:
        return blocks(status), status if "\nmessage-id" in status.lower() else ""
    if group := GROUP_STARTS.search(text):
        return blocks(text[group.start() :]), ""
    return read_notice(text)


def _parts(message: Message) -> Iterator[Message]:
    """Top to bottom, without going into a returned message: it may be a report itself."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        yield part
        if part.get_content_maintype() == "multipart":
            waiting.extend(reversed(messages(part)))


def _rest(parts: tuple[Message, ...]) -> str:
    """The parts behind the notice, their own headers included: ours may have run into them."""
    return b"\n".join(map(_whole, parts[2:])).decode("utf-8", "replace")


def _raw_text(parts: tuple[Message, ...]) -> str:
    """What can be read where the MIME is broken."""
    return "\n".join(_flat(part) for part in parts if not part.is_multipart())


def _flat(part: Message) -> str:
    """A part as text, headers inside included: the parser makes messages of message/*, which loses what is malformed."""
    if not part.is_multipart():
        return _body(part).decode("utf-8", "replace")
    raw = b"\n\n".join(map(_whole, messages(part)))[:READ]
    return decode_transfer(raw, header(part, "Content-Transfer-Encoding"))[0].decode("utf-8", "replace")


def _whole(message: Message) -> bytes:
    """`raw_items`, since `items` gives up on UTF-8 in headers (RFC 6532)."""
    head = "".join(f"{name}: {value}\n" for name, value in message.raw_items())
    return head.encode("utf-8", "surrogateescape") + b"\n" + _body(message)


def _body(message: Message) -> bytes:
    """Decoding never asks for the charset, which may be one that the parser chokes on."""
    decoded = message.get_payload(decode=True)
    return decoded[:READ] if isinstance(decoded, bytes) else b""


def _split_copy(text: str) -> tuple[str, str]:
    """What the mail system says, and the copy of our message below it."""
    cut = COPY_BELOW.search(text) or HEADERS_BELOW.search(text)
    return (text[: cut.start()], text[cut.start() :]) if cut else (text, "")

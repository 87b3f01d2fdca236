"""Which of our messages did not arrive, where and why (RFC 3464, RFC 6533, and what mail systems write instead)."""

import re
import sys
from email.message import Message
from itertools import islice

from maildesk.mail.bouncing.evidence import Evidence, gather, header, messages
from maildesk.mail.bouncing.failure import tells_of_failure
from maildesk.mail.bouncing.fields import Fields
from maildesk.mail.bouncing.recipients import FIND_ADDRESS, named, passage
from maildesk.mail.bouncing.signs import is_mail_system, is_refusal, is_report, may_be_bounce
from maildesk.mail.bouncing.statuses import meaning
from maildesk.mail.message import Bounce, BouncedRecipient

RECIPIENTS = 50  # that are looked at; a helpdesk's mail has a few
ACTIONS = frozenset({"failed", "delayed", "delivered", "relayed", "expanded"})
DELAYED = re.compile(
    r"temporary failure|(?:has been|is) delayed|not yet been delivered|warning message only|will be retried|will continue to", re.IGNORECASE
)

MESSAGE_ID = re.compile(r"^[ \t]*Message-ID ?: ?\s{0,80}<?([^\s<>]{1,998})", re.IGNORECASE | re.MULTILINE)
TO = re.compile(r"^To ?:([^\n]{1,998}(?:\n[ \t][^\n]{1,998}){0,20})", re.IGNORECASE | re.MULTILINE)
BRACKETED = re.compile(r"<([^\s<>]{1,998})>")
ESCAPED = re.compile(r"\\x\{([0-9A-Fa-f]{1,6})\}")
SURROGATES = range(0xD800, 0xE000)


def read_bounce(message: Message, text: str) -> Bounce | None:
    """None unless a mail system wrote it about a message of ours. `text` is the readable text of the whole mail."""
    if not may_be_bounce(message.get) or any(part.get_content_type() == "message/feedback-report" for part in messages(message)):
        return None
    return next((found for inner in _handed_on(message) if (found := _read(inner, ""))), None) or _read(message, text)


def _handed_on(message: Message) -> list[Message]:
    """The reports that a gateway hands on inside a mail of its own."""
    if is_report(message.get):
        return []
    wrapped = (part for part in messages(message) if part.get_content_type() == "message/rfc822")
    return [inner for part in wrapped for inner in messages(part) if is_report(inner.get)]


def _read(message: Message, text: str) -> Bounce | None:
    evidence = gather(message, text)
    recipients = _recipients(message, evidence)
    if recipients or is_report(message.get) or _says_so(message, evidence):
        return Bounce(_original_id(message, evidence), recipients)
    return None


def _says_so(message: Message, evidence: Evidence) -> bool:
    """A mail system that names nobody in a way we know still tells of a failure."""
    return is_mail_system(message.get) and not is_refusal(message.get) and tells_of_failure(message.get, evidence.notice)


def _recipients(message: Message, evidence: Evidence) -> tuple[BouncedRecipient, ...]:
    found = {address: fields for fields in evidence.groups if (address := _address(fields, evidence.returned))}
    if not found and not is_refusal(message.get):
        found = dict.fromkeys(_failed(message, evidence), next(iter(evidence.groups), {}))
    failed = dict(islice(found.items(), RECIPIENTS))
    unstated = "delayed" if DELAYED.search(evidence.notice) else "failed"
    return tuple(_recipient(fields, address, tuple(failed), evidence.notice, unstated) for address, fields in failed.items())


def _address(fields: Fields, returned: str) -> str:
    """Of `type; address`: whom we wrote to rather than where it was passed on; utf-8-addr-xtext is undone (RFC 6533 §3)."""
    stated = (fields.get(name, "") for name in ("final-recipient", "original-recipient"))
    plain = (ESCAPED.sub(_character, value.partition(";")[2] or value) for value in stated)
    addresses = [found[0] for value in plain if (found := FIND_ADDRESS.search(value))]
    to = TO.search(returned)
    return next((address for address in addresses if to and address in to[1]), addresses[0] if addresses else "")


def _character(escaped: re.Match[str]) -> str:
    code = int(escaped[1], 16)
    return chr(code) if code < SURROGATES.start or SURROGATES.stop <= code <= sys.maxunicode else "\ufffd"


def _failed(message: Message, evidence: Evidence) -> tuple[str, ...]:
    """Whom header or words name, where there is no report."""
    stated = tuple(FIND_ADDRESS.findall(header(message, "X-Failed-Recipients")[:10_000]))
    if stated:
        return stated
    if is_report(message.get) or is_mail_system(message.get):
        return _not_us(message, named(evidence.notice)) or _addressee(evidence.returned)
    return _not_us(message, named(evidence.notice)) if tells_of_failure(message.get, evidence.notice) else ()


def _not_us(message: Message, addresses: tuple[str, ...]) -> tuple[str, ...]:
    """Mail systems name the sender too; alone, it may have written to itself."""
    to = header(message, "To").lower()
    return tuple(address for address in addresses if address.lower() not in to) or addresses


def _addressee(returned: str) -> tuple[str, ...]:
    """Whom our message went to, if that was one person: with more of them nobody says who failed."""
    to = TO.search(returned)
    found = FIND_ADDRESS.findall(to[1]) if to else []
    return tuple(found) if len(found) == 1 else ()


def _recipient(fields: Fields, address: str, failed: tuple[str, ...], notice: str, unstated: str) -> BouncedRecipient:
    action = _action(fields.get("action", ""), unstated)
    diagnosis = f"{fields.get('diagnostic-code', '')} {fields.get('x-powermta-bouncecategory', '')}"
    anything = notice if len(failed) == 1 else ""
    status, hard = meaning(fields.get("status", ""), action, (diagnosis, passage(notice, address, failed), anything))
    return BouncedRecipient(address, status, action, hard and action == "failed")


def _action(stated: str, unstated: str) -> str:
    """The first word, since some add a comment; words that RFC 3464 does not know (`expired`) mean failure."""
    word = stated.lower().partition(" ")[0]
    return word if word in ACTIONS else "failed" if word else unstated


def _original_id(message: Message, evidence: Evidence) -> str | None:
    if found := MESSAGE_ID.search(evidence.returned):
        return found[1]
    stated = evidence.report.get("x-original-message-id") or evidence.report.get("original-message-id")  # Gmail; RFC 8098 §3.2.5
    if stated:
        return stated.strip("<> ")
    if found := MESSAGE_ID.search(evidence.notice):
        return found[1]
    answered = BRACKETED.search(header(message, "In-Reply-To") or header(message, "References"))
    return answered[1] if answered else None

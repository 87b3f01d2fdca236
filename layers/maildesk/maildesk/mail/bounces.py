"""Which of our messages did not arrive, where and why (RFC 3464, RFC 6533, and what mail systems write instead)."""

import re
from collections.abc import Callable
from email.message import Message

from maildesk.mail.bouncing.evidence import Evidence, gather, header
from maildesk.mail.bouncing.fields import Fields
from maildesk.mail.bouncing.recipients import FIND_ADDRESS, named, passage
from maildesk.mail.bouncing.statuses import meaning
from maildesk.mail.message import Bounce, BouncedRecipient

MAIL_SYSTEM = re.compile(r"mailer[-_. ]?daemon|mail[-. ]deliver|delivery (?:sub)?system|post_master@|poostmaster", re.IGNORECASE)
PERHAPS_MAIL_SYSTEM = re.compile(r"post_?master|no-?reply|system administrator|amazonaws|amazonses|^\s*(?:<>)?\s*$", re.IGNORECASE)
ANSWER_OR_FORWARD = re.compile(r"^\s*(?:re|aw|sv|fwd?|wg|tr|rv)\s*:", re.IGNORECASE)
FAILURE = re.compile(
    r"undeliver|not (?:be |been |yet been )?deliver|deliver\w* (?:status|fail|error|has failed|notification|problem)|fail(?:ed|ure)"
    r"|returned|rejected|unable to|could not|couldn't|permanent|unsent|error|mailbox|recipient|user unknown|duplicated message-id",
    re.IGNORECASE,
)
MESSAGE_ID = re.compile(r"^[ \t]*(?:X-)?(?:Original-)?Message-ID ?: ?\s{0,80}<?([^\s<>]{1,998})", re.IGNORECASE | re.MULTILINE)
TO = re.compile(r"^To ?:([^\n]{1,998}(?:\n[ \t][^\n]{1,998}){0,20})", re.IGNORECASE | re.MULTILINE)
BRACKETED = re.compile(r"<([^\s<>]{1,998})>")
ACTIONS = frozenset({"failed", "delayed", "delivered", "relayed", "expanded"})
DELAYED = re.compile(
    r"temporary failure|has (?:not yet )?been delayed|not yet been delivered|is delayed|warning message only|will be retried", re.IGNORECASE
)


def read_bounce(message: Message, text: str) -> Bounce | None:
    """None unless a mail system wrote it about a message of ours. `text` is the readable text of the whole mail."""
    if not may_be_bounce(message.get):
        return None
    evidence = gather(message, text)
    recipients = _recipients(message, evidence)
    if not recipients and (inner := _inside(message)):
        return inner
    return Bounce(_original_id(message, evidence), recipients) if recipients or _is_report(message) else None


def may_be_bounce(header: Callable[[str], str | None]) -> bool:
    """Whether `read_bounce` is worth its while, from a few headers (`header` gets lower-case names): every mail is asked."""
    sender = str(header("from") or "")
    kind = str(header("content-type") or "").lower()
    if kind.startswith("multipart/report"):
        return _reports_delivery(kind)
    if MAIL_SYSTEM.search(sender) or header("x-failed-recipients") or ".FML" in str(header("message-id") or ""):
        return True
    return bool(PERHAPS_MAIL_SYSTEM.search(sender)) and not ANSWER_OR_FORWARD.match(str(header("subject") or ""))


def _reports_delivery(kind: str) -> bool:
    """RFC 6522; a multipart/report without a report-type is taken for a delivery status."""
    return kind.startswith("multipart/report") and ("report-type" not in kind or "delivery-status" in kind)


def _is_report(message: Message) -> bool:
    return _reports_delivery(header(message, "Content-Type").lower())


def _inside(message: Message) -> Bounce | None:
    """A gateway may hand a bounce on inside a mail of its own."""
    wrapped = (child for part in _messages(message) if part.get_content_type() == "message/rfc822" for child in _messages(part))
    return next((read_bounce(report, "") for report in wrapped if _is_report(report)), None)


def _messages(message: Message) -> list[Message]:
    payload = message.get_payload()
    return [child for child in payload if isinstance(child, Message)] if isinstance(payload, list) else []


def _recipients(message: Message, evidence: Evidence) -> tuple[BouncedRecipient, ...]:
    found = {address: fields for fields in evidence.groups if (address := _address(fields))}
    if not found and FAILURE.search(header(message, "Subject") + evidence.notice):
        found = dict.fromkeys(_failed(message, evidence), next(iter(evidence.groups), {}))
    return tuple(_recipient(fields, address, tuple(found), evidence) for address, fields in found.items())


def _failed(message: Message, evidence: Evidence) -> tuple[str, ...]:
    stated = tuple(FIND_ADDRESS.findall(header(message, "X-Failed-Recipients")))
    return stated or named(evidence.notice) or (_addressees(evidence.returned) if _is_report(message) else ())


def _addressees(returned: str) -> tuple[str, ...]:
    """Whom our message went to, if that was one person: with more of them nobody says who failed."""
    to = TO.search(returned)
    found = FIND_ADDRESS.findall(to[1]) if to else []
    return tuple(found) if len(found) == 1 else ()


def _recipient(fields: Fields, address: str, all_failed: tuple[str, ...], evidence: Evidence) -> BouncedRecipient:
    action = _action(fields, evidence.notice)
    said = passage(evidence.notice, address, all_failed)
    status, hard = meaning(fields.get("status", ""), action, (fields.get("diagnostic-code", ""), said, evidence.notice))
    return BouncedRecipient(address, status, action, hard)


def _action(fields: Fields, notice: str) -> str:
    stated = fields.get("action", "").lower().split(" ")[0]
    if stated in ACTIONS:
        return stated
    return "delayed" if not stated and DELAYED.search(notice) else "failed"


def _address(fields: Fields) -> str:
    stated = (fields.get(name, "").partition(";")[2] or fields.get(name, "") for name in ("final-recipient", "original-recipient"))
    return next((found[0] for value in stated if (found := FIND_ADDRESS.search(value))), "")


def _original_id(message: Message, evidence: Evidence) -> str | None:
    if found := MESSAGE_ID.search(evidence.returned):
        return found[1]
    if stated := evidence.report.get("x-original-message-id") or evidence.report.get("original-message-id"):
        return stated.strip("<> ")
    if found := MESSAGE_ID.search(evidence.notice):
        return found[1]
    answered = BRACKETED.search(header(message, "In-Reply-To") or header(message, "References"))
    return answered[1] if answered else None

"""Who may have written a bounce: cheap signs, since every mail is asked."""

import re
from collections.abc import Callable

Header = Callable[[str], str | None]  # names in lower case

MAIL_SYSTEM = re.compile(r"mailer[-_. ]?daemon|mail[-. ]deliver\w{0,3}[-. ](?:sub)?system|post_master@", re.IGNORECASE)
SHARED_WITH_PEOPLE = re.compile(r"postmaster@|sysadmin@|^\s*(?:<>)?\s*$", re.IGNORECASE)
SHARED_WITH_PROGRAMMES = re.compile(r"\bno-?reply@|@amazonses\.com", re.IGNORECASE)
ANSWER_OR_FORWARD = re.compile(r"^\s*(?:re|aw|sv|fwd?|wg|tr|rv)\s*:", re.IGNORECASE)

_ANSWERS = (r"[45]\d\d[ -][#<]?[45]\.\d{1,3}\.\d", r"\b[45]\d\d - ", r"RCPT TO", r"delivered to:? <", r"following recipient")
_WORDS = (
    r"undeliver",
    r"(?:e-?mail|message|sent)\b[^.]{0,200}(?:not|n't|un\w{1,20}) (?:yet )?(?:be |been )?deliver",
    r"deliver\w{0,3} (?:status|failed|has failed|failure|notification)",
    r"returned (?:mail|to sender|message)",
    r"fail(?:ed|ure) (?:reasons|notice)",
    r"following address",
    r"did not reach",
    r"could not be sent",
    r"exceeds allowed size",
    r"unknown (?:user|host): ",
    r"duplicated message-id",
    r"送信できません",
)
FAILURE = re.compile("|".join(_ANSWERS + _WORDS), re.IGNORECASE)
ANSWER = re.compile("|".join(_ANSWERS), re.IGNORECASE)


def may_be_bounce(header: Header) -> bool:
    if is_report(header):
        return True
    if _is_other_report(header):
        return False
    if is_mail_system(header) or header("x-failed-recipients") or ".FML" in str(header("message-id") or ""):
        return True
    sender = _sender(header)
    shared = SHARED_WITH_PEOPLE.search(sender) or SHARED_WITH_PROGRAMMES.search(sender)
    return bool(shared) and not header("list-unsubscribe") and not ANSWER_OR_FORWARD.match(str(header("subject") or ""))


def tells_of_failure(header: Header, notice: str) -> bool:
    """What mail systems write, asked for where others write from such an address too: shops report failed deliveries."""
    words = ANSWER if SHARED_WITH_PROGRAMMES.search(_sender(header)) else FAILURE
    return bool(words.search(f"{header('subject') or ''}\n{notice}"))


def is_report(header: Header) -> bool:
    """RFC 6522; a multipart/report without a report-type is taken for a delivery status."""
    kind = str(header("content-type") or "").lower()
    return kind.startswith("multipart/report") and ("report-type" not in kind or "delivery-status" in kind)


def _is_other_report(header: Header) -> bool:
    return str(header("content-type") or "").lower().startswith("multipart/report")


def is_mail_system(header: Header) -> bool:
    return bool(MAIL_SYSTEM.search(_sender(header)))


def _sender(header: Header) -> str:
    return str(header("from") or "")[:1000]

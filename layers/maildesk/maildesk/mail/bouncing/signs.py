"""Who may have written a bounce: cheap signs, since every mail is asked."""

import re
from collections.abc import Callable

Header = Callable[[str], str | None]  # names in lower case

MAIL_SYSTEM = re.compile(
    r"mailer[-_. ]?daemon|\bmdaemon@|\bdeliver\w{0,3}[-. ](?:sub)?system|post_master@|interscan|\bimss@|<\s*>|^\s*$", re.IGNORECASE
)
SHARED_WITH_PEOPLE = re.compile(r"postmaster\b.{0,30}@|sysadmin@|system administrator\"?@", re.IGNORECASE)
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
NOTICE_SUBJECT = re.compile(
    r"undeliver|non-?deliver|deliver\w{0,3} (?:status|fail|notif|problem|warning)|could not be delivered|returned mail|mail failure"
    r"|failure (?:notice|delivery)|unzustellbar|non remis",
    re.IGNORECASE,
)


def may_be_bounce(header: Header) -> bool:
    kind = _content_type(header)
    if kind.startswith("multipart/report"):
        return is_report(header) or is_refusal(header)
    if is_mail_system(header) or header("x-failed-recipients") or ".FML" in str(header("message-id") or ""):
        return True
    return not ANSWER_OR_FORWARD.match(_subject(header)) and _may_be_shared(header)


def _may_be_shared(header: Header) -> bool:
    sender = _sender(header)
    if SHARED_WITH_PEOPLE.search(sender) or (NOTICE_SUBJECT.search(_subject(header)) and _by_machine(header)):
        return True
    return bool(SHARED_WITH_PROGRAMMES.search(sender)) and not header("list-unsubscribe")


def _by_machine(header: Header) -> bool:
    says_so = (("return-path", ("<>",)), ("precedence", ("bulk", "junk")), ("auto-submitted", ("auto-",)))
    return any(str(header(name) or "").strip().lower().startswith(values) for name, values in says_so)


def tells_of_failure(header: Header, notice: str) -> bool:
    """What mail systems write, asked for where others write from such an address too: shops report failed deliveries."""
    words = ANSWER if SHARED_WITH_PROGRAMMES.search(_sender(header)) else FAILURE
    return bool(words.search(f"{_subject(header)}\n{notice}"))


def is_report(header: Header) -> bool:
    """RFC 6522; a multipart/report without a report-type is taken for a delivery status."""
    kind = _content_type(header)
    return kind.startswith("multipart/report") and ("report-type" not in kind or "delivery-status" in kind)


def is_refusal(header: Header) -> bool:
    """Some mail systems (Dovecot's Sieve) refuse by what looks like a read receipt."""
    return "disposition-notification" in _content_type(header) and is_mail_system(header)


def is_mail_system(header: Header) -> bool:
    return bool(MAIL_SYSTEM.search(_sender(header)))


def _content_type(header: Header) -> str:
    return str(header("content-type") or "").lower()


def _subject(header: Header) -> str:
    return str(header("subject") or "")[:1000]


def _sender(header: Header) -> str:
    return str(header("from") or "")[:1000]

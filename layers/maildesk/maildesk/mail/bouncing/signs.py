"""Who may have written a bounce: cheap signs, since every mail is asked."""

import re
from collections.abc import Callable

from maildesk.mail.spotting import spotter
from maildesk.mail.words import decode_words

Header = Callable[[str], str | None]  # names in lower case

MAIL_SYSTEM = spotter(
    r"mailer[-_. ]?daemon|\bmdaemon@|\bdeliver\w{0,3}[-. ](?:sub)?system|post_master@|interscan|\bimss@|<\s*>",
    *("daemon", "deliver", "post_master@", "interscan", "imss@", "<>", "< "),
)
SHARED_WITH_PEOPLE = spotter(r"postmaster@|sysadmin@|system administrator\"?@", "postmaster@", "sysadmin@", "system administrator")
SHARED_WITH_PROGRAMMES = spotter(r"\bno-?reply@|@amazonses\.com", "reply@", "@amazonses.com")
BY_MACHINE = (("return-path", ("<>",)), ("precedence", ("bulk", "junk")), ("auto-submitted", ("auto-",)))
ANSWER_OR_FORWARD = re.compile(r"^\s*(?:re|aw|sv|fwd?|wg|tr|rv)\s*:", re.IGNORECASE)

NOTICE_SUBJECT = re.compile(
    "|".join((
        r"undeliver",
        r"non-?deliver",
        r"deliver\w{0,3} (?:status|fail|notif|problem|warning)",
        r"(?:could not be|not) delivered",
        r"returned mail",
        r"mail failure",
        r"failure (?:notice|delivery)",
        r"unzustellbar|nicht zugestellt|non remis|échec de|no se puede entregar|no entregado|non recapita|mancato recapito",
        r"não entregue|falha na entrega|onbestelbaar|niedostarczon|nedoručiteln|недоставлен|не доставлено|配信|退信|无法送达",
        r"送信できません",
    )),
    re.IGNORECASE,
)  # fmt: skip


def may_be_bounce(header: Header) -> bool:
    """Whether `read_bounce` is worth its while."""
    if _content_type(header).startswith("multipart/report"):
        return is_report(header) or is_refusal(header)
    if is_mail_system(header) or header("x-failed-recipients") or ".FML" in str(header("message-id") or ""):
        return True
    return _may_be_shared(header) and not ANSWER_OR_FORWARD.match(subject_of(header))


def _may_be_shared(header: Header) -> bool:
    if SHARED_WITH_PROGRAMMES.search(sender_of(header)):
        return not header("list-unsubscribe")
    by_postmaster, by_machine = bool(SHARED_WITH_PEOPLE.search(sender_of(header))), _by_machine(header)
    return (by_postmaster and by_machine) or ((by_postmaster or by_machine) and bool(NOTICE_SUBJECT.search(subject_of(header))))


def _by_machine(header: Header) -> bool:
    return any(str(header(name) or "").strip().lower().startswith(values) for name, values in BY_MACHINE)


def is_report(header: Header) -> bool:
    """RFC 6522; a multipart/report without a report-type is taken for a delivery status."""
    kind = _content_type(header)
    return kind.startswith("multipart/report") and ("report-type" not in kind or "delivery-status" in kind)


def is_refusal(header: Header) -> bool:
    """Some mail systems (Dovecot's Sieve) refuse by what looks like a read receipt."""
    return "disposition-notification" in _content_type(header) and is_mail_system(header)


def is_mail_system(header: Header) -> bool:
    sender = sender_of(header)
    return not sender.strip() or bool(MAIL_SYSTEM.search(sender))


def _content_type(header: Header) -> str:
    return str(header("content-type") or "").lower()


def subject_of(header: Header) -> str:
    return decode_words(str(header("subject") or "")[:1000])


def sender_of(header: Header) -> str:
    return str(header("from") or "")[:1000]

"""Mail that no person wrote, or that asks not to be answered by a machine (RFC 3834 and what is done in practice)."""

import re
from collections.abc import Callable, Container
from typing import NamedTuple

from maildesk.mail.away import AWAY, AWAY_PREFIX
from maildesk.mail.message import Automatic, Bounce
from maildesk.mail.spotting import Spotter, spotter

SHOWN = 80  # characters of a header's value in a reason

Header = Callable[[str], str | None]


def _always(_: Header) -> bool:
    return True


def _is_an_answer(header: Header) -> bool:
    """What a vacation programme sends has one of these; a person asking about `automatic reply` has none."""
    return any(header(name) for name in ("In-Reply-To", "References", "X-Auto-Response-Suppress", "X-MS-Exchange-Inbox-Rules-Loop"))


def _nobody_to_answer(header: Header) -> bool:
    """Contact forms write from no-reply and put the person into Reply-To."""
    return bool(NO_ANSWERS.search(header("Reply-To") or header("From") or ""))


class Rule(NamedTuple):
    """Holds where the first `header` of that name matches `value`, and `also` agrees."""

    kind: str
    header: str
    value: re.Pattern[str] | Spotter
    meaning: str
    also: Callable[[Header], bool] = _always
    name: str = ""  # the header's, in lower case


def _rule(kind: str, header: str, value: str, meaning: str, also: Callable[[Header], bool] = _always, *words: str) -> Rule:
    pattern = spotter(value, *words) if words else re.compile(value, re.IGNORECASE)
    return Rule(kind, header, pattern, meaning, also, header.lower())


UNATTENDED = r"\b(?:no|not|do-?_?not|never)[-_.]?(?:reply|respond|answer)\b|\bnoreply\b|\bdonotreply\b|\bnepasrepondre\b"
UNATTENDED_WORDS = ("reply", "respond", "answer", "repondre")
SENT_BY_A_PERSON = re.compile(r"\s*no\b", re.IGNORECASE)
NO_ANSWERS = spotter(UNATTENDED, *UNATTENDED_WORDS)
AWAY_BY_KIND = {"auto-reply": AWAY, "auto-generated": re.compile(AWAY_PREFIX, re.IGNORECASE)}
CALENDAR_ANSWER = r"^(?:accepted|declined|tentative|zugesagt|abgesagt|mit vorbehalt|accepté|refusé|aceptad[ao]|rechazad[ao])\s?:"

REPORTS = (
    _rule("feedback-report", "Content-Type", r"report-type=\"?feedback-report", "a complaint passed on by a mail provider (RFC 5965)"),
    _rule("read-receipt", "Content-Type", r"report-type=\"?disposition-notification", "a read receipt (RFC 8098)"),
    _rule("bounce", "Content-Type", r"report-type=\"?delivery-status", "a delivery status (RFC 3464)"),
    _rule("auto-generated", "Content-Type", r"^\s*multipart/report\b", "a report by a mail system (RFC 6522)"),
    _rule("auto-generated", "Content-Type", r"^\s*text/calendar\b.*\bmethod=\"?(?:reply|counter|refresh)", "the answer to an invitation"),
    _rule("bounce", "From", r"\bmailer-daemon\b", "the address of mail systems", _always, "mailer-daemon"),
)
CHALLENGES = (
    _rule("challenge", "X-Boxtrapper", r".", "BoxTrapper asks the sender to confirm"),
    _rule("challenge", "X-TMDA-Confirm", r".", "TMDA asks the sender to confirm"),
    _rule("challenge", "X-ChoiceMail-Registration-Request", r".", "ChoiceMail asks the sender to register"),
    _rule("challenge", "X-AskVersion", r".", "ASK asks the sender to confirm"),
    _rule(
        "challenge",
        "From",
        r"@(?:[\w-]+\.)?spamarrest\.com\b|\bspamblocker-challenge@",
        "a service that asks senders to confirm",
        _always,
        "spamarrest",
        "spamblocker",
    ),
    _rule(
        "challenge",
        "Subject",
        r"\bverify#[\w-]{8}|^please confirm your message$",
        "the words of a challenge",
        _is_an_answer,
        "verify#",
        "please confirm",
    ),
)
SUBMITTED = (
    _rule("out-of-office", "Auto-Submitted", r"^\s*auto-replied.*vacation", "a vacation notice (RFC 3834, 5230)"),
    _rule("auto-reply", "Auto-Submitted", r"^\s*auto-replied", "an automatic answer (RFC 3834)"),
    _rule("auto-generated", "Auto-Submitted", r"^\s*(?!no\b)\S", "sent by a programme (RFC 3834)"),
)
LISTS = (
    _rule("mailing-list", "List-Id", r".", "a mailing list (RFC 2919)"),
    _rule("mailing-list", "List-Unsubscribe", r".", "a mailing list or newsletter (RFC 2369)"),
    _rule("mailing-list", "List-Post", r".", "a mailing list (RFC 2369)"),
    _rule("mailing-list", "Mailing-List", r".", "a mailing list (ezmlm, Yahoo)"),
    _rule("mailing-list", "X-Mailing-List", r".", "a mailing list"),
    _rule("mailing-list", "X-BeenThere", r".", "a mailing list (Mailman)"),
    _rule("mailing-list", "X-ML-Name", r".", "a mailing list (fml)"),
    _rule("mailing-list", "Precedence", r"^\s*list\b", "a mailing list"),
)
PRACTICE = (
    _rule("out-of-office", "Subject", AWAY_PREFIX, "how vacation programmes begin", _is_an_answer),
    _rule("out-of-office", "X-Vacation", r".", "a vacation programme"),
    _rule("auto-reply", "X-Autoreply", r"^(?!\s*no\b)", "an automatic answer"),
    _rule("auto-reply", "X-Autorespond", r"^(?!\s*no\b)", "an automatic answer"),
    _rule("auto-reply", "X-AutoReply-From", r".", "an automatic answer"),
    _rule("auto-reply", "X-Mail-Autoreply", r".", "an automatic answer"),
    _rule("auto-reply", "X-Autogenerated", r"\breply\b", "an automatic answer (CommuniGate)"),
    _rule("auto-generated", "X-Autogenerated", r".", "sent by a rule (CommuniGate)"),
    _rule("auto-reply", "X-POST-MessageClass", r"autoresponder", "an automatic answer (Mailtraq)"),
    _rule("auto-reply", "Delivered-To", r"^\s*autoresponder\b", "an automatic answer (qmail)"),
    _rule("auto-reply", "Precedence", r"auto_?reply", "an automatic answer"),
    _rule("auto-reply", "X-Precedence", r"auto_?reply", "an automatic answer"),
    _rule("auto-reply", "Preference", r"auto_?reply", "an automatic answer (BoxTrapper, cPanel)"),
    _rule("auto-generated", "X-FC-MachineGenerated", r"true", "sent by a programme (FirstClass)"),
    _rule("auto-generated", "X-MS-Exchange-Generated-Message-Source", r".", "written by Exchange itself"),
    _rule("auto-generated", "X-Cron-Env", r".", "sent by cron"),
    _rule("auto-generated", "X-OTRS-Loop", r".", "sent by another helpdesk"),
    _rule("auto-generated", "X-RT-Loop-Prevention", r".", "sent by another helpdesk"),
    _rule("auto-generated", "Precedence", r"^\s*(?:bulk|junk)\b", "bulk mail"),
    _rule("auto-generated", "X-Precedence", r"^\s*(?:bulk|junk)\b", "bulk mail"),
    _rule(
        "auto-generated",
        "Subject",
        CALENDAR_ANSWER,
        "the answer to an invitation",
        lambda header: "calendar" in (header("Content-Class") or ""),
    ),
    _rule(
        "auto-reply",
        "Return-Path",
        r"^\s*<\s*>|\bmailer-daemon\b",
        "an empty return path wants no answer (RFC 5321 §4.5.5)",
        _always,
        "<>",
        "< ",
        "mailer-daemon",
    ),
    _rule("auto-generated", "From", UNATTENDED, "an address that takes no answers", _nobody_to_answer, *UNATTENDED_WORDS),
)


STATED = REPORTS + CHALLENGES + SUBMITTED + LISTS
STATED_OR_PRACTISED = STATED + PRACTICE


def classify(
    header: Header, content_type: str, subject: str, bounce: Bounce | None, names: Container[str] | None = None
) -> Automatic | None:
    """`header` gives the first value of a name, decoded; `content_type` is the whole value of the top-level header;
    `names`, where given, are the headers that the mail has, in lower case: no other is asked for.
    X-Auto-Response-Suppress and X-Loop tell nothing by themselves: people's mail through Exchange and procmail has them."""
    if bounce:
        return Automatic("bounce", _of_bounce(bounce))
    given: dict[str, str | None] = {"Content-Type": content_type, "Subject": subject}

    def value(name: str) -> str | None:
        if name not in given:
            given[name] = header(name)
        return given[name]

    rules = [rule for rule in _rules(header) if names is None or rule.name in names]
    hits = (Automatic(rule.kind, _reason(rule, value)) for rule in rules if _holds(rule, value))
    return _named_away(next(hits, None), subject)


def _rules(header: Header) -> tuple[Rule, ...]:
    """`Auto-Submitted: no` is the sender's word: what is only practice does not contradict it."""
    return STATED if SENT_BY_A_PERSON.match(header("Auto-Submitted") or "") else STATED_OR_PRACTISED


def _holds(rule: Rule, value: Header) -> bool:
    found = value(rule.header)
    return found is not None and bool(rule.value.search(found[:1000])) and rule.also(value)


def _reason(rule: Rule, value: Header) -> str:
    found = (value(rule.header) or "").strip()
    shown = found if len(found) <= SHOWN else found[: SHOWN - 1] + "…"
    return f"{rule.header}: {shown} ({rule.meaning})"


def _named_away(found: Automatic | None, subject: str) -> Automatic | None:
    """Exchange Online calls its vacation notices auto-generated."""
    away = found and AWAY_BY_KIND.get(found.kind)
    return Automatic("out-of-office", found.reason) if found and away and away.search(subject[:1000]) else found


def _of_bounce(bounce: Bounce) -> str:
    told = ", ".join(f"{found.address} {found.action} ({found.status})" for found in bounce.recipients[:3])
    return f"A mail system reports on a message of ours: {told or 'no recipient named'}"

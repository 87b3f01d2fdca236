"""What a failure means: its status (RFC 3463) from whatever the report offers, and whether trying again is pointless."""

import re
from typing import NamedTuple

from maildesk.mail.bouncing.senses import DOUBTFUL, GONE, PASSING, Sense, sense_of

NEAR = 300  # characters around a code that speak of it
READ = 8_000  # characters of a diagnosis that are looked at

NO_ADDRESS = frozenset({"1.0", "1.1", "1.2", "1.3", "1.4", "1.6", "1.10", "4.4", "1.351"})  # RFC 3463 §3.2, §3.5; RFC 7505; Exchange
BLAMELESS = frozenset({"1.7", "1.8", "2.2", "2.3", "2.4"})  # the sender is at fault, or the mailbox is there
CLOSED = frozenset({"2.0", "2.1"})  # the mailbox is there but takes no mail
SUCCESSES = frozenset({"delivered", "relayed", "expanded"})

ENHANCED = re.compile(r"(?<![\w.])([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)")
REPLY = re.compile(r"(?<![\w.,])([45])(?:[0-5]\d|71)(?=[\s:,\-]|$)")
ANSWERED_RCPT = re.compile(r"\bRCPT\b|does not like recipient|rejected recipient|\(state 14\)", re.IGNORECASE)
STILL_TRYING = re.compile(r"(?<!delivery )retry timeout exceeded|all hosts have been failing|retry time not reached", re.IGNORECASE)

Code = tuple[str, str, str]


class Meaning(NamedTuple):
    status: str
    hard: bool


def meaning(reported: str, action: str, diagnoses: tuple[str, ...]) -> Meaning:
    """`reported` is the report's Status field; `diagnoses` go from the closest to the failure to the farthest."""
    texts = tuple(" ".join(text[:READ].split()) for text in diagnoses if text.strip())
    code, words = _code_and_words(reported, texts)
    sense = next((sense for text in words if (sense := sense_of(text))), None)
    level = _level(reported, action, texts, code)
    hard = _hard(level, _detail(code), sense, texts)
    guessed = sense.detail if sense and (hard or sense.kind == PASSING) and level != "2" else "0.0"
    return Meaning(f"{level}.{_detail(code) or guessed}", hard)


def _code_and_words(reported: str, texts: tuple[str, ...]) -> tuple[Code | None, tuple[str, ...]]:
    """The closest code that tells anything, and the texts up to it: behind it, words are about something else, or
    phrases for laymen that fit many failures."""
    if code := _telling(ENHANCED.findall(reported)):
        return code, texts[:1]
    for number, text in enumerate(texts):
        if code := _telling(ENHANCED.findall(text)):
            at = text.find(".".join(code))
            return code, (*texts[:number], text[max(0, at - NEAR) : at + NEAR])
    return None, texts


def _telling(codes: list[Code]) -> Code | None:
    """The last that says more than `x.0.0`: gateways put their own guess first and the server's words behind it."""
    return next((code for code in reversed(codes) if code[1:] != ("0", "0")), None)


def _detail(code: Code | None) -> str:
    return ".".join(code[1:]) if code else ""


def _level(reported: str, action: str, texts: tuple[str, ...], code: Code | None) -> str:
    """The class of the status: 2 success, 4 for now, 5 for good."""
    if found := ENHANCED.search(reported):
        return found[1]
    if action in SUCCESSES:
        return "2"
    if code:
        return code[0]
    if action == "delayed" or any(STILL_TRYING.search(text) for text in texts):
        return "4"
    reply = next((reply for text in texts if (reply := REPLY.search(text))), None)
    return reply[1] if reply else "5"


def _hard(level: str, detail: str, sense: Sense | None, texts: tuple[str, ...]) -> bool:
    if level == "2" or detail in BLAMELESS:
        return False
    if sense is None:
        return level == "5" and detail in NO_ADDRESS
    if sense.kind == PASSING or (level == "4" and detail != "1.1"):
        return False
    if sense.kind == DOUBTFUL or detail in CLOSED:
        return detail in NO_ADDRESS or _proven(texts, detail)
    return True


def _proven(texts: tuple[str, ...], detail: str) -> bool:
    """`550 user unknown` is proof as an answer to the recipient, or in the mail system's own words. Said later, it is how
    filters refuse content (docomo, au and other mobile carriers, tarpits): the mailbox exists."""
    if any(ANSWERED_RCPT.search(text) or ((sense := sense_of(text)) and sense.kind == GONE) for text in texts):
        return True
    return not detail and not any(REPLY.search(text) for text in texts)

"""Whether words tell that a mail failed."""

import re

from maildesk.mail.bouncing.signs import SHARED_WITH_PROGRAMMES, Header, sender_of, subject_of

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


def tells_of_failure(header: Header, notice: str) -> bool:
    """What mail systems write, asked for where others write from such an address too: shops report failed deliveries."""
    words = ANSWER if SHARED_WITH_PROGRAMMES.search(sender_of(header)) else FAILURE
    return bool(words.search(f"{subject_of(header)}\n{notice}"))

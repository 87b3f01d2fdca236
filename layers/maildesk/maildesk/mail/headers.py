"""The headers of a mail by name, decoded on demand: dates, Message-IDs, subjects."""

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz

from maildesk.mail.words import decode_words

MAX_SUBJECT = 2000
MAX_IDS = 100
MONTHS = ("", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DATE = re.compile(r"(?:[A-Za-z]{3},)?\s*(\d{1,2})\s+([A-Za-z]{3})\s+(\d{4})\s+(\d\d):(\d\d)(?::(\d\d))?\s+([+-])(\d\d)(\d\d)(?:\s*\(.*\))?")
CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]+")
BRACKETED_ID = re.compile(r"<([^<>]{1,998})>")


def decode_text(value: str) -> str:
    """One line of readable text, whatever stands in the header."""
    if "=?" in value:
        value = decode_words(value)
    return value if value.isprintable() else " ".join(CONTROLS.sub("", value).split())


def read_subject(value: str) -> str:
    return decode_text(value)[:MAX_SUBJECT].strip()


def read_date(value: str) -> datetime | None:
    """In UTC; a date without a zone is taken for UTC. None for what no calendar has."""
    usual = DATE.fullmatch(value)
    try:
        return _usual_date(usual) if usual else _odd_date(value[:200])
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def _usual_date(found: re.Match[str]) -> datetime:
    day, month, year, hour, minute, second, sign, zone_hours, zone_minutes = found.groups()
    # A leap second is one that datetime does not have.
    local = datetime(int(year), MONTHS.index(month.lower()), int(day), int(hour), int(minute), min(int(second or 0), 59), tzinfo=UTC)
    offset = timedelta(hours=int(zone_hours), minutes=int(zone_minutes))
    return local - offset if sign == "+" else local + offset


def _odd_date(value: str) -> datetime | None:
    found = parsedate_tz(value)
    if found is None:
        when = datetime.fromisoformat(value.strip())
        return when.replace(tzinfo=when.tzinfo or UTC).astimezone(UTC)
    return datetime(*found[:6], tzinfo=timezone(timedelta(seconds=found[9] or 0))).astimezone(UTC)


def read_ids(value: str) -> tuple[str, ...]:
    """Message-IDs without angle brackets, in order; bare ones too where none has brackets."""
    if not value:
        return ()
    bracketed = BRACKETED_ID.findall(value)
    ids = dict.fromkeys("".join(found.split()) for found in bracketed if not found.isspace())
    return tuple(ids or [word.strip("<>,;") for word in value.split() if "@" in word])[-MAX_IDS:]


def read_message_id(value: str) -> str | None:
    ids = read_ids(value)
    return ids[0] if ids else value.strip(" <>")[:998] or None

"""A calendar invitation in one line: what, when, where, who (RFC 5545, RFC 5546)."""

import re
from dataclasses import dataclass, field
from datetime import datetime

from maildesk.mail.parameters import read_parameters

MAX_LENGTH = 200_000
MAX_EVENTS = 5
MAX_PEOPLE = 10
METHODS = {
    "REQUEST": "Invitation",
    "CANCEL": "Cancelled",
    "REPLY": "Answer to an invitation",
    "COUNTER": "Other time proposed",
    "PUBLISH": "Event",
    "ADD": "Further date",
    "REFRESH": "Asks for the current state",
    "DECLINECOUNTER": "Proposed time declined",
}
ANSWERS = {"ACCEPTED": "accepted", "DECLINED": "declined", "TENTATIVE": "accepted tentatively", "DELEGATED": "delegated"}
FOLD = re.compile(r"\r?\n[ \t]")
ESCAPE = re.compile(r"\\([\\;,nN])")
MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?(Z?))?")


@dataclass
class _Event:
    """The first value of each property, and everybody invited."""

    values: dict[str, tuple[dict[str, str], str]] = field(default_factory=dict)
    people: list[tuple[dict[str, str], str]] = field(default_factory=list)

    def text(self, name: str) -> str:
        value = ESCAPE.sub(lambda found: " " if found[1] in "nN" else found[1], self.values.get(name, ({}, ""))[1])
        return " ".join(value.split())[:300]


def describe_invite(ics: str, announced: str = "") -> str:
    """One line per event, "" where there is none. `announced`: the method in the part's Content-Type."""
    method, events = _read(FOLD.sub("", ics[:MAX_LENGTH]))
    return "\n".join(_line(method or announced.upper(), event) for event in events[:MAX_EVENTS])


def _read(ics: str) -> tuple[str, list[_Event]]:
    method, events, inside = "", [], ""
    for line in ics.splitlines():
        name, params, value = _property(line)
        if name == "BEGIN":
            inside = value.upper() if not inside or value.upper() == "VEVENT" else inside
            if value.upper() == "VEVENT":
                events.append(_Event())
        elif name == "METHOD":
            method = value.strip().upper()
        elif inside == "VEVENT" and events:
            _take(events[-1], name, params, value)
    return method, events


def _property(line: str) -> tuple[str, dict[str, str], str]:
    head, colon, value = line.partition(":")
    if head.count('"') % 2:
        quoted, _, rest = value.partition('"')
        more, colon, value = rest.partition(":")
        head = f'{head}:{quoted}"{more}'
    name, params = read_parameters(head) if ";" in head else (head.strip().lower(), {})
    return (name.upper(), params, value) if colon else ("", {}, "")


def _take(event: _Event, name: str, params: dict[str, str], value: str) -> None:
    if name == "ATTENDEE":
        event.people.append((params, value))
    elif name:
        event.values.setdefault(name, (params, value))


def _line(method: str, event: _Event) -> str:
    kind = METHODS.get(method, "Event")
    organizer = event.values.get("ORGANIZER")
    facts = [
        f"{kind}: {event.text('SUMMARY') or '(no title)'}",
        _when(event),
        f"where: {event.text('LOCATION')}" if event.text("LOCATION") else "",
        f"organiser: {_person(*organizer)}" if organizer else "",
        _who(event.people, method),
        f"repeats: {event.text('RRULE').lower()}" if "RRULE" in event.values else "",
    ]
    return "[" + "; ".join(fact for fact in facts if fact) + "]"


def _when(event: _Event) -> str:
    start, end = (_moment(event, name) for name in ("DTSTART", "DTEND"))
    if not start:
        return ""
    (day, time, zone), (last_day, last_time, last_zone) = start, end or ("", "", "")
    until = last_time if last_day == day else f"{last_day} {last_time}".strip() if last_time else ""
    differs = f" ({last_zone})" if until and last_zone != zone else ""
    return f"when: {day} {time}".rstrip() + (f" – {until}{differs}" if until else "") + (f" ({zone})" if zone else "")


def _moment(event: _Event, name: str) -> tuple[str, str, str] | None:
    """Day, time of day and zone as written: zone names of calendars are not those of the tz database."""
    params, value = event.values.get(name, ({}, ""))
    found = MOMENT.match(value.strip())
    if not found:
        return None
    year, month, day, hour, minute, _second, utc = found.groups()
    try:
        datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0))
    except ValueError:
        return None
    zone = "UTC" if utc else params.get("tzid", "")
    return f"{year}-{month}-{day}", f"{hour}:{minute}" if hour else "", zone if hour else ""


def _who(people: list[tuple[dict[str, str], str]], method: str) -> str:
    if not people:
        return ""
    shown = ", ".join(_person(params, value) + _answer(params, method) for params, value in people[:MAX_PEOPLE])
    more = f" and {len(people) - MAX_PEOPLE} more" if len(people) > MAX_PEOPLE else ""
    return f"who: {shown}{more}"


def _answer(params: dict[str, str], method: str) -> str:
    answer = ANSWERS.get(params.get("partstat", "").upper(), "")
    return f" ({answer})" if answer and method == "REPLY" else ""


def _person(params: dict[str, str], value: str) -> str:
    address = value.strip().removeprefix("mailto:").removeprefix("MAILTO:").removeprefix("Mailto:")
    name = params.get("cn", "").strip()
    return f"{name} <{address}>" if name and name != address else address

"""Whether a new ticket's requester is answered at once, and with what."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from msgspec import Struct

from maildesk.mail.message import Mail
from maildesk.tickets.arrival import Arrival, Known, answerable
from maildesk.tickets.records import Correspondent

_UNANSWERED = re.compile(r"^(no-?reply|do-?not-?reply|mailer-daemon|postmaster|bounces?)([+._-]|@)", re.IGNORECASE)
_PLACE = re.compile(r"\{(number|subject|name|desk|size|limit)\}")


class Verdict(Struct, frozen=True):
    due: bool
    reason: str


def verdict(mail: Mail, arrival: Arrival, known: Known) -> Verdict:
    """Due unless something speaks against it; the reason names the first thing that does."""
    against = next(_against(mail, arrival, known), None)
    return Verdict(against is None, f"No auto-response: {against}." if against else "An auto-response is sent.")


def _against(mail: Mail, arrival: Arrival, known: Known) -> Iterator[str]:
    mailbox = known.settings.mailbox(arrival.mailbox)
    if arrival.handed_in and not arrival.handed_in.autoresponse:
        yield "none was asked for"
    if not known.settings.desk.autoresponse.enabled or (mailbox and not mailbox.autoresponse):
        yield "it is switched off"
    yield from against_answering(mail, arrival, known)


def against_answering(mail: Mail, arrival: Arrival, known: Known) -> Iterator[str]:
    """What speaks against any answer that nobody wrote: by these rules, loops end."""
    mailbox, wishes = known.settings.mailbox(arrival.mailbox), known.settings.desk.autoresponse
    if mail.automatic:
        yield f"the mail is automatic ({mail.automatic.kind}: {mail.automatic.reason})"
    if mail.sender is None or _UNANSWERED.match(answerable(mail, known.settings).address):
        yield "nobody reads what is sent to its sender's address"
    if known.settings.sender_for(mailbox) is None:
        yield "no sender is set up that could send it"
    if wishes.max_age_days and arrival.now - arrival.received_at > timedelta(days=wishes.max_age_days):
        yield f"the mail is older than {wishes.max_age_days} days"
    if known.correspondent and len(recent(known.correspondent, arrival.now)) >= wishes.per_person_per_day:
        yield f"this person got {wishes.per_person_per_day} within a day"


def recent(correspondent: Correspondent, now: datetime) -> tuple[datetime, ...]:
    """The auto-responses of the last 24 hours."""
    return tuple(time for time in correspondent.autoresponses if now - time < timedelta(days=1))


def filled_in(template: str, values: Mapping[str, str]) -> str:
    """The template with the values filled in; anything else in braces stays as written."""
    return _PLACE.sub(lambda place: values.get(place[1], place[0]), template)

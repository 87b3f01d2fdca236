"""Whether the sender of a mail that is too large for its mailbox is told so."""

from collections.abc import Iterator

from maildesk.mail.message import Mail
from maildesk.tickets.arrival import Arrival, Known
from maildesk.tickets.autoresponse import Verdict, against_answering


def size_notice(mail: Mail, arrival: Arrival, known: Known) -> Verdict | None:
    """Due unless something speaks against it; None where the mailbox sends none, or size is not what stands against the mail."""
    mailbox = known.settings.mailbox(arrival.mailbox)
    if mailbox is None or not mailbox.size_notice or mailbox.takes(arrival.size):
        return None
    against = next(_against(mail, arrival, known), None)
    return Verdict(against is None, f"Its sender is not told: {against}." if against else "Its sender is told by mail.")


def _against(mail: Mail, arrival: Arrival, known: Known) -> Iterator[str]:
    if mail.sender and known.settings.owns(mail.sender.address):
        yield "it came from an address of this desk"
    if mail.sender and known.is_unwelcome(mail, arrival):
        yield "nobody here knows them, and the mailbox ignores unknown senders"
    yield from against_answering(mail, arrival, known)

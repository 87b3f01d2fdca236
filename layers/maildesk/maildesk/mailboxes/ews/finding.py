"""One mail in a mailbox on Exchange, by its Message-ID."""

from maildesk.mailboxes.ews.connecting import doing_for
from maildesk.mailboxes.ews.exchange import Exchange
from maildesk.mailboxes.ews.folders import existing
from maildesk.settings import Mailbox


def find_in_ews(mailbox: Mailbox, password: str, message_id: str) -> bool:
    """`ports.FindMail`."""
    exchange = Exchange(mailbox.address, doing_for(mailbox, password))
    try:
        places = (existing(exchange, folder) for folder in mailbox.used_folders)
        return any(exchange.holds(place, f"<{message_id}>") for place in places if place)
    finally:
        exchange.close()

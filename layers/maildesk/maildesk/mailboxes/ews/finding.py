"""One mail in a mailbox on Exchange, by its Message-ID."""

from maildesk.mailboxes.ews.connecting import doing_for
from maildesk.mailboxes.ews.exchange import Exchange
from maildesk.mailboxes.ews.folders import EwsFolders
from maildesk.mailboxes.exchange_folders import existing
from maildesk.settings import Mailbox


def find_in_ews(mailbox: Mailbox, password: str, message_id: str) -> bool:
    """`ports.FindMail`."""
    doing = doing_for(mailbox, password)
    exchange = Exchange(mailbox.address, doing)
    try:
        places = (existing(EwsFolders(exchange, doing), folder) for folder in mailbox.used_folders)
        return any(exchange.holds(place, f"<{message_id}>") for place in places if place)
    finally:
        exchange.close()

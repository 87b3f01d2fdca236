"""Folders of a mailbox on Exchange: by path as people see it, or by their distinguished name, whatever the language."""

from maildesk.connecting.servers import Doing
from maildesk.mailboxes.ews.answers import Folder, Place
from maildesk.mailboxes.ews.exchange import Exchange
from maildesk.ports import GiveUp

DISTINGUISHED = {"inbox", "drafts", "sentitems", "deleteditems", "junkemail", "outbox"}
"""https://learn.microsoft.com/exchange/client-developer/web-service-reference/distinguishedfolderid"""

_TOP = "msgfolderroot"
_NAMED = 8  # folders, in a sentence


def needed(exchange: Exchange, doing: Doing, name: str) -> Place:
    if found := existing(exchange, name):
        return found
    there = ", ".join(folder.name for folder in exchange.inside(exchange.distinguished(_TOP))[:_NAMED])
    raise GiveUp(f"There is no folder {name} in the mailbox that {doing.user} opens. There are: {there}. Check the folder.")


def existing(exchange: Exchange, name: str) -> Place | None:
    """By name where there is one of that name: asking for the inbox costs nothing."""
    if name.lower() == "inbox":
        return exchange.distinguished("inbox")
    place: Place | None = exchange.distinguished(_TOP)
    for step in name.split("/"):
        place = place and _child(exchange, place, step)
    return place or (exchange.distinguished(name.lower()) if name.lower() in DISTINGUISHED else None)


def existing_or_new(exchange: Exchange, name: str) -> Place:
    if found := existing(exchange, name):
        return found
    place = exchange.distinguished(_TOP)
    for step in name.split("/"):
        place = _child(exchange, place, step) or exchange.create(place, step)
    return place


def _child(exchange: Exchange, parent: Place, name: str) -> Place | None:
    """Exchange tells no two folders apart by case."""
    found: Folder | None = next((folder for folder in exchange.inside(parent) if folder.name.lower() == name.lower()), None)
    return found.place if found else None

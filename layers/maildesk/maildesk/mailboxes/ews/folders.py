"""Folders of a mailbox on Exchange, as `Folders` has them."""

from maildesk.connecting.servers import Doing
from maildesk.mailboxes.ews.answers import Place
from maildesk.mailboxes.ews.exchange import Exchange


class EwsFolders:
    well_known = frozenset({"inbox", "drafts", "sentitems", "deleteditems", "junkemail", "outbox"})
    """https://learn.microsoft.com/exchange/client-developer/web-service-reference/distinguishedfolderid"""

    def __init__(self, exchange: Exchange, doing: Doing) -> None:
        self._exchange = exchange
        self.owner = f"in the mailbox that {doing.user} opens"

    def by_well_known_name(self, name: str) -> Place | None:
        return self._exchange.distinguished(name)

    def at_the_top(self) -> Place:
        return self._exchange.distinguished("msgfolderroot")

    def inside(self, parent: Place) -> list[tuple[str, Place]]:
        return [(folder.name, folder.place) for folder in self._exchange.inside(parent)]

    def create(self, parent: Place, name: str) -> Place:
        return self._exchange.create(parent, name)

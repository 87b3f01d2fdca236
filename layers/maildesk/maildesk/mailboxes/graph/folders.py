"""Folders of a mailbox on Microsoft Graph, as `Folders` has them: by their ids, the topmost one's being empty."""

from typing import Any

from maildesk.connecting.graph import READ, WRITE, Graph, Missing


class GraphFolders:
    well_known = frozenset({"inbox", "archive", "drafts", "sentitems", "deleteditems", "junkemail", "outbox", "clutter", "msgfolderroot"})
    """https://learn.microsoft.com/graph/api/resources/mailfolder"""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.owner = f"for {graph.user}"

    def by_well_known_name(self, name: str) -> str | None:
        try:
            return str(self._graph.json("GET", self._graph.url(f"mailFolders/{name}"), READ)["id"])
        except Missing:
            if name == "inbox":
                raise
            return None

    def at_the_top(self) -> str:
        return ""

    def inside(self, parent: str) -> list[tuple[str, str]]:
        """All of them: a filter would have to quote the name."""
        folders: list[dict[str, Any]] = []
        link = self._children(parent) + "?$top=100"
        while link:
            page = self._graph.json("GET", link, READ)
            folders += page["value"]
            link = str(page.get("@odata.nextLink", ""))
        return [(folder["displayName"], folder["id"]) for folder in folders]

    def create(self, parent: str, name: str) -> str:
        return str(self._graph.json("POST", self._children(parent), WRITE, json={"displayName": name})["id"])

    def _children(self, parent: str) -> str:
        return self._graph.url(f"mailFolders/{parent}/childFolders" if parent else "mailFolders")

"""Folders of a mailbox on Microsoft Graph: by path as people see it, or by their well-known name, whatever the language."""

from typing import Any

from maildesk.connecting.graph import READ, WRITE, Graph, Missing
from maildesk.ports import GiveUp

WELL_KNOWN = {"inbox", "archive", "drafts", "sentitems", "deleteditems", "junkemail", "outbox", "clutter", "msgfolderroot"}
"""https://learn.microsoft.com/graph/api/resources/mailfolder"""

_NAMED = 8  # folders, in a sentence


def needed(graph: Graph, name: str) -> str:
    """The folder's id."""
    found = existing(graph, name)
    if found is None:
        there = ", ".join(str(folder["displayName"]) for folder in _inside(graph, "")[:_NAMED])
        raise GiveUp(f"There is no folder {name} for {graph.user}. There are: {there}. Check the folder.")
    return str(found["id"])


def existing(graph: Graph, name: str) -> dict[str, Any] | None:
    if name.upper() == "INBOX":
        return _well_known(graph, "inbox")
    found: dict[str, Any] | None = {"id": ""}
    for step in name.split("/"):
        found = found and next((folder for folder in _inside(graph, found["id"]) if folder["displayName"] == step), None)
    return found or (_well_known(graph, name.lower()) if name.lower() in WELL_KNOWN else None)


def existing_or_new(graph: Graph, name: str) -> str:
    if found := existing(graph, name):
        return str(found["id"])
    parent = ""
    for step in name.split("/"):
        known = next((folder for folder in _inside(graph, parent) if folder["displayName"] == step), None)
        parent = str((known or graph.json("POST", _children(graph, parent), WRITE, json={"displayName": step}))["id"])
    return parent


def _well_known(graph: Graph, name: str) -> dict[str, Any] | None:
    try:
        return graph.json("GET", graph.url(f"mailFolders/{name}"), READ)
    except Missing:
        if name == "inbox":
            raise
        return None


def _inside(graph: Graph, parent: str) -> list[dict[str, Any]]:
    """By our own comparison: a filter would have to quote the name."""
    folders: list[dict[str, Any]] = []
    link = _children(graph, parent) + "?$top=100"
    while link:
        page = graph.json("GET", link, READ)
        folders += page["value"]
        link = str(page.get("@odata.nextLink", ""))
    return folders


def _children(graph: Graph, parent: str) -> str:
    return graph.url(f"mailFolders/{parent}/childFolders" if parent else "mailFolders")

"""The connection test of a mailbox on Microsoft Graph."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from maildesk.connecting import reach, resolve, steps
from maildesk.graph import Graph
from maildesk.mailboxes.graph import server_of
from maildesk.mailboxes.graph_folders import READ, existing, needed
from maildesk.ports import Step
from maildesk.settings import Mailbox


def check_graph(mailbox: Mailbox, token: str) -> Iterator[Step]:
    """The connection test, up to the first failure."""
    server = server_of(mailbox)
    graph = Graph(server, mailbox.login, token)
    looks: list[Any] = [
        ("name", lambda: resolve(server)),
        ("connection", lambda: reach(server)),
        *(("folder", partial(_folder, graph, one.folder)) for one in mailbox.each_folder),
    ]
    if mailbox.after_fetch == "move":
        looks.append(("archive folder", lambda: _archive(graph, mailbox.archive_folder)))
    try:
        yield from steps(*looks)
    finally:
        graph.close()


def _folder(graph: Graph, name: str) -> str:
    found = graph.json("GET", graph.url(f"mailFolders/{needed(graph, name)}"), READ)
    return f"{name} holds {found['totalItemCount']} mails, {found['unreadItemCount']} of them unread"


def _archive(graph: Graph, name: str) -> str:
    return f"{name} exists" if existing(graph, name) else f"{name} will be created"

"""The connection test of a mailbox on Microsoft Graph."""

from collections.abc import Iterator
from functools import partial

from maildesk.connecting.graph import READ, WRITE, Graph, permissions, reaching_graph
from maildesk.connecting.servers import server_of
from maildesk.mailboxes.exchange_folders import existing, needed
from maildesk.mailboxes.graph.folders import GraphFolders
from maildesk.ports import Look, Step, steps
from maildesk.settings import Mailbox


def check_graph(mailbox: Mailbox, token: str) -> Iterator[Step]:
    """The connection test, up to the first failure."""
    server = server_of(mailbox)
    graph = Graph(server, mailbox.login, token)
    try:
        yield from steps(*reaching_graph(server), *_looks(graph, mailbox, token))
    finally:
        graph.close()


def _looks(graph: Graph, mailbox: Mailbox, token: str) -> Iterator[Look]:
    yield "sign-in", lambda: _sign_in(graph)
    yield "permissions", lambda: permissions(token, READ if mailbox.after_fetch == "keep" else WRITE)
    for one in mailbox.each_folder:
        yield "folder", partial(_folder, graph, one.folder)
    if mailbox.after_fetch == "move":
        yield "archive folder", lambda: _archive(graph, mailbox.archive_folder)


def _sign_in(graph: Graph) -> str:
    needed(GraphFolders(graph), "INBOX")
    return f"the app may read {graph.user}"


def _folder(graph: Graph, name: str) -> str:
    found = graph.json("GET", graph.url(f"mailFolders/{needed(GraphFolders(graph), name)}"), READ)
    return f"{name} holds {found['totalItemCount']} mails, {found['unreadItemCount']} of them unread"


def _archive(graph: Graph, name: str) -> str:
    return f"{name} exists" if existing(GraphFolders(graph), name) else f"{name} will be created"

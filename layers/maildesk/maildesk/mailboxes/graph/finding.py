"""One mail in a mailbox on Microsoft Graph, by its Message-ID. https://learn.microsoft.com/graph/api/mailfolder-list-messages"""

from urllib.parse import quote

from maildesk.connecting.graph import READ, Graph
from maildesk.connecting.servers import server_of
from maildesk.mailboxes.exchange_folders import existing
from maildesk.mailboxes.graph.folders import GraphFolders
from maildesk.settings import Mailbox


def find_in_graph(mailbox: Mailbox, token: str, message_id: str) -> bool:
    """`ports.FindMail`."""
    graph = Graph(server_of(mailbox), mailbox.login, token)
    try:
        return any(_is_in(graph, folder, message_id) for folder in mailbox.used_folders)
    finally:
        graph.close()


def _is_in(graph: Graph, name: str, message_id: str) -> bool:
    folder = existing(GraphFolders(graph), name)
    if folder is None:
        return False
    wanted = quote(f"internetMessageId eq '<{message_id}>'")
    found = graph.json("GET", graph.url(f"mailFolders/{folder}/messages?$filter={wanted}&$select=id"), READ)
    return bool(found["value"])

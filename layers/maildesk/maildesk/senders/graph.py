"""Senders by Microsoft Graph: sendMail with the mail as MIME. https://learn.microsoft.com/graph/api/user-sendmail"""

from base64 import b64encode
from collections.abc import Iterator
from email import message_from_bytes
from email.utils import getaddresses
from typing import Self

from maildesk.connecting.graph import SEND, Graph, permissions, reaching_graph
from maildesk.connecting.servers import Server
from maildesk.ports import Envelope, GiveUp, Login, Sent, Step, steps
from maildesk.settings import GRAPH_HOST, Sender

_MOST_BYTES = 4_000_000
"""Of a request (https://learn.microsoft.com/graph/outlook-things-to-know-about-send-mail)."""


def open_sender(sender: Sender, login: Login | None) -> "GraphSender":
    if login is None:
        raise GiveUp(f"Sender {sender.name} has no auth: Microsoft Graph needs an app.")
    return GraphSender(Graph(_server(sender), sender.address, login.password))


def check_sender(sender: Sender, login: Login | None) -> Iterator[Step]:
    """The connection test, up to the first failure. Whether Exchange lets the app send for this user shows only when it does."""
    token = login.password if login else ""
    return steps(*reaching_graph(_server(sender)), ("permissions", lambda: permissions(token, SEND)))


def _server(sender: Sender) -> Server:
    return Server(sender.host or GRAPH_HOST, sender.port or 443, "tls", sender.verify_tls, sender.timeout_ms / 1000)


class GraphSender:
    """`ports.SenderConnection`. Exchange writes the return path itself, and takes a mail for all recipients or for none."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._graph.close()

    def send(self, envelope: Envelope, mime: bytes) -> Sent:
        body = b64encode(_for(envelope, mime))
        if len(body) > _MOST_BYTES:
            raise GiveUp(f"The mail has {len(mime)} bytes: Microsoft Graph takes some 3 million. Send larger ones by SMTP.")
        response = self._graph.ask("POST", self._graph.url("sendMail"), SEND, data=body, headers={"Content-Type": "text/plain"})
        return Sent(response.headers.get("request-id") or "accepted")


def _for(envelope: Envelope, mime: bytes) -> bytes:
    """Exchange sends to those whom the header names; it takes Bcc out again."""
    header = message_from_bytes(mime)
    named = {address.lower() for _, address in getaddresses([*header.get_all("To", []), *header.get_all("Cc", [])])}
    hidden = [address for address in envelope.recipients if address.lower() not in named]
    return b"Bcc: " + ",\r\n ".join(hidden).encode() + b"\r\n" + mime if hidden else mime

"""The mailbox of a GraphServer, as `tests.servers.accounts.Account` is one of an IMAP or POP3 server."""

from typing import Any

from maildesk.mailboxes.graph.check import check_graph
from maildesk.mailboxes.graph.mailbox import open_graph
from maildesk.ports import MailboxConnection, Step
from maildesk.settings import Mailbox
from maildesk.settings.auth import Microsoft
from tests.servers.graph import TOKEN, USER, GraphServer

AUTH = Microsoft(tenant_id="the-tenant", client_id="the-client")


class GraphAccount:
    user = USER

    def __init__(self, graph: GraphServer) -> None:
        self.graph = self.server = graph

    def mailbox(self, **changes: Any) -> Mailbox:
        port = int(self.graph.origin.rpartition(":")[2])
        settings = {"protocol": "graph", "host": "127.0.0.1", "port": port, "auth": AUTH, "after_fetch": "keep"} | changes
        return Mailbox(name="support", address=USER, timeout_ms=10_000, **settings)

    def open(self, **changes: Any) -> MailboxConnection:
        return open_graph(self.mailbox(**changes), TOKEN)

    def check(self, **changes: Any) -> list[Step]:
        return list(check_graph(self.mailbox(**changes), TOKEN))

    def deliver(self, *mails: bytes, folder: str = "INBOX", read: bool = False) -> None:
        for raw in mails:
            self.graph.deliver(raw, folder, read)

    def kept(self, raw: bytes) -> bytes:
        return raw

    def mails(self, folder: str = "INBOX") -> list[bytes]:
        return [one.raw for one in self.graph.messages(folder)]

    def flags(self, folder: str = "INBOX") -> list[str]:
        return ["Seen" if one.read else "" for one in self.graph.messages(folder)]

    def delete(self, uid: int) -> None:
        del self.graph.mail.messages[self.graph.messages("INBOX")[uid - 1].id]

    def renumber(self) -> None:
        self.graph.forget_delta_tokens()

    def meddle(self, raw: bytes, what: str) -> bool:
        """As another program would: `delete`, `read`, or `file` (move elsewhere); False where the mail is not in INBOX."""
        found = next((one for one in self.graph.messages("INBOX") if one.raw == raw), None)
        if found is None:
            return False
        if what == "delete":
            del self.graph.mail.messages[found.id]
        elif what == "read":
            found.read = True
        else:
            found.folder = self.graph.folder("Elsewhere")
        return True

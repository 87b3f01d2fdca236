"""The mailbox of an EwsServer, as `tests.servers.accounts.Account` is one of an IMAP or POP3 server."""

from typing import Any

from maildesk.mailboxes.ews.check import check_ews
from maildesk.mailboxes.ews.mailbox import open_ews
from maildesk.ports import MailboxConnection, Step
from maildesk.settings import Mailbox
from tests.fakes import MemoryBucket
from tests.servers.ews import ADDRESS, PASSWORD, USER, EwsServer


class EwsAccount:
    user = USER

    def __init__(self, ews: EwsServer) -> None:
        self.ews = self.server = ews
        self.bucket = MemoryBucket()

    def mailbox(self, **changes: Any) -> Mailbox:
        port = int(self.ews.origin.rpartition(":")[2])
        settings = {"protocol": "ews", "host": "127.0.0.1", "port": port, "user": USER, "address": ADDRESS, "timeout_ms": 10_000} | changes
        return Mailbox(name="support", **settings)

    def open(self, password: str = PASSWORD, **changes: Any) -> MailboxConnection:
        return open_ews(self.mailbox(**changes), password, self.bucket)

    def check(self, password: str = PASSWORD, **changes: Any) -> list[Step]:
        return list(check_ews(self.mailbox(**changes), password))

    def deliver(self, *mails: bytes, folder: str = "INBOX", read: bool = False) -> None:
        for raw in mails:
            self.ews.deliver(raw, folder, read)

    def kept(self, raw: bytes) -> bytes:
        return raw

    def mails(self, folder: str = "INBOX") -> list[bytes]:
        return [one.raw for one in self.ews.items(folder)]

    def flags(self, folder: str = "INBOX") -> list[str]:
        return ["Seen" if one.read else "" for one in self.ews.items(folder)]

    def delete(self, uid: int) -> None:
        self.ews.remove(self.ews.items("INBOX")[uid - 1])

    def renumber(self) -> None:
        self.ews.forget_sync_states()

    def meddle(self, raw: bytes, what: str) -> bool:
        """As another program would: `delete`, `read`, or `file` (move elsewhere); False where the mail is not in INBOX."""
        found = next((one for one in self.ews.items("INBOX") if one.raw == raw), None)
        if found is None:
            return False
        if what == "delete":
            self.ews.remove(found)
        elif what == "read":
            self.ews.mark(found, read=True)
        else:
            self.ews.move(found, "Elsewhere")
        return True

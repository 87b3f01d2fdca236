"""IMAP and POP3 accounts on real servers, as tests see them: put mail in, open it as Maildesk does, look at what is there."""

import imaplib
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from local.mail.dovecot import Dovecot
from local.mail.maildir import quoted
from local.mail.pymap import Pymap
from maildesk.mailboxes.imap.check import check_imap
from maildesk.mailboxes.imap.mailbox import open_imap
from maildesk.mailboxes.pop3.check import check_pop3
from maildesk.mailboxes.pop3.mailbox import open_pop3
from maildesk.ports import MailboxConnection, Step
from maildesk.settings import Mailbox
from tests.fakes import MemoryBucket

PASSWORD = "pässword with spaces"
_numbers = count()


def users(how_many: int = 1000) -> dict[str, str]:
    return {f"user{number}@example.test": PASSWORD for number in range(how_many)}


@dataclass(frozen=True)
class Account:
    """One empty mailbox of its own per test. `crlf`: the server keeps line ends as they were delivered."""

    server: Dovecot | Pymap
    user: str
    port: int
    security: str = "none"
    crlf: bool = True
    protocol: str = "imap"
    bucket: MemoryBucket = field(default_factory=MemoryBucket)

    def mailbox(self, **changes: Any) -> Mailbox:
        settings = {
            "protocol": self.protocol,
            "security": self.security,
            "verify_tls": False,
            "after_fetch": "keep",
            "timeout_ms": 10_000,
        } | changes
        return Mailbox(name="support", address=self.user, host="127.0.0.1", port=self.port, **settings)

    @property
    def plain_port(self) -> int:
        return self.server.imap_port if self.protocol == "imap" else self.server.pop3_port

    def open(self, **changes: Any) -> MailboxConnection:
        mailbox = self.mailbox(**changes)
        return open_imap(mailbox, PASSWORD) if self.protocol == "imap" else open_pop3(mailbox, PASSWORD, self.bucket)

    def check(self, **changes: Any) -> list[Step]:
        check = check_imap if self.protocol == "imap" else check_pop3
        return list(check(self.mailbox(**changes), PASSWORD))

    def on(self, port: int) -> "Account":
        """The same by another way in, unencrypted."""
        return replace(self, port=port, security="none")

    def deliver(self, *mails: bytes, folder: str = "INBOX", read: bool = False) -> None:
        for raw in mails:
            self.server.deliver(self.user, raw, folder, read)

    def kept(self, raw: bytes) -> bytes:
        """What the server makes of a mail. IMAP carries no NUL (RFC 9051 §4.3.1), POP3 does."""
        if not self.crlf:
            return raw.replace(b"\r\n", b"\n")
        return raw.replace(b"\0", b"\x80") if self.protocol == "imap" else raw

    def mails(self, folder: str = "INBOX") -> list[bytes]:
        return [raw for _, raw in self._look(folder)]

    def flags(self, folder: str = "INBOX") -> list[str]:
        return [flags for flags, _ in self._look(folder)]

    def delete(self, uid: int) -> None:
        """As another program would."""
        with self.other_program() as client:
            client.uid("STORE", str(uid), "+FLAGS", r"(\Deleted)")
            client.expunge()

    def flag_deleted(self, uid: int) -> None:
        with self.other_program() as client:
            client.uid("STORE", str(uid), "+FLAGS", r"(\Deleted)")

    def renumber(self) -> None:
        """Where the server can be made to."""
        if isinstance(self.server, Dovecot):
            self.server.change_uidvalidity(self.user)

    def meddle(self, raw: bytes, what: str) -> bool:
        """As another program would: `delete`, `read`, or `file` (move elsewhere); False where the mail is not in INBOX."""
        with self.other_program() as client:
            _, answers = client.fetch("1:*", "(BODY.PEEK[])")
            there = {answer[1]: answer[0].split()[0].decode() for answer in answers if isinstance(answer, tuple)}
            if raw not in there:
                return False
            if what == "file":
                client.create("Elsewhere")
                client.copy(there[raw], "Elsewhere")
            client.store(there[raw], "+FLAGS", r"(\Seen)" if what == "read" else r"(\Deleted)")
            if what != "read":
                client.expunge()
        return True

    @contextmanager
    def other_program(self, folder: str = "INBOX", readonly: bool = False) -> Iterator[imaplib.IMAP4]:
        with imaplib.IMAP4("127.0.0.1", self.server.imap_port) as client:
            client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.authenticate("PLAIN", lambda _: f"\0{self.user}\0{PASSWORD}".encode())
            client.select(quoted(folder), readonly)
            yield client

    def _look(self, folder: str) -> list[tuple[str, bytes]]:
        with self.other_program(folder, readonly=True) as client:
            if client.state != "SELECTED":
                return []
            _, answers = client.uid("FETCH", "1:*", "(FLAGS BODY.PEEK[])")
        found = [answer for answer in answers if isinstance(answer, tuple)]
        return [(" ".join(sorted(re.findall(r"\\(?!Recent)\w+", meta.decode()))), raw) for meta, raw in found]


def new_account(server: Dovecot | Pymap, port: int, security: str = "none", protocol: str = "imap") -> Account:
    return Account(server, f"user{next(_numbers)}@example.test", port, security, isinstance(server, Dovecot), protocol)

"""The connection test of a POP3 mailbox: what each step looks at, and what it says."""

from collections.abc import Iterator
from poplib import error_proto
from socket import socket

from maildesk.connecting.checks import ServerCheck
from maildesk.connecting.servers import Doing
from maildesk.mailboxes.pop3.connecting import abilities, connect, leave, sign_in
from maildesk.mailboxes.pop3.failures import pop3_failures, said
from maildesk.mailboxes.pop3.mailbox import doing_for
from maildesk.ports import GiveUp, Look, Step
from maildesk.settings import Mailbox


def check_pop3(mailbox: Mailbox, password: str) -> Iterator[Step]:
    """The connection test, up to the first failure."""
    return _Check(mailbox, doing_for(mailbox, password)).run()


class _Check(ServerCheck):
    def __init__(self, mailbox: Mailbox, doing: Doing) -> None:
        super().__init__(doing.server)
        self._mailbox, self._doing = mailbox, doing

    def looks(self) -> Iterator[Look]:
        yield "mailbox", self._count
        yield "abilities", self._abilities

    def connect(self) -> socket:
        self.client = connect(self._doing)
        return self.client.sock  # type: ignore[no-any-return]

    def sign_in(self) -> str:
        sign_in(self.client, self._doing)
        return f"{self._doing.user} signed in"

    def leave(self) -> None:
        leave(self.client)

    def _count(self) -> str:
        with pop3_failures(self._doing.now("the mailbox was counted")):
            mails, size = self.client.stat()
        return f"it holds {mails} mails, {size / 1_000_000:.1f} MB; POP3 does not tell which are unread, so all are taken"

    def _abilities(self) -> str:
        with pop3_failures(self._doing.now("its abilities were asked for")):
            can = {"UIDL": self._takes("UIDL"), "TOP": "TOP" in abilities(self.client)}
        listed = ", ".join(f"{name} {'yes' if able else 'no'}" for name, able in can.items())
        if not can["UIDL"]:
            raise GiveUp(f"{listed}: without UIDL, new mails cannot be told from those read. Use IMAP there.")
        large = "the header" if can["TOP"] else "nothing but its size"
        done = "are deleted at the end of each poll" if self._mailbox.after_fetch == "delete" else "stay as they are"
        return f"{listed}: mails {done}; of one above max_size_mb, {large} is read"

    def _takes(self, command: str) -> bool:
        try:
            self.client._longcmd(command)
        except error_proto as error:
            if not said(error):
                raise
            return False
        return True

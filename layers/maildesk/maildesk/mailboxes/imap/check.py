"""The connection test of an IMAP mailbox: what each step looks at, and what it says."""

from collections.abc import Iterator
from functools import partial
from socket import socket

from maildesk.connecting.checks import ServerCheck
from maildesk.connecting.servers import Doing
from maildesk.mailboxes.imap.connecting import connect, doing_for, leave, sign_in
from maildesk.mailboxes.imap.failures import imap_failures
from maildesk.mailboxes.imap.folders import existing, in_namespace, open_folder
from maildesk.ports import Look, Step
from maildesk.settings import Mailbox

_ABILITIES = ("MOVE", "UIDPLUS", "IDLE", "CONDSTORE")


def check_imap(mailbox: Mailbox, password: str) -> Iterator[Step]:
    """The connection test, up to the first failure."""
    return _Check(mailbox, doing_for(mailbox, password)).run()


class _Check(ServerCheck):
    def __init__(self, mailbox: Mailbox, doing: Doing) -> None:
        super().__init__(doing.server)
        self._mailbox, self._doing = mailbox, doing

    def looks(self) -> Iterator[Look]:
        for one in self._mailbox.each_folder:
            yield "folder", partial(self._folder, one.folder)
        if self._mailbox.after_fetch == "move":
            yield "archive folder", self._archive
        yield "abilities", self._abilities

    def connect(self) -> socket:
        self.client = connect(self._doing)
        return self.client.socket()  # type: ignore[no-any-return]

    def sign_in(self) -> str:
        sign_in(self.client, self._doing)
        return f"{self._doing.user} signed in"

    def leave(self) -> None:
        leave(self.client, politely=True)

    def _folder(self, folder: str) -> str:
        with imap_failures(self._doing.now(f"folder {folder} was opened")):
            name, _ = open_folder(self.client, self._doing, folder, read_only=self._mailbox.after_fetch == "keep")
            mails, unread = len(self.client.search("UNDELETED")), len(self.client.search("UNDELETED UNSEEN"))
        return f"{name} holds {mails} mails, {unread} of them unread"

    def _archive(self) -> str:
        name = self._mailbox.archive_folder
        with imap_failures(self._doing.now(f"folder {name} was looked for")):
            found = existing(self.client, name)
            return f"{found} exists" if found else f"{in_namespace(self.client, name)} will be created"

    def _abilities(self) -> str:
        with imap_failures(self._doing.now("its abilities were asked for")):
            can = {name for name in _ABILITIES if self.client.has_capability(name)}
        listed = ", ".join(f"{name} {'yes' if name in can else 'no'}" for name in _ABILITIES)
        return f"{listed}: {self._what_happens(can)}"

    def _what_happens(self, can: set[str]) -> str:
        if self._mailbox.after_fetch == "keep":
            return "mails stay as they are"
        moving = self._mailbox.after_fetch == "move"
        if moving and "MOVE" in can:
            return "mails are moved by MOVE"
        verb = "copied, then deleted" if moving else "deleted"
        if "UIDPLUS" in can:
            return f"mails are {verb} by UID EXPUNGE"
        return f"mails are {verb} by EXPUNGE, or stay flagged as deleted while another program has flagged mails there"

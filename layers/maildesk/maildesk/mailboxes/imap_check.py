"""The connection test of an IMAP mailbox: what each step looks at, and what it says."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from maildesk.connecting import Doing, Look, describe_tls, reach, resolve, steps
from maildesk.mailboxes.imap_connecting import connect, leave, server_of, sign_in
from maildesk.mailboxes.imap_failures import imap_failures
from maildesk.mailboxes.imap_folders import existing, in_namespace, open_folder
from maildesk.ports import Step
from maildesk.settings import Mailbox

_ABILITIES = ("MOVE", "UIDPLUS", "IDLE", "CONDSTORE")


def check_imap(mailbox: Mailbox, password: str) -> Iterator[Step]:
    """The connection test, up to the first failure."""
    check = _Check(mailbox, Doing(server_of(mailbox), mailbox.login, password, by_token=mailbox.auth != "password"))
    try:
        yield from steps(*check.looks())
    finally:
        if check.client:
            leave(check.client, politely=True)


class _Check:
    """`client` is there once the encryption step is done."""

    def __init__(self, mailbox: Mailbox, doing: Doing) -> None:
        self._mailbox, self._doing = mailbox, doing
        self.client: Any = None

    def looks(self) -> Iterator[Look]:
        yield "name", lambda: resolve(self._doing.server)
        yield "connection", lambda: reach(self._doing.server)
        yield "encryption", self._encryption
        yield "sign-in", self._sign_in
        for one in self._mailbox.each_folder:
            yield "folder", partial(self._folder, one.folder)
        if self._mailbox.after_fetch == "move":
            yield "archive folder", self._archive
        yield "abilities", self._abilities

    def _encryption(self) -> str:
        self.client = connect(self._doing)
        return describe_tls(self.client.socket())

    def _sign_in(self) -> str:
        sign_in(self.client, self._doing)
        return f"{self._doing.user} signed in"

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

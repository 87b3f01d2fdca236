"""The connection test of an IMAP mailbox: what each step looks at, and what it says."""

from typing import Any

from maildesk.connecting import Look, describe_tls, reach, resolve
from maildesk.mailboxes.imap_connecting import connect, sign_in
from maildesk.mailboxes.imap_failures import Doing, imap_failures
from maildesk.mailboxes.imap_folders import existing, in_namespace, open_folder
from maildesk.settings import Mailbox

_ABILITIES = ("MOVE", "UIDPLUS", "IDLE", "CONDSTORE")


class ImapCheck:
    """`client` is there once the encryption step is done, or from the start where the mailbox is open already."""

    def __init__(self, mailbox: Mailbox, doing: Doing, client: Any = None) -> None:
        self._mailbox, self._doing, self.client = mailbox, doing, client

    def of_connection(self) -> tuple[Look, ...]:
        server = self._doing.server
        return (
            ("name", lambda: resolve(server)),
            ("connection", lambda: reach(server)),
            ("encryption", self._encryption),
            ("sign-in", self._sign_in),
        )

    def of_folders(self) -> tuple[Look, ...]:
        archive: tuple[Look, ...] = (("archive folder", self._archive),) if self._mailbox.after_fetch == "move" else ()
        return (("folder", self._folder), *archive, ("abilities", self._abilities))

    def _encryption(self) -> str:
        self.client = connect(self._doing)
        return describe_tls(self.client.socket())

    def _sign_in(self) -> str:
        sign_in(self.client, self._doing)
        return f"{self._doing.user} signed in"

    def _folder(self) -> str:
        with imap_failures(self._doing.now(f"folder {self._mailbox.folder} was opened")):
            name, _ = open_folder(self.client, self._doing, self._mailbox.folder, read_only=self._mailbox.after_fetch == "keep")
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

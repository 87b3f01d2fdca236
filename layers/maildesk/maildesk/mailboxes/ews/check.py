"""The connection test of a mailbox on Exchange: what each step looks at, and what it says."""

from collections.abc import Iterator
from functools import partial

from maildesk.connecting.graph import reaching_graph
from maildesk.mailboxes.ews.connecting import doing_for
from maildesk.mailboxes.ews.exchange import Exchange
from maildesk.mailboxes.ews.folders import EwsFolders
from maildesk.mailboxes.exchange_folders import existing, needed
from maildesk.ports import Look, Step, steps
from maildesk.settings import Mailbox


def check_ews(mailbox: Mailbox, password: str) -> Iterator[Step]:
    """The connection test, up to the first failure."""
    check = _Check(mailbox, password)
    try:
        yield from steps(*check.looks())
    finally:
        check.exchange.close()


class _Check:
    def __init__(self, mailbox: Mailbox, password: str) -> None:
        self._mailbox, self._doing = mailbox, doing_for(mailbox, password)
        self.exchange = Exchange(mailbox.address, self._doing)
        self._folders = EwsFolders(self.exchange, self._doing)

    def looks(self) -> Iterator[Look]:
        yield from reaching_graph(self._doing.server)
        yield "sign-in", self._sign_in
        for one in self._mailbox.each_folder:
            yield "folder", partial(self._folder, one.folder)
        if self._mailbox.after_fetch == "move":
            yield "archive folder", self._archive

    def _sign_in(self) -> str:
        self.exchange.folder(self.exchange.distinguished("inbox"))
        return f"{self._doing.user} opens {self._mailbox.address}, on Exchange {self.exchange.build}"

    def _folder(self, name: str) -> str:
        found = self.exchange.folder(needed(self._folders, name))
        return f"{name} holds {found.mails} mails, {found.unread} of them unread"

    def _archive(self) -> str:
        name = self._mailbox.archive_folder
        return f"{name} exists" if existing(self._folders, name) else f"{name} will be created"

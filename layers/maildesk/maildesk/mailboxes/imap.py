"""Mailboxes by IMAP (RFC 3501, RFC 9051). An empty poll costs two round trips after sign-in: SELECT and SEARCH."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Self

from imapclient import IMAPClient  # type: ignore[import-untyped]
from imapclient.exceptions import IMAPClientError  # type: ignore[import-untyped]

from maildesk.mailboxes import imap_folders
from maildesk.mailboxes.imap_check import folder_steps
from maildesk.mailboxes.imap_connecting import connect, leave, server_of, sign_in
from maildesk.mailboxes.imap_failures import Doing, imap_failures, was_refused
from maildesk.mailboxes.imap_fetching import batches, fetch_batch, key_of, sizes, uid_of, validity_of
from maildesk.ports import Cursor, Fetched, GiveUp, Listed, Step
from maildesk.settings import Mailbox

LISTED_AT_ONCE = 1000
FOLDERS_TO_NAME = 8


def open_imap(mailbox: Mailbox, password: str) -> "ImapMailbox":
    doing = Doing(server_of(mailbox), mailbox.login, password)
    client = connect(doing)
    try:
        sign_in(client, doing)
    except BaseException:
        leave(client, politely=False)
        raise
    return ImapMailbox(client, mailbox, doing)


class ImapMailbox:
    """`ports.MailboxConnection`; its cursor is {uidvalidity, uid of the last mail done}."""

    def __init__(self, client: IMAPClient, mailbox: Mailbox, doing: Doing) -> None:
        self._client, self._mailbox, self._doing = client, mailbox, doing
        self._folder = mailbox.folder
        self._archive = mailbox.archive_folder
        self._uidvalidity: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        leave(self._client, politely=error is None)

    def list_new(self, cursor: Cursor | None) -> Sequence[Listed]:
        """At most 1,000 at once. Mails flagged \\Deleted are on their way out and not listed."""
        with self._failures("was listed"):
            validity = self._select()
            after = int(cursor["uid"]) if cursor and cursor.get("uidvalidity") == validity else 0
            wanted = "UNDELETED UNSEEN" if self._mailbox.only_unread else "UNDELETED"
            found = self._client.search(f"{wanted} UID {after + 1}:*")
            # n:* always includes the last mail, even below n (RFC 9051 §9, seq-range).
            uids = sorted(uid for uid in found if uid > after)[:LISTED_AT_ONCE]
            stated = sizes(self._client, uids)
        return [Listed(key_of(validity, uid), stated[uid]) for uid in uids if uid in stated]

    def fetch(self, mails: Sequence[Listed], max_size: int) -> Iterator[Fetched]:
        for batch, header_only in batches(mails, max_size):
            with self._failures("was read"):
                fetched = fetch_batch(self._client, batch, header_only)
            yield from fetched

    def finish(self, keys: Sequence[str]) -> None:
        if not keys or self._mailbox.after_fetch == "keep":
            return
        moving = self._mailbox.after_fetch == "move"
        with self._failures(f"gave mails to {self._archive}" if moving else "lost the mails done with"):
            validity = self._select()
            uids = [uid_of(key) for key in keys if validity_of(key) == validity]
            if moving:
                self._archive = imap_folders.move(self._client, uids, self._folder, self._archive)
            else:
                imap_folders.delete(self._client, uids)

    def cursor_after(self, key: str) -> Cursor:
        return {"uidvalidity": validity_of(key), "uid": uid_of(key)}

    def check(self) -> Iterator[Step]:
        return folder_steps(self._client, self._mailbox, self._doing, self._open_folder)

    def _failures(self, what: str) -> AbstractContextManager[None]:
        return imap_failures(self._doing.now(f"folder {self._folder} {what}"))

    def _open_folder(self) -> str:
        with self._failures("was opened"):
            self._select()
        return self._folder

    def _select(self) -> int:
        """Opens the folder, once, and returns its UIDVALIDITY."""
        if self._uidvalidity is None:
            self._uidvalidity = self._try_to_select()
        return self._uidvalidity

    def _try_to_select(self) -> int:
        try:
            return self._select_folder()
        except IMAPClientError as refusal:
            if not was_refused(refusal):
                raise
            self._folder = self._real_folder()
            return self._select_folder()

    def _select_folder(self) -> int:
        """Read-only where nothing is to be changed."""
        answer = self._client.select_folder(self._folder, readonly=self._mailbox.after_fetch == "keep")
        return int(answer.get(b"UIDVALIDITY", 0))

    def _real_folder(self) -> str:
        if found := imap_folders.existing(self._client, self._folder):
            return found
        there = [name for _, _, name in self._client.list_folders()]
        some = ", ".join(there[:FOLDERS_TO_NAME]) + (" …" if len(there) > FOLDERS_TO_NAME else "")
        raise GiveUp(
            f"There is no folder {self._folder} for {self._doing.user} at {self._doing.server}. There are: {some}. Check the folder."
        )

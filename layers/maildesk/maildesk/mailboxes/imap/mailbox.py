"""Mailboxes by IMAP (RFC 3501, RFC 9051). An empty poll costs two round trips after sign-in: SELECT and SEARCH."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, timedelta
from typing import Self

from imapclient import IMAPClient  # type: ignore[import-untyped]

from maildesk.connecting.servers import Doing
from maildesk.mailboxes.imap import folders
from maildesk.mailboxes.imap.connecting import connect, doing_for, leave, sign_in
from maildesk.mailboxes.imap.failures import imap_failures
from maildesk.mailboxes.imap.fetching import batches, fetch_batch, key_of, sizes, uid_of, validity_of
from maildesk.ports import Cursor, Fetched, Listed
from maildesk.settings import Mailbox

LISTED_AT_ONCE = 10_000


def open_imap(mailbox: Mailbox, password: str) -> "ImapMailbox":
    doing = doing_for(mailbox, password)
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
        self._more = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        leave(self._client, politely=exc[0] is None)

    def list_new(self, cursor: Cursor | None) -> Sequence[Listed]:
        """Mails flagged \\Deleted are on their way out and not listed."""
        with self._failures("was listed"):
            validity = self._open()
            after = int(cursor["uid"]) if cursor and cursor.get("uidvalidity") == validity else 0
            found = self._client.search([*_wanted(self._mailbox), "UID", f"{after + 1}:*"])
            # n:* always includes the last mail, even below n (RFC 9051 §9, seq-range).
            uids = sorted(uid for uid in found if uid > after)
            stated = sizes(self._client, uids if self._mailbox.not_before else uids[:LISTED_AT_ONCE], self._mailbox.not_before)
        listed = [Listed(key_of(validity, uid), stated[uid]) for uid in uids if uid in stated][:LISTED_AT_ONCE]
        self._more = max(0, (len(stated) if self._mailbox.not_before else len(uids)) - LISTED_AT_ONCE)
        return listed

    def more(self) -> int:
        return self._more

    def fetch(self, mails: Sequence[Listed], max_size: int) -> Iterator[Fetched]:
        for batch, header_only in batches(mails, max_size):
            with self._failures("was read"):
                fetched = fetch_batch(self._client, batch, header_only)
            yield from (replace(mail, rest=self._read_on(mail.rest)) if mail.rest else mail for mail in fetched)

    def _read_on(self, rest: Iterable[bytes]) -> Iterator[bytes]:
        with self._failures("was read"):
            yield from rest

    def finish(self, keys: Sequence[str]) -> None:
        if not keys or self._mailbox.after_fetch == "keep":
            return
        moving = self._mailbox.after_fetch == "move"
        with self._failures(f"gave mails to {self._archive}" if moving else "lost the mails done with"):
            validity = self._open()
            uids = [uid_of(key) for key in keys if validity_of(key) == validity]
            if moving:
                self._archive = folders.move(self._client, uids, self._folder, self._archive)
            else:
                folders.delete(self._client, uids)

    def cursor_after(self, key: str) -> Cursor:
        return {"uidvalidity": validity_of(key), "uid": uid_of(key)}

    def _failures(self, what: str) -> AbstractContextManager[None]:
        return imap_failures(self._doing.now(f"folder {self._folder} {what}"))

    def _open(self) -> int:
        """Opens the folder, once, read-only where nothing is to be changed; returns its UIDVALIDITY."""
        if self._uidvalidity is None:
            read_only = self._mailbox.after_fetch == "keep"
            self._folder, self._uidvalidity = folders.open_folder(self._client, self._doing, self._folder, read_only)
        return self._uidvalidity


def _wanted(mailbox: Mailbox) -> list[str | date]:
    """SINCE knows days alone, and those of the server's zone (RFC 9051 §6.4.4): a day more."""
    unread = ["UNSEEN"] if mailbox.only_unread else []
    since: list[str | date] = ["SINCE", (mailbox.not_before - timedelta(days=1)).date()] if mailbox.not_before else []
    return ["UNDELETED", *unread, *since]

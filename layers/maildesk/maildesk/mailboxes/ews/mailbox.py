"""Mailboxes of Exchange on premises by Exchange Web Services. What is new comes from SyncFolderItems, a page at a time.
https://learn.microsoft.com/exchange/client-developer/exchange-web-services/mailbox-synchronization-and-ews-in-exchange"""

import io
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Self

from maildesk.connecting.servers import HELD_BYTES, PART_BYTES, Doing
from maildesk.desk.holding import held_together
from maildesk.mailboxes.ews.answers import Place
from maildesk.mailboxes.ews.connecting import doing_for
from maildesk.mailboxes.ews.exchange import Exchange, Forgotten
from maildesk.mailboxes.ews.folders import EwsFolders
from maildesk.mailboxes.ews.place import Places, Reached
from maildesk.mailboxes.exchange_folders import existing_or_new, needed
from maildesk.mailboxes.pages import Course, Page, digest
from maildesk.ports import Bucket, Cursor, Fetched, Listed
from maildesk.settings import Mailbox

_TOGETHER = 20
_TOGETHER_BYTES = 5_000_000
"""Mails in one answer."""

_NOTED_EVERY = 20
"""Pages with nothing to read."""


def open_ews(mailbox: Mailbox, password: str, bucket: Bucket) -> "EwsMailbox":
    doing = doing_for(mailbox, password)
    exchange = Exchange(mailbox.address, doing)
    try:
        exchange.folder(exchange.distinguished("inbox"))  # who may not sign in, or not open this mailbox, hears it now
    except BaseException:
        exchange.close()
        raise
    return EwsMailbox(exchange, mailbox, doing, Places(bucket, mailbox.name, mailbox.source))


class EwsMailbox:
    """`ports.MailboxConnection`. A mail's key is its id, which is another once it is in another folder. The cursor is what `Places`
    makes of `Reached`."""

    def __init__(self, exchange: Exchange, mailbox: Mailbox, doing: Doing, places: Places) -> None:
        self._exchange, self._mailbox, self._places = exchange, mailbox, places
        self._folders = EwsFolders(exchange, doing)
        self._folder: Place | None = None
        self._page, self._course = Page(), Course(doing.server)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._exchange.close()

    def list_new(self, cursor: Cursor | None) -> Sequence[Listed]:
        """The first page with something to read on it. A sync state that the server has forgotten counts as no cursor."""
        try:
            return self._from(self._places.recalled(cursor))
        except Forgotten:
            self._places.keep(Reached())
            return self._from(Reached())

    def more(self) -> int:
        """A page does not tell how many follow."""
        return 0

    def fetch(self, mails: Sequence[Listed], max_size: int) -> Iterator[Fetched]:
        for together in held_together(mails, _TOGETHER_BYTES, _TOGETHER):
            if together[0].size > HELD_BYTES and not 0 < max_size < together[0].size:
                yield from self._in_parts(together[0].key)
                continue
            whole = [mail.key for mail in together if not 0 < max_size < mail.size]
            contents = dict(zip(whole, self._exchange.contents(whole), strict=True)) if whole else {}
            for mail in together:
                yield from self._fetched(mail.key, contents.pop(mail.key, None), max_size)

    def _in_parts(self, key: str) -> Iterator[Fetched]:
        parts, start = self._exchange.content_in_parts(key), io.BytesIO()
        with closing(parts):
            while start.tell() < PART_BYTES and (part := next(parts, b"")):
                start.write(part)
            if start.tell():
                yield Fetched(key, start.getvalue(), self._page.left[key].received, rest=parts)
        if not start.tell():
            yield from self._fetched(key, None, 0)

    def finish(self, keys: Sequence[str]) -> None:
        if keys and self._mailbox.after_fetch == "move":
            self._exchange.move(keys, existing_or_new(self._folders, self._mailbox.archive_folder))
        if keys and self._mailbox.after_fetch == "delete":
            self._exchange.delete(keys)

    def cursor_after(self, key: str) -> Cursor:
        return self._places.cursor(Reached(*self._page.after(key)))

    def _from(self, start: Reached) -> list[Listed]:
        self._folder = self._folder or needed(self._folders, self._mailbox.folder)
        pages, at = 0, start
        if start == Reached():
            self._course.begin()
        while True:
            self._course.go_on_to(at.state)
            changes = self._exchange.changes(self._folder, at.state)
            self._page = Page.of(at.state, changes.state, at.done, changes.new, self._mailbox)
            if self._page.left or changes.all_told:
                return self._page.listed()
            pages, at = pages + 1, self._passed_over(start, pages)

    def _passed_over(self, start: Reached, pages: int) -> Reached:
        """A folder full of mail that is not to be read is gone through once, not by every poll until a mail comes."""
        if pages == 0 and (further := self._places.passed(start)):
            return further
        if pages % _NOTED_EVERY == _NOTED_EVERY - 1:
            self._places.keep(Reached(self._page.following, since=digest(start.state)))
        return Reached(self._page.following)

    def _fetched(self, key: str, raw: bytes | None, max_size: int) -> Iterator[Fetched]:
        """Of a large mail, or one that the server does not give, what is known of its header."""
        header_only = raw is None or 0 < max_size < len(raw)
        content = self._exchange.header(key) if header_only else raw
        if content is not None:
            yield Fetched(key, content, self._page.left[key].received, header_only)

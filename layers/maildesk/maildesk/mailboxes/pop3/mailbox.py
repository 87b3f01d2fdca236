"""Mailboxes by POP3 (RFC 1939). It knows no folders and no read mails. A poll with nothing new costs one round trip after sign-in: UIDL."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from hashlib import blake2b
from poplib import POP3, error_proto
from typing import Self

from maildesk.connecting.servers import Doing, server_of
from maildesk.mailboxes.pop3.connecting import PATIENCE_WITH_QUIT, connect, hang_up, leave, sign_in
from maildesk.mailboxes.pop3.failures import pop3_failures, said
from maildesk.mailboxes.pop3.fetching import fetch, sizes, uidls
from maildesk.mailboxes.pop3.known import Known, digest, packed, still_there, sum_of, unpacked
from maildesk.ports import Bucket, Cursor, Fetched, GiveUp, Listed
from maildesk.settings import Mailbox
from maildesk.telemetry import logger

LISTED_AT_ONCE = 10_000


def doing_for(mailbox: Mailbox, password: str) -> Doing:
    server = server_of(mailbox)
    return Doing(server, mailbox.login, password, by_token=mailbox.auth != "password")


def open_pop3(mailbox: Mailbox, password: str, bucket: Bucket) -> "Pop3Mailbox":
    doing = doing_for(mailbox, password)
    client = connect(doing)
    try:
        sign_in(client, doing)
    except BaseException:
        hang_up(client)
        raise
    return Pop3Mailbox(client, mailbox, doing, bucket)


class Pop3Mailbox:
    """`ports.MailboxConnection`. A mail's key is its UIDL. The cursor is {known: the object in the bucket that holds what has been
    read, count: how many of it, listing: the sum of what the server listed when all of it was read}."""

    def __init__(self, client: POP3, mailbox: Mailbox, doing: Doing, bucket: Bucket) -> None:
        self._client, self._mailbox, self._doing, self._bucket = client, mailbox, doing, bucket
        self._memory = f"known/{mailbox.name}/{blake2b(mailbox.source.encode(), digest_size=16).hexdigest()}"
        self._numbers: dict[str, list[int]] = {}
        self._known: Known = {}
        self._listed: list[str] = []
        self._more = 0
        self._deleted: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        """With QUIT even after a failure: what was to be deleted is safe."""
        leave(self._client, self._doing.server.seconds if self._deleted else PATIENCE_WITH_QUIT)

    def list_new(self, cursor: Cursor | None) -> Sequence[Listed]:
        with self._failures("was listed"):
            self._numbers = self._uidls()
            digests = {digest(uidl): uidl for uidl in self._numbers}
            if cursor and cursor.get("listing") == sum_of(digests):
                return []
            self._known = still_there(self._recalled(cursor), digests)
            self.finish([digests[one] for one, to_delete in self._known.items() if to_delete])
            new = [uidl for one, uidl in digests.items() if one not in self._known]
            self._listed, self._more = new[:LISTED_AT_ONCE], len(new[LISTED_AT_ONCE:])
            stated = sizes(self._client) if self._listed else {}
        return [Listed(uidl, stated.get(self._numbers[uidl][0], 0)) for uidl in self._listed]

    def more(self) -> int:
        return self._more

    def fetch(self, mails: Sequence[Listed], max_size: int) -> Iterator[Fetched]:
        for mail in mails:
            with self._failures("was read"):
                fetched = self._fetched(self._numbers[mail.key][0], mail, 0 < max_size < mail.size)
            yield from (replace(one, rest=self._read_on(one.rest)) if one.rest else one for one in fetched)

    def _read_on(self, rest: Iterable[bytes]) -> Iterator[bytes]:
        with self._failures("was read"):
            yield from rest

    def finish(self, keys: Sequence[str]) -> None:
        """The server deletes when it hears QUIT; until it did, `known` says that it is to be told again."""
        if self._mailbox.after_fetch == "delete":
            with self._failures("lost the mails done with"):
                self._delete(keys)

    def cursor_after(self, key: str) -> Cursor:
        done = self._listed[: self._listed.index(key) + 1]
        known = {**self._known, **{digest(uidl): uidl in self._deleted for uidl in done}}
        self._bucket.put(self._memory, packed(known))
        staying = (one for one, to_delete in known.items() if not to_delete)
        return {"known": self._memory, "count": len(known), "listing": sum_of(staying)}

    def _failures(self, what: str) -> AbstractContextManager[None]:
        return pop3_failures(self._doing.now(f"the mailbox {what}"))

    def _fetched(self, number: int, mail: Listed, header_only: bool) -> Sequence[Fetched]:
        """A header tells whether a mail is too old."""
        not_before = self._mailbox.not_before
        if not_before and _is_old(fetch(self._client, number, mail, header_only=True), not_before):
            return []
        return fetch(self._client, number, mail, header_only)

    def _uidls(self) -> dict[str, list[int]]:
        try:
            return uidls(self._client)
        except error_proto as error:
            if not said(error):
                raise
            sentence = f"{self._doing.server} does not give UIDL, by which to tell new mails from those read. Use IMAP there."
            raise GiveUp(sentence) from None

    def _recalled(self, cursor: Cursor | None) -> Known:
        """Without what was to be remembered, all is read anew: the desk knows mails it has."""
        if not cursor or "known" not in cursor:
            return {}
        try:
            return unpacked(self._bucket.get(cursor["known"]), cursor["count"])
        except GiveUp:
            logger.warning("what has been read is forgotten: all mails are read anew", mailbox=self._mailbox.name)
            return {}

    def _delete(self, uidls: Sequence[str]) -> None:
        for uidl in uidls:
            if uidl not in self._deleted:
                for number in self._numbers[uidl]:
                    self._client.dele(number)
                self._deleted.add(uidl)


def _is_old(fetched: Sequence[Fetched], not_before: datetime) -> bool:
    return any(mail.received_at and mail.received_at < not_before for mail in fetched)

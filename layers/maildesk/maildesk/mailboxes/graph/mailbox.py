"""Mailboxes of Exchange Online by Microsoft Graph. What is new comes from a delta query, a page at a time.
https://learn.microsoft.com/graph/delta-query-messages"""

import io
from collections.abc import Generator, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Self

from maildesk.connecting.exchange import header_of as header_of_withheld
from maildesk.connecting.graph import READ, WRITE, Expired, Graph, Missing
from maildesk.connecting.servers import HELD_BYTES, PART_BYTES, server_of
from maildesk.mail.identity import header_of
from maildesk.mailboxes.exchange_folders import existing_or_new, needed
from maildesk.mailboxes.graph.folders import GraphFolders
from maildesk.mailboxes.pages import Course, New, Page
from maildesk.ports import Cursor, Fetched, Listed, TryAgain, Withheld
from maildesk.settings import Mailbox

PAGE_MAILS = 50
_READ_BYTES = 1_000_000
_SIZE = "Integer 0x0E08"  # PidTagMessageSize ([MS-OXPROPS] §2.802): messages have no property of their own for it
_NEW = f"$select=receivedDateTime,isRead&$expand=singleValueExtendedProperties($filter=id eq '{_SIZE}')&changeType=created"
_HEADER = "internetMessageHeaders,from,subject,internetMessageId"


def open_graph(mailbox: Mailbox, token: str) -> "GraphMailbox":
    graph = Graph(server_of(mailbox), mailbox.login, token)
    try:
        with graph.legible():
            inbox = needed(GraphFolders(graph), "INBOX")  # a token that is not taken shows now
        return GraphMailbox(graph, mailbox, inbox if mailbox.folder.upper() == "INBOX" else "")
    except BaseException:
        graph.close()
        raise


class GraphMailbox:
    """`ports.MailboxConnection`. A mail's key is its immutable id. The cursor is {link: the page to read, done: digests of the mails
    of that page that have been read}."""

    def __init__(self, graph: Graph, mailbox: Mailbox, folder: str) -> None:
        self._graph, self._mailbox, self._folder = graph, mailbox, folder
        self._page, self._course = Page(), Course(graph.server.host)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._graph.close()

    def list_new(self, cursor: Cursor | None) -> Sequence[Listed]:
        """The first page with something new on it. A forgotten delta token counts as no cursor."""
        with self._graph.legible():
            try:
                return self._from(str(cursor["link"]), tuple(cursor["done"])) if cursor else self._from(self._beginning())
            except Expired:
                return self._from(self._beginning())

    def more(self) -> int:
        """A page does not tell how many follow."""
        return 0

    def fetch(self, mails: Sequence[Listed], max_size: int) -> Iterator[Fetched]:
        for mail in mails:
            try:
                yield self._fetched(mail, max_size)
            except Missing:
                continue

    def finish(self, keys: Sequence[str]) -> None:
        if not keys or self._mailbox.after_fetch == "keep":
            return
        with self._graph.legible():
            archive = (
                existing_or_new(GraphFolders(self._graph), self._mailbox.archive_folder) if self._mailbox.after_fetch == "move" else ""
            )
        for key in keys:
            try:
                self._put_away(key, archive)
            except Missing:
                continue

    def cursor_after(self, key: str) -> Cursor:
        link, done = self._page.after(key)
        return {"link": link, "done": list(done)}

    def _beginning(self) -> str:
        self._folder = self._folder or needed(GraphFolders(self._graph), self._mailbox.folder)
        self._course.begin()
        return self._graph.url(f"mailFolders/{self._folder}/messages/delta?{_NEW}")

    def _from(self, link: str, done: tuple[str, ...] = ()) -> list[Listed]:
        while link:
            self._course.go_on_to(link)
            answer = self._graph.json("GET", link, READ, headers={"Prefer": f'IdType="ImmutableId", odata.maxpagesize={PAGE_MAILS}'})
            further = str(answer.get("@odata.nextLink", ""))
            new = [_new(mail) for mail in answer["value"] if "@removed" not in mail]
            self._page = Page.of(link, further or str(answer["@odata.deltaLink"]), done, new, self._mailbox)
            if self._page.left:
                return self._page.listed()
            link, done = further, ()
        return []

    def _fetched(self, mail: Listed, max_size: int) -> Fetched:
        try:
            return self._content(mail, max_size)
        except Withheld:
            pass
        except TryAgain:  # a mail that breaks off has its header elsewhere, too
            if not 0 < max_size < mail.size:
                raise
        return Fetched(mail.key, self._header(mail.key), self._page.left[mail.key].received, header_only=True)

    def _content(self, mail: Listed, max_size: int) -> Fetched:
        """The mail as it came; of one above `max_size`, as stated or found, no more than its header."""
        parts, start, received_at = self._parts(mail.key), io.BytesIO(), self._page.left[mail.key].received
        enough = PART_BYTES if mail.size > HELD_BYTES else HELD_BYTES
        while start.tell() < enough and (part := next(parts, b"")):
            start.write(part)
            if 0 < max_size < max(mail.size, start.tell()):
                parts.close()
                return Fetched(mail.key, header_of(start.getvalue()), received_at, header_only=True)
        return Fetched(mail.key, start.getvalue(), received_at, rest=parts if start.tell() >= enough else ())

    def _parts(self, key: str) -> Generator[bytes]:
        response = self._graph.ask("GET", self._graph.url(f"messages/{key}/$value"), READ, stream=True)
        with response, self._graph.failures():
            yield from response.iter_content(_READ_BYTES)

    def _header(self, key: str) -> bytes:
        """Of a mail that the server does not give."""
        try:
            told = self._graph.json("GET", self._graph.url(f"messages/{key}?$select={_HEADER}"), READ)
        except Withheld:
            return header_of_withheld(key, (), {})
        with self._graph.legible():
            headers = ((one["name"], one["value"]) for one in told.get("internetMessageHeaders") or ())
            writer = ((told.get("from") or {}).get("emailAddress") or {}).get("address")
            known = {"From": writer, "Subject": told.get("subject"), "Message-ID": told.get("internetMessageId")}
            return header_of_withheld(key, headers, known)

    def _put_away(self, key: str, archive: str) -> None:
        if archive:
            self._graph.json("POST", self._graph.url(f"messages/{key}/move"), WRITE, json={"destinationId": archive})
        else:
            self._graph.ask("DELETE", self._graph.url(f"messages/{key}"), WRITE)


def _new(mail: dict[str, Any]) -> New:
    size = (mail.get("singleValueExtendedProperties") or [{}])[0].get("value", 0)
    received = mail.get("receivedDateTime")
    return New(mail["id"], int(size), datetime.fromisoformat(received).astimezone(UTC) if received else None, bool(mail.get("isRead")))

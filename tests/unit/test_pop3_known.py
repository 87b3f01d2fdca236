"""However many mails a POP3 server keeps: what is known of them stays small, and none is read twice."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from maildesk.mailboxes.pop3.fetching import received_at
from maildesk.mailboxes.pop3.mailbox import Pop3Mailbox, doing_for
from maildesk.ports import Cursor
from maildesk.settings import Mailbox
from tests.fakes import MemoryBucket

ACCOUNT = {"name": "support", "address": "support@example.test", "protocol": "pop3", "host": "pop.example.test"}


class MailDrop:
    """A POP3 session as poplib gives it; deletes when it is told QUIT, unless the line is cut before."""

    sock = None

    def __init__(self, server: list[str]) -> None:
        self.server, self.numbered, self.deleted = server, list(server), set[int]()

    def uidl(self) -> tuple[bytes, list[bytes], int]:
        return b"+OK", [f"{number} {uidl}".encode() for number, uidl in self._left()], 0

    def list(self) -> tuple[bytes, list[bytes], int]:
        return b"+OK", [b"%d 100" % number for number, _ in self._left()], 0

    def dele(self, number: int) -> None:
        self.deleted.add(number)

    def quit(self) -> None:
        for number in self.deleted:
            self.server.remove(self.numbered[number - 1])

    def _left(self) -> Iterator[tuple[int, str]]:
        return ((number, uidl) for number, uidl in enumerate(self.numbered, 1) if number not in self.deleted)


class Desk:
    """Takes mails in, in batches, as the poller does."""

    def __init__(self, *uidls: str, **settings: Any) -> None:
        self.server, self.bucket, self.settings = list(uidls), CountingBucket(), settings
        self.cursor: Cursor | None = None
        self.read: list[str] = []
        self.left: list[int] = []

    def poll(self, batch: int = 1000, *, cut: bool = False) -> None:
        mailbox = Mailbox(**ACCOUNT | self.settings)
        drop = MailDrop(self.server)
        connection = Pop3Mailbox(drop, mailbox, doing_for(mailbox, ""), self.bucket)
        while listed := [mail.key for mail in connection.list_new(self.cursor)]:
            self.left.append(len(listed) + connection.more())
            for start in range(0, len(listed), batch):
                self.read += listed[start : start + batch]
                connection.finish(listed[start : start + batch])
                self.cursor = connection.cursor_after(self.read[-1])
        if not cut:
            drop.quit()


class CountingBucket(MemoryBucket):
    gets = 0

    def get(self, key: str) -> bytes:
        self.gets += 1
        return super().get(key)


def test_fifty_thousand_mails_left_on_the_server() -> None:
    desk = Desk(*(f"{number:08x}" for number in range(50_000)))
    desk.poll(batch=500)
    assert len(desk.read) == 50_000 and desk.left == [50_000, 40_000, 30_000, 20_000, 10_000]
    assert sum(map(len, desk.bucket.objects.values())) == 400_000 and len(str(desk.cursor)) < 200
    desk.server[100:200] = []
    desk.server.insert(7, "new")
    desk.poll()
    assert desk.read[50_000:] == ["new"]


def test_a_poll_with_nothing_new_asks_the_bucket_nothing() -> None:
    for after_fetch in ("keep", "delete"):
        desk = Desk("a", "b", after_fetch=after_fetch)
        desk.poll()
        before = desk.bucket.gets
        desk.poll()
        assert desk.bucket.gets == before and desk.read == ["a", "b"]


def test_mails_listed_in_another_order_are_the_same_mails() -> None:
    desk = Desk(*"abc")
    desk.poll()
    desk.server.reverse()
    desk.poll()
    assert desk.read == ["a", "b", "c"]


def test_what_a_cut_kept_the_server_from_deleting_is_deleted_next_time_and_not_read_again() -> None:
    desk = Desk("a", "b", after_fetch="delete")
    desk.poll(cut=True)
    assert desk.server == ["a", "b"]
    desk.server.append("c")
    desk.poll()
    assert (desk.server, desk.read) == ([], ["a", "b", "c"])


def test_mails_left_while_all_were_kept_stay_when_new_ones_are_deleted() -> None:
    desk = Desk("a", "b")
    desk.poll()
    desk.settings["after_fetch"] = "delete"
    desk.server.append("c")
    desk.poll()
    assert (desk.server, desk.read) == (["a", "b"], ["a", "b", "c"])


def test_copies_with_the_same_uidl_are_read_once_and_deleted_together() -> None:
    desk = Desk("a", "a", "b", after_fetch="delete")
    desk.poll()
    assert (desk.server, desk.read) == ([], ["a", "b"])


def test_a_memory_that_was_lost_means_reading_anew() -> None:
    desk = Desk("a", "b")
    desk.poll()
    desk.bucket.objects.clear()
    desk.server.append("c")
    desk.poll()
    assert desk.read == ["a", "b", "a", "b", "c"]


def test_when_a_mail_came_is_what_the_server_wrote_on_top() -> None:
    raw = b"Received: from a by b;\r\n Mon, 2 Mar 2026 10:30:00 +0100\r\nReceived: by a; Sun, 1 Mar 2026 00:00:00 +0000\r\n\r\n"
    assert received_at(raw) == datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    assert received_at(b"Subject: x\r\n\r\nReceived: by a; Sun, 1 Mar 2026 00:00:00 +0000") is None

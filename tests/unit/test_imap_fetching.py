"""How mails are put together into FETCH commands, and what happens to those a server cannot give."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, ProtocolError

from maildesk.connecting.servers import HELD_BYTES
from maildesk.mailboxes.imap.fetching import BATCH_MAILS, batches, fetch_batch
from maildesk.ports import Listed, TryAgain, Withheld


def listed(*sizes: int) -> list[Listed]:
    return [Listed(f"7.{uid}", size) for uid, size in enumerate(sizes, 1)]


class Server:
    """Gives every mail but the `broken`; `gone` mails are listed no more."""

    def __init__(self, error: Exception, broken: Sequence[int] = (), gone: Sequence[int] = ()) -> None:
        self.error, self.broken, self.gone = error, broken, gone
        self.commands: list[tuple[tuple[int, ...], str]] = []

    def fetch(self, uids: Sequence[int], items: Sequence[str]) -> dict[int, dict[bytes, Any]]:
        self.commands.append((tuple(uids), items[-1]))
        if set(uids) & set(self.broken):
            raise self.error
        key = items[-1].replace(".PEEK", "").encode()
        date = datetime(2026, 3, 2, 10, tzinfo=timezone(timedelta(hours=2)))
        return {uid: {key: b"mail %d" % uid, b"INTERNALDATE": date} for uid in uids if uid not in self.gone}

    def noop(self) -> None: ...

    def search(self, criteria: str) -> list[int]:
        uid = int(criteria.removeprefix("UID "))
        return [] if uid in self.gone else [uid]


def test_small_mails_share_a_command() -> None:
    assert [len(batch) for batch, _ in batches(listed(*[100] * 120), 0)] == [BATCH_MAILS, BATCH_MAILS, 20]


def test_a_command_asks_for_a_bounded_number_of_bytes() -> None:
    third = HELD_BYTES // 3
    assert [len(batch) for batch, _ in batches(listed(third, third, third, third, HELD_BYTES * 5, 1), 0)] == [3, 1, 1, 1]


def test_mails_above_the_limit_go_alone_and_by_their_header() -> None:
    found = [([mail.size for mail in batch], header_only) for batch, header_only in batches(listed(10, 1001, 1000, 5000), 1000)]
    assert found == [([10], False), ([1001], True), ([1000], False), ([5000], True)]


def test_nothing_is_nothing() -> None:
    assert list(batches([], 0)) == []


def test_dates_are_told_in_utc() -> None:
    (fetched,) = fetch_batch(Server(IMAPClientError()), listed(10), header_only=False)
    assert fetched.received_at == datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.mark.parametrize("error", [IMAPClientError("fetch failed: broken index"), ProtocolError("Tuple incomplete")])
def test_one_that_the_server_cannot_give_hides_no_other_and_leaves_a_stand_in(error: Exception) -> None:
    fetched = fetch_batch(Server(error, broken=[2]), listed(10, 10, 10), header_only=False)
    assert [mail.raw for mail in fetched][0::2] == [b"mail 1", b"mail 3"]
    assert [mail.header_only for mail in fetched] == [False, True, False]
    assert b"7.2, 10 bytes" in fetched[1].raw


def test_one_that_vanished_is_left_out() -> None:
    fetched = fetch_batch(Server(IMAPClientError("fetch failed: gone"), broken=[2], gone=[2]), listed(10, 10, 10), header_only=False)
    assert [mail.key for mail in fetched] == ["7.1", "7.3"]


class InParts(Server):
    """A mail of four bytes, given two at a time; `then` is raised instead of the second part."""

    def fetch(self, uids: Sequence[int], items: Sequence[str]) -> dict[int, dict[bytes, Any]]:
        offset = int(items[-1].partition("<")[2].partition(".")[0])
        if offset == 2 and self.broken:
            raise self.error
        return {} if offset == 2 and self.gone else {1: {b"BODY[]<%d>" % offset: b"mail"[offset : offset + 2]}}


def test_a_large_mail_comes_part_by_part() -> None:
    (large,) = fetch_batch(InParts(IMAPClientError()), listed(HELD_BYTES + 1), header_only=False)
    assert (large.raw, list(large.rest)) == (b"ma", [b"il"])


@pytest.mark.parametrize(
    ("server", "failure"),
    [
        (InParts(IMAPClientError("fetch failed: broken"), broken=[1]), Withheld),
        (InParts(IMAPClientAbortError("command: FETCH => socket error: EOF"), broken=[1]), IMAPClientAbortError),
        (InParts(IMAPClientError(), gone=[1]), TryAgain),
    ],
)
def test_a_large_mail_that_breaks_off_is_not_taken_for_whole(server: InParts, failure: type[Exception]) -> None:
    (large,) = fetch_batch(server, listed(HELD_BYTES + 1), header_only=False)
    with pytest.raises(failure):
        list(large.rest)


def test_a_lost_connection_is_not_taken_for_a_broken_mail() -> None:
    server = Server(IMAPClientAbortError("command: FETCH => socket error: EOF"), broken=[2])
    with pytest.raises(IMAPClientAbortError):
        fetch_batch(server, listed(10, 10, 10), header_only=False)
    assert len(server.commands) == 1

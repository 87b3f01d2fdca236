"""What every mailbox adapter keeps, whatever its protocol and server. Subclass it and give it an `account` fixture."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from maildesk.ports import Cursor, Fetched, GiveUp, MailboxConnection, TryAgain
from tests.servers.accounts import Account
from tests.servers.proxy import Proxy

ODD_MAILS = {
    "a NUL": b"Subject: nul\r\n\r\nbefore\0after\r\n",
    "8-bit everywhere": b"Subject: \xfc\xdf\xff\r\nFrom: \xe4 <a@example.com>\r\n\r\n" + bytes(range(128, 256)) + b"\r\n",
    "a line of 1 MB": b"Subject: long line\r\n\r\n" + b"x" * 1_000_000 + b"\r\n",
    "a header of 1 MB": b"".join(b"X-%d: %s\r\n" % (n, b"y" * 60) for n in range(15_000)) + b"Subject: huge header\r\n\r\nbody\r\n",
    "no header": b"\r\nonly a body\r\n",
    "no body": b"Subject: no body\r\n\r\n",
    "IMAP in its text": b'Subject: )\r\n\r\n* 1 EXPUNGE\r\nA001 OK Done.\r\n{10}\r\n"(\\\r\n',
}
LARGE = b"Subject: large\r\n\r\n" + b"".join(b"%0900d\r\n" % n for n in range(28_000))
FOLDERS = ["Support", "two words", "Grüße & Küsse", "日本語", 'a "quoted" name', "Support/Done"]


def mail(number: int) -> bytes:
    return f"Message-ID: <{number}@example.com>\r\nSubject: mail {number}\r\n\r\nText {number}\r\n".encode()


def numbers(mails: Sequence[Fetched] | Sequence[bytes]) -> list[int]:
    raws = [each.raw if isinstance(each, Fetched) else each for each in mails]
    return [int(raw.partition(b"Message-ID: <")[2].partition(b"@")[0]) for raw in raws]


def read(connection: MailboxConnection, cursor: Cursor | None = None, max_size: int = 0) -> list[Fetched]:
    return [whole(each) for each in connection.fetch(connection.list_new(cursor), max_size)]


def whole(fetched: Fetched) -> Fetched:
    return replace(fetched, raw=b"".join([fetched.raw, *fetched.rest]), rest=())


class Reader:
    """Takes mail in as the desk does: two at a time, and the cursor is saved last. It remembers over crashes."""

    def __init__(self) -> None:
        self.cursor: Cursor | None = None
        self.taken: set[bytes] = set()

    def poll(self, account: Account, **settings: Any) -> None:
        with account.open(**settings) as connection:
            listed = connection.list_new(self.cursor)
            for start in range(0, len(listed), 2):
                pair = listed[start : start + 2]
                self.taken.update(each.raw for each in connection.fetch(pair, 0))
                connection.finish([each.key for each in pair])
                self.cursor = connection.cursor_after(pair[-1].key)


class MailboxContract:
    """Whatever the protocol."""

    @pytest.fixture
    def account(self) -> Account:
        raise NotImplementedError

    def test_an_empty_mailbox_has_nothing_new(self, account: Account) -> None:
        with account.open() as connection:
            assert list(connection.list_new(None)) == []
            assert list(connection.fetch([], 0)) == []
            connection.finish([])

    def test_mails_come_oldest_first_and_as_they_were_sent(self, account: Account) -> None:
        mails = [mail(number) for number in range(5)]
        account.deliver(*mails)
        with account.open() as connection:
            assert [each.raw for each in read(connection)] == [account.kept(raw) for raw in mails]

    def test_keeping_takes_nothing_from_the_server(self, account: Account) -> None:
        account.deliver(mail(1), mail(2))
        Reader().poll(account, after_fetch="keep")
        assert numbers(account.mails()) == [1, 2]

    def test_the_cursor_keeps_what_was_read_from_coming_again(self, account: Account) -> None:
        account.deliver(*map(mail, range(4)))
        with account.open() as connection:
            listed = connection.list_new(None)
            half_way, at_the_end = connection.cursor_after(listed[1].key), connection.cursor_after(listed[3].key)
        with account.open() as connection:
            assert numbers(read(connection, half_way)) == [2, 3]
            assert list(connection.list_new(at_the_end)) == []

    def test_a_mailbox_that_numbers_anew_is_read_anew(self, account: Account) -> None:
        if not hasattr(account.server, "change_uidvalidity"):
            pytest.skip("this server cannot be made to number its mails anew")
        account.deliver(mail(1), mail(2))
        reader = Reader()
        reader.poll(account)
        account.server.change_uidvalidity(account.user)
        with account.open() as connection:
            assert numbers(read(connection, reader.cursor)) == [1, 2]

    def test_deleting(self, account: Account) -> None:
        account.deliver(mail(1), mail(2), mail(3))
        with account.open(after_fetch="delete") as connection:
            listed = connection.list_new(None)
            for _ in "twice":
                connection.finish([each.key for each in listed[:2]])
        assert numbers(account.mails()) == [3]

    def test_of_a_large_mail_only_the_header(self, account: Account) -> None:
        header = b"Message-ID: <2@example.com>\r\nSubject: large\r\n\r\n"
        account.deliver(mail(1), header + b"x\r\n" * 2000, mail(3))
        with account.open() as connection:
            listed = connection.list_new(None)
            fetched = list(connection.fetch(listed, max_size=1000))
        assert listed[1].size > 3000
        assert [each.header_only for each in fetched] == [False, True, False]
        assert fetched[1].raw == account.kept(header)
        assert numbers(fetched) == [1, 2, 3]

    @pytest.mark.parametrize("name", ODD_MAILS)
    def test_an_odd_mail_comes_as_it_is_and_hides_no_other(self, account: Account, name: str) -> None:
        account.deliver(mail(1), ODD_MAILS[name], mail(3))
        with account.open() as connection:
            first, odd, last = read(connection)
        assert odd.raw == account.kept(ODD_MAILS[name])
        assert numbers([first, last]) == [1, 3]

    def test_a_very_large_mail_comes_whole(self, account: Account) -> None:
        account.deliver(LARGE, mail(2))
        with account.open() as connection:
            fetched = read(connection)
        assert fetched[0].raw == account.kept(LARGE)
        assert numbers(fetched[1:]) == [2]

    def test_a_thousand_mails(self, account: Account) -> None:
        account.deliver(*map(mail, range(self.many)))
        with account.open() as connection:
            assert numbers(read(connection)) == list(range(self.many))

    many = 1000

    @pytest.fixture(params=["keep", "delete"])
    def after_fetch(self, request: pytest.FixtureRequest) -> str:
        return request.param

    def test_a_line_cut_at_any_command_loses_and_doubles_nothing(self, account: Account, after_fetch: str) -> None:
        account.deliver(*map(mail, range(5)))
        reader, cuts = Reader(), 0
        with Proxy(account.plain_port) as proxy:
            while True:
                proxy.cut_at(cuts)
                try:
                    reader.poll(account.on(proxy.port), after_fetch=after_fetch)
                    break
                except TryAgain:
                    cuts += 1
                    if cuts % 7 == 0:  # later cuts need something to be left to do
                        account.deliver(mail(1000 + cuts))
        assert cuts > 8
        reader.poll(account, after_fetch=after_fetch)
        expected = [*range(5), *(1000 + cut for cut in range(7, cuts + 1, 7))]
        assert sorted(numbers(list(reader.taken))) == expected
        # Without MOVE, what was cut off between flagging and expunging stays behind, flagged.
        left = [raw for raw, flags in zip(account.mails(), account.flags(), strict=True) if "Deleted" not in flags]
        archived = account.mails("Archive")
        where = {"keep": (expected, []), "move": ([], expected), "delete": ([], [])}
        assert (sorted(numbers(left)), sorted(numbers(archived))) == where[after_fetch]

    def test_closing_never_raises(self, account: Account) -> None:
        with Proxy(account.plain_port) as proxy, account.on(proxy.port).open():
            proxy.cut()


class InPartsContract:
    """And where a large mail can be had in parts."""

    def test_of_a_mail_too_large_to_be_held_a_part_is_held_at_a_time(self, account: Account) -> None:
        account.deliver(LARGE, mail(2))
        with account.open() as connection:
            fetching = connection.fetch(connection.list_new(None), 0)
            large = next(fetching)
            parts = [large.raw, *large.rest]
            assert numbers(list(fetching)) == [2]
        assert b"".join(parts) == account.kept(LARGE)
        assert max(map(len, parts)) < 5_000_000 and not large.header_only


class FolderMailboxContract(MailboxContract):
    """And where the protocol knows folders, which mails are unread, and when each came."""

    @pytest.fixture(params=["keep", "move", "delete"])
    def after_fetch(self, request: pytest.FixtureRequest) -> str:
        return request.param

    def test_the_servers_date_is_in_utc(self, account: Account) -> None:
        account.deliver(mail(1))
        with account.open() as connection:
            (fetched,) = read(connection)
        assert fetched.received_at is not None
        assert fetched.received_at.tzinfo is UTC
        assert abs(datetime.now(UTC) - fetched.received_at) < timedelta(minutes=5)

    def test_what_came_before_a_moment_is_left_alone(self, account: Account) -> None:
        account.deliver(mail(1), mail(2))
        hour = timedelta(hours=1)
        with account.open(not_before=datetime.now(UTC) + hour) as connection:
            assert list(connection.list_new(None)) == []
        with account.open(not_before=datetime.now(UTC) - hour) as connection:
            assert numbers(read(connection)) == [1, 2]

    def test_keeping_marks_nothing_as_read(self, account: Account) -> None:
        account.deliver(mail(1), mail(2))
        before = account.flags()
        Reader().poll(account, after_fetch="keep")
        assert account.flags() == before == ["", ""]

    def test_unread_only_or_all(self, account: Account) -> None:
        account.deliver(mail(1), read=True)
        account.deliver(mail(2))
        with account.open(only_unread=True) as connection:
            assert numbers(read(connection)) == [2]
        with account.open(only_unread=False) as connection:
            assert numbers(read(connection)) == [1, 2]

    @pytest.mark.parametrize("archive", FOLDERS)
    def test_moving_to_a_folder_that_is_created(self, account: Account, archive: str) -> None:
        account.deliver(mail(1), mail(2), mail(3))
        with account.open(after_fetch="move", archive_folder=archive) as connection:
            listed = connection.list_new(None)
            for _ in "twice":
                connection.finish([each.key for each in listed[:2]])
        assert numbers(account.mails()) == [3]
        assert numbers(account.mails(archive)) == [1, 2]

    @pytest.mark.parametrize("folder", FOLDERS)
    def test_reading_a_folder_of_any_name(self, account: Account, folder: str) -> None:
        account.deliver(mail(1), folder=folder)
        with account.open(folder=folder) as connection:
            assert numbers(read(connection)) == [1]

    def test_a_missing_folder_is_named(self, account: Account) -> None:
        with account.open(folder="Nowhere") as connection, pytest.raises(GiveUp, match=r"no folder Nowhere .* There are: .*INBOX"):
            connection.list_new(None)

    def test_what_others_flagged_for_deletion_stays(self, account: Account) -> None:
        account.deliver(*map(mail, range(4)))
        account.flag_deleted(2)
        with account.open(after_fetch="delete") as connection:
            listed = connection.list_new(None)
            assert len(listed) == 3
            connection.finish([listed[0].key])
            assert len(connection.list_new(None)) == 2
        assert 1 in numbers(account.mails())

    def test_a_mail_that_vanishes_meanwhile_is_left_out(self, account: Account) -> None:
        account.deliver(*map(mail, range(3)))
        with account.open(after_fetch="move") as connection:
            listed = connection.list_new(None)
            account.delete(uid=2)
            assert numbers(list(connection.fetch(listed, 0))) == [0, 2]
            connection.finish([each.key for each in listed])
        assert account.mails() == []
        assert numbers(account.mails("Archive")) == [0, 2]

    def test_the_connection_test_counts(self, account: Account) -> None:
        account.deliver(mail(1), read=True)
        account.deliver(mail(2))
        steps = {step.name: step for step in account.check(after_fetch="move")}
        assert all(step.ok for step in steps.values())
        assert steps["folder"].detail == "INBOX holds 2 mails, 1 of them unread"
        assert steps["archive folder"].detail == "Archive will be created"


class WebMailboxContract(FolderMailboxContract, InPartsContract):
    """Where a web service is asked, which tells what is new a page at a time. `account.server` is a server whose `cut` breaks
    the line at a request."""

    inbox = "Inbox"
    fewest_cuts = 5
    test_what_others_flagged_for_deletion_stays = None  # type: ignore[assignment]  # no such flag there

    def test_a_thousand_mails(self, account: Any) -> None:
        """A page at a time: the desk asks on until nothing is new."""
        account.deliver(*map(mail, range(1000)))
        found: list[int] = []
        with account.open() as connection:
            cursor = None
            while listed := connection.list_new(cursor):
                found += numbers(list(connection.fetch(listed, 0)))
                cursor = connection.cursor_after(listed[-1].key)
        assert found == list(range(1000))

    def test_a_missing_folder_is_named(self, account: Any) -> None:
        named = rf"no folder Nowhere .* There are: {self.inbox}"
        with account.open(folder="Nowhere") as connection, pytest.raises(GiveUp, match=named):
            connection.list_new(None)

    def test_a_line_cut_at_any_command_loses_and_doubles_nothing(self, account: Any, after_fetch: str) -> None:
        account.deliver(*map(mail, range(9)))
        reader, step = Reader(), 0
        while True:
            account.server.cut = step
            try:
                reader.poll(account, after_fetch=after_fetch)
                if account.server.cut is not None:
                    break
            except TryAgain:
                account.deliver(mail(1000 + step))
            step += 1
        account.server.cut = None
        for _ in range(step + 9):
            reader.poll(account, after_fetch=after_fetch)
        expected = [*range(9), *(1000 + cut for cut in range(step))]
        assert step >= self.fewest_cuts
        assert sorted(numbers(list(reader.taken))) == expected
        left, archived = sorted(numbers(account.mails())), sorted(numbers(account.mails("Archive")))
        assert (left, archived) == {"keep": (expected, []), "move": ([], expected), "delete": ([], [])}[after_fetch]

    def test_closing_never_raises(self, account: Any) -> None:
        with account.open():
            account.server.cut = 0

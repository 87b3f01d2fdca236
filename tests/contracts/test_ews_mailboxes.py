"""Exchange Web Services pass the mailbox contract, on a server written from the vendor's published one."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from local.mail.certificates import authority
from maildesk.connecting.exchange import WITHHELD
from maildesk.mailboxes.ews.finding import find_in_ews
from maildesk.ports import GiveUp, TryAgain
from tests.contracts.mailbox_contract import LARGE, Reader, WebMailboxContract, mail, numbers, read, whole
from tests.servers.ews import PASSWORD, EwsServer
from tests.servers.ews_account import EwsAccount
from tests.servers.web import Answer, trusted


def half(answer: Answer) -> Answer:
    """Of what was promised."""
    ending = {"Content-Length": str(len(answer.body)), "Connection": "close"}
    return replace(answer, body=answer.body[: len(answer.body) // 2], headers=answer.headers | ending)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EwsServer]:
    certificates = authority()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(trusted(certificates, tmp_path)))
    with EwsServer(certificates, page=7) as server:
        server.change_uidvalidity = lambda _user: server.forget_sync_states()  # type: ignore[attr-defined]
        yield server
    assert server.problems == []


class TestEws(WebMailboxContract):
    inbox = "Posteingang"

    @pytest.fixture
    def account(self, server: EwsServer) -> Any:
        return EwsAccount(server)


@pytest.fixture
def account(server: EwsServer) -> EwsAccount:
    return EwsAccount(server)


def test_a_mail_with_nothing_new_after_it_costs_one_request_after_sign_in(account, server):
    account.deliver(mail(1))
    reader = Reader()
    reader.poll(account)
    server.requests.clear()
    reader.poll(account)
    assert server.requests == ["GetFolder", "SyncFolderItems"]  # the first signs in


def test_several_mails_come_in_one_answer_and_are_moved_by_one_request(account, server):
    account.deliver(*map(mail, range(5)))
    with account.open(after_fetch="move") as connection:
        fetched = read(connection)
        connection.finish([each.key for each in fetched])
    assert server.requests.count("GetItem") == server.requests.count("MoveItem") == 1


def test_a_folder_by_its_distinguished_name_in_any_language(account, server):
    server.mail.folders["junk"] = type(server.mail.folders[server.folder("INBOX")])("junk", "Spam-Verdacht", distinguished="junkemail")
    server.deliver(mail(1), "Spam-Verdacht")
    with account.open(folder="JunkEmail") as connection:
        assert numbers(read(connection)) == [1]


def test_a_folder_below_the_inbox_in_any_language(account, server):
    server.mail.folders["below"] = type(server.mail.folders[server.folder("INBOX")])("below", "Support", server.folder("INBOX"))
    server.mail.items[(item := server.deliver(mail(1))).id].folder = "below"
    with account.open(folder="INBOX/support", after_fetch="move", archive_folder="inbox/Done/2026") as connection:
        (listed,) = connection.list_new(None)
        connection.finish([listed.key])
    assert item.id not in server.mail.items
    (moved,) = server.mail.items.values()
    done = server.mail.folders[server.mail.folders[moved.folder].parent]
    assert (server.mail.folders[moved.folder].name, done.name, done.parent) == ("2026", "Done", server.folder("INBOX"))


def test_what_is_no_mail_is_left_alone(account, server):
    server.deliver(mail(1), kind="Contact")
    server.deliver(mail(2), kind="CalendarItem")
    with account.open() as connection:
        assert read(connection) == []


def test_meetings_and_what_exchange_has_no_name_for_are_mails(account, server):
    kinds = ["Message", "MeetingRequest", "MeetingResponse", "MeetingCancellation", "Item"]
    for number, kind in enumerate(kinds):
        server.deliver(mail(number), kind=kind)
    with account.open() as connection:
        assert numbers(read(connection)) == list(range(len(kinds)))


def test_a_mail_marked_as_read_or_deleted_since_is_not_new(account, server):
    account.deliver(mail(1), mail(2))
    reader = Reader()
    reader.poll(account)
    server.mark(server.items("INBOX")[0], read=True)
    server.mark(server.items("INBOX")[0], read=False)
    server.remove(server.items("INBOX")[1])
    with account.open() as connection:
        assert list(connection.list_new(reader.cursor)) == []


def unreadable(account, server, raw):
    """How it comes, and the mail after it."""
    server.unreadable.add(server.deliver(raw).id)
    account.deliver(mail(2))
    with account.open() as connection:
        return read(connection)


@pytest.mark.parametrize("code", sorted(WITHHELD))
def test_a_mail_that_the_server_does_not_give_comes_as_its_header_and_hides_no_other(account, server, code):
    server.withholds = code
    withheld, other = unreadable(account, server, mail(1))
    assert (withheld.raw, withheld.header_only) == (b"Message-ID: <1@example.com>\r\nSubject: mail 1\r\n\r\n", True)
    assert numbers([other]) == [2]


def test_a_mail_sent_within_exchange_comes_as_what_is_known_of_its_header(account, server):
    server.without_header = True
    raw = b"Received: by a\r\nFrom: anna@example.com\r\nSubject: Hello\r\n\r\nText"
    assert unreadable(account, server, raw)[0].raw == b"From: anna@example.com\r\nSubject: Hello\r\n\r\n"


def test_of_what_is_no_message_to_the_server_less_is_asked(account, server):
    server.unreadable.add(server.deliver(mail(1), kind="Item").id)
    with account.open() as connection:
        (fetched,) = read(connection)
    assert (numbers([fetched]), fetched.header_only) == ([1], True)


def test_mails_of_which_nothing_is_known_are_told_apart(account, server):
    server.without_header = True
    server.unreadable |= {server.deliver(b"\r\nText").id for _ in range(2)}
    with account.open() as connection:
        first, second = read(connection)
    assert b"does not give the header" in first.raw and first.raw != second.raw


@pytest.mark.parametrize(
    "code", ["ErrorTimeoutExpired", "ErrorInternalServerError", "ErrorBatchProcessingStopped", "ErrorMailboxStoreUnavailable"]
)
@pytest.mark.parametrize("raw", [mail(1), LARGE], ids=["small", "large"])
def test_trouble_of_the_server_is_worth_another_try(account, server, code, raw):
    server.withholds = code
    with pytest.raises(TryAgain, match=code):
        unreadable(account, server, raw)


def test_a_server_that_is_busy_when_a_large_mail_is_asked_for_is_left_alone(account, server):
    account.deliver(LARGE)
    with account.open() as connection:
        listed = connection.list_new(None)
        server.busy = [7000]
        with pytest.raises(TryAgain, match="is busy") as busy:
            list(connection.fetch(listed, 0))
    assert busy.value.seconds == 7


def test_a_mail_larger_than_stated_is_not_taken_whole(account, server):
    server.deliver(mail(1) + b"x" * 5000)
    with account.open() as connection:
        (listed,) = connection.list_new(None)
        (fetched,) = connection.fetch([type(listed)(listed.key, 10)], 1000)
    assert (fetched.header_only, fetched.raw) == (True, mail(1).partition(b"Text")[0])


def test_a_long_sync_state_is_kept_in_the_bucket_and_a_lost_one_reads_anew(account, server):
    server.state_bytes = 30_000
    account.deliver(mail(1), mail(2))
    reader = Reader()
    reader.poll(account)
    assert len(str(reader.cursor)) < 200 and [len(kept) > 30_000 for kept in account.bucket.objects.values()] == [True]
    account.deliver(mail(3))
    with account.open() as connection:
        assert numbers(read(connection, reader.cursor)) == [3]
    account.bucket.objects.clear()
    with account.open() as connection:
        assert numbers(read(connection, reader.cursor)) == [1, 2, 3]


def test_a_folder_full_of_mail_that_was_read_long_ago_is_gone_through_once(account, server):
    for number in range(25 * server.page):
        server.deliver(mail(number), read=True)
    with account.open() as connection:
        assert list(connection.list_new(None)) == []
    assert server.requests.count("SyncFolderItems") == 25
    server.requests.clear()
    with account.open() as connection:
        assert list(connection.list_new(None)) == []
    assert server.requests.count("SyncFolderItems") == 6
    account.deliver(mail(1000))
    server.forget_sync_states()
    with account.open() as connection:
        assert numbers(read(connection)) == [1000]


@pytest.mark.parametrize("pages", [1, 3])
def test_pages_that_lead_in_a_circle_are_not_read_for_ever(account, server, pages):
    page, first = iter(range(10_000)), list[Answer]()

    def circling(answer, request):
        first.append(first[0] if first else answer(request))
        body = first[0].body.replace(b"InRange>true", b"InRange>false")
        return replace(first[0], body=re.sub(rb"(SyncState>)[^<]+", rb"\g<1>state %d" % (next(page) % pages), body))

    with account.open() as connection, pytest.raises(TryAgain, match="in a circle"):
        server.disturb = circling
        connection.list_new(None)
    assert next(page) == pages + 1


def test_the_mailbox_of_another_by_its_address(account, server):
    server.rights.add("sales@example.test")
    with account.open(address="sales@example.test"):
        pass
    with pytest.raises(GiveUp, match="full access to this mailbox"):
        account.open(address="boss@example.test")


def test_another_address_is_read_from_its_beginning(account):
    assert account.mailbox().source != account.mailbox(address="sales@example.test").source


def test_a_mail_is_found_where_it_came_to_or_was_put(account, server):
    server.deliver(mail(1))
    server.deliver(mail(2), "Archive")
    server.deliver(mail(3), "Elsewhere")
    moving = account.mailbox(after_fetch="move")
    assert [find_in_ews(moving, PASSWORD, f"{number}@example.com") for number in (1, 2, 3)] == [True, True, False]


def test_a_large_mail_that_is_not_read_to_its_end_keeps_no_other_waiting(account):
    account.deliver(LARGE, mail(2))
    with account.open() as connection:
        large, other = connection.fetch(connection.list_new(None), 0)
        assert large.rest and numbers([other]) == [2]


def test_a_large_mail_that_the_server_does_not_give_comes_as_its_header(account, server):
    server.unreadable.add(server.deliver(LARGE).id)
    with account.open() as connection:
        (fetched,) = read(connection)
    assert (fetched.raw, fetched.header_only) == (b"Subject: large\r\n\r\n", True)


@pytest.mark.parametrize("breaks_off", [lambda answer: replace(answer, body=answer.body[:9_000_000]), half])
def test_a_large_mail_that_breaks_off_is_worth_another_try(account, server, breaks_off):
    account.deliver(LARGE)
    with account.open() as connection:
        listed = connection.list_new(None)
        server.disturb = lambda answer, request: breaks_off(answer(request))
        with pytest.raises(TryAgain, match="while the mailbox was read"):
            list(map(whole, connection.fetch(listed, 0)))

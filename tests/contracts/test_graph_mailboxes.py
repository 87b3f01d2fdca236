"""Microsoft Graph passes the mailbox contract, on a server written from the vendor's published one."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from local.mail.certificates import authority
from maildesk.mailboxes.graph.check import check_graph
from maildesk.ports import GiveUp, TryAgain
from tests.contracts.mailbox_contract import Reader, WebMailboxContract, mail, numbers, read
from tests.servers.graph import TOKEN, USER, GraphServer
from tests.servers.graph_account import GraphAccount
from tests.servers.tokens import signed
from tests.servers.web import Answer, trusted


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GraphServer]:
    certificates = authority()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(trusted(certificates, tmp_path)))
    with GraphServer(certificates) as server:
        server.change_uidvalidity = lambda _user: server.forget_delta_tokens()  # type: ignore[attr-defined]
        yield server
    assert server.problems == []


class TestGraph(WebMailboxContract):
    fewest_cuts = 9

    @pytest.fixture
    def account(self, server: GraphServer) -> Any:
        return GraphAccount(server)


@pytest.fixture
def account(server: GraphServer) -> GraphAccount:
    return GraphAccount(server)


def test_the_connection_test_of_a_mailbox_names_the_missing_permission(account, server):
    server.permissions = frozenset()
    assert account.check()[-1].detail == (
        '127.0.0.1 refused for support@example.test: "403 ErrorAccessDenied: ErrorAccessDenied, says the test". '
        "Give the app the application permission Mail.Read, with an administrator's consent."
    )


def test_the_connection_test_looks_at_line_app_and_folders(account):
    account.deliver(mail(1))
    steps = account.check(after_fetch="move")
    assert all(step.ok for step in steps)
    details = {step.name: step.detail for step in steps}
    assert list(details) == ["name", "connection", "encryption", "sign-in", "permissions", "folder", "archive folder"]
    assert details["encryption"] == "TLSv1.3, certificate by Maildesk test authority, 30 days left"
    assert details["sign-in"] == "the app may read support@example.test"
    assert details["folder"] == "INBOX holds 1 mails, 1 of them unread"
    assert details["archive folder"] == "Archive will be created"


def permissions(server, mailbox, **claims):
    token = signed(USER, **claims)
    server.tokens = {token}
    return next(step for step in check_graph(mailbox, token) if step.name == "permissions")


@pytest.mark.parametrize("after_fetch", ["move", "delete"])
def test_a_permission_that_will_be_missing_is_named_before_it_is_needed(account, server, after_fetch):
    told = permissions(server, account.mailbox(after_fetch=after_fetch), roles=["Mail.Read", "User.Read.All"])
    assert (told.ok, told.detail) == (
        False,
        "The app has Mail.Read, but not Mail.ReadWrite. Give it the application permission Mail.ReadWrite, with an administrator's "
        "consent; a new access token may take some minutes to show it.",
    )


@pytest.mark.parametrize("claims", [{"roles": ["Mail.ReadWrite"]}, {"roles": ["Mail.Read"]}, {"scp": "openid Mail.Read.Shared"}])
def test_permissions_that_are_enough_for_reading(account, server, claims):
    assert permissions(server, account.mailbox(), **claims).ok


def test_permissions_that_exchange_gives_are_not_in_the_token(account, server):
    told = permissions(server, account.mailbox(after_fetch="move"), roles=["User.Read.All"])
    assert (told.ok, told.detail) == (True, "the access token names none for mail: Mail.ReadWrite must be granted in Exchange")


def test_moving_needs_more_than_reading(account, server):
    server.permissions = frozenset({"Mail.Read"})
    account.deliver(mail(1))
    with account.open(after_fetch="delete") as connection:
        (listed,) = connection.list_new(None)
        with pytest.raises(GiveUp, match=r"permission Mail\.ReadWrite"):
            connection.finish([listed.key])


@pytest.mark.parametrize(
    ("status", "stated", "seconds"),
    [(429, "77", 77), (503, "5", 5), (429, None, 10), (503, "Fri, 31 Dec", 10), (503, "\xb2", 10), (429, "9" * 400, 3600)],
)
def test_a_busy_server_says_how_long_to_wait(account, server, status, stated, seconds):
    server.busy = [(status, stated)]
    with pytest.raises(TryAgain, match="It is busy") as busy:
        account.open()
    assert busy.value.seconds == seconds


def test_a_token_that_ended_is_worth_another_try(account, server):
    with account.open() as connection:
        server.tokens.clear()
        with pytest.raises(TryAgain, match="does not take the access token") as failure:
            connection.list_new(None)
    assert TOKEN not in str(failure.value)


def test_a_folder_by_its_well_known_name_in_any_language(account, server):
    server.mail.folders["junkemail"] = type(server.mail.folders["F0="])("junkemail", "Spam-Verdacht")
    server.deliver(mail(1), "Spam-Verdacht")
    with account.open(folder="JunkEmail") as connection:
        assert numbers(read(connection)) == [1]


def test_a_folder_below_the_inbox_in_any_language(account, server):
    server.mail.folders["below"] = type(server.mail.folders["F0="])("below", "Support", "F0=")
    server.mail.messages[server.deliver(mail(1))].folder = "below"
    with account.open(folder="INBOX/support") as connection:
        assert numbers(read(connection)) == [1]


def test_an_archive_folder_that_differs_by_case_is_the_one_that_is_there(account, server):
    server.folder("Done")
    account.deliver(mail(1))
    Reader().poll(account, after_fetch="move", archive_folder="done")
    assert numbers(account.mails("Done")) == [1]


def test_a_cursor_that_leads_to_another_server_counts_as_none(account):
    account.deliver(mail(1))
    with account.open() as connection:
        assert len(connection.list_new({"link": "https://elsewhere.test/v1.0/", "done": []})) == 1


def test_a_link_to_another_server_is_not_followed(account, server):
    with account.open() as connection, pytest.raises(GiveUp, match="points to another server"):
        server.disturb = lambda answer, request: Answer(200, b'{"value": [], "@odata.nextLink": "https://elsewhere.test/v1.0/"}')
        connection.list_new(None)


@pytest.mark.parametrize("pages", [1, 3])
def test_pages_that_lead_in_a_circle_are_not_read_for_ever(account, server, pages):
    page = iter(range(10_000))
    circle = f"{server.origin}/v1.0/users/support%40example.test/delta?page="

    def answer(_answer, _request):
        return Answer(200, f'{{"value": [], "@odata.nextLink": "{circle}{next(page) % pages}"}}'.encode())

    with account.open() as connection, pytest.raises(TryAgain, match="in a circle"):
        server.disturb = answer
        connection.list_new(None)
    assert next(page) == pages + 1


def test_a_link_that_brings_the_same_mails_again_is_not_read_again(account, server):
    account.deliver(mail(1))

    def leading_to_itself(answer, request):
        if "delta" not in request.target:
            return answer(request)
        page = answer(request)
        here = f'"@odata.deltaLink":"{server.origin}{request.target}"'
        return replace(page, body=re.sub(rb'"@odata.deltaLink":"[^"]*"', here.encode(), page.body))

    server.disturb = leading_to_itself
    with account.open() as connection, pytest.raises(TryAgain, match="in a circle"):
        cursor = None
        for _ in range(3):  # the first link is written in another way
            (listed,) = connection.list_new(cursor)
            cursor = connection.cursor_after(listed.key)


def test_meetings_are_mails(account, server):
    for number, kind in enumerate(["message", "eventMessage", "eventMessageRequest", "eventMessageResponse"]):
        server.deliver(mail(number), kind=kind)
    with account.open() as connection:
        assert numbers(read(connection)) == [0, 1, 2, 3]


def test_a_mail_without_a_date_is_read(account, server):
    account.deliver(mail(1))
    server.disturb = lambda answer, request: undated(answer(request)) if "delta" in request.target else answer(request)
    with account.open() as connection:
        (fetched,) = read(connection)
    assert (numbers([fetched]), fetched.received_at) == ([1], None)


def undated(page: Answer) -> Answer:
    return replace(page, body=re.sub(rb'"receivedDateTime":"[^"]*"', b'"receivedDateTime":null', page.body))


def withheld(account, server, raw):
    """How it comes, and the mail after it."""
    server.withheld.add(server.deliver(raw))
    account.deliver(mail(2))
    with account.open() as connection:
        return read(connection)


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (
            b"Received: by a\r\nFrom: a@example.com\r\nSubject: Signed\r\n\r\nText",
            b"Received: by a\r\nFrom: a@example.com\r\nSubject: Signed\r\n\r\n",
        ),
        (b"Received: by a\r\nSubject: Undeliverable\r\n\r\nText", b"Subject: Undeliverable\r\n\r\n"),
    ],
)
def test_a_mail_that_the_server_does_not_give_comes_as_its_header_and_hides_no_other(account, server, raw, told):
    """As Exchange Online does of encrypted mails, and of bounces of signed ones."""
    first, other = withheld(account, server, raw)
    assert (first.raw, first.header_only) == (told, True)
    assert numbers([other]) == [2]


def test_mails_of_which_nothing_is_known_are_told_apart(account, server):
    server.withheld |= {server.deliver(b"\r\nText") for _ in range(2)}
    with account.open() as connection:
        first, second = read(connection)
    assert b"does not give the header" in first.raw and first.raw != second.raw


@pytest.mark.parametrize("status", [200, 302, 404, 502])
@pytest.mark.parametrize("of", ["/messages/delta", "/$value", "/move", "/mailFolders"])
def test_what_something_in_between_says_passes_neither_for_a_mail_nor_for_one_that_vanished(account, server, of, status):
    account.deliver(mail(1))
    reader = Reader()
    server.disturb = lambda answer, request: (
        Answer(status, b"<html>Sign in</html>", "text/html") if of in request.target else answer(request)
    )
    with pytest.raises((TryAgain, GiveUp), match=r"not Microsoft Graph's|refused"):
        reader.poll(account, after_fetch="move")
    assert reader.cursor is None and numbers(account.mails()) == [1] and reader.taken <= {mail(1)}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b"null", b'{"value": 7}', b'{"value": [{}]}', b'{"value": ["M1"]}', b"\xff\xfe"])
def test_an_answer_that_is_not_graphs_says_so(account, server, body):
    account.deliver(mail(1))
    with account.open() as connection, pytest.raises(TryAgain, match="not Microsoft Graph's"):
        server.disturb = lambda answer, request: Answer(200, body)
        connection.list_new(None)

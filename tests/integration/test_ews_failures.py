"""Every way a mailbox on Exchange fails, as the operator reads it: what is wrong, where, and what to do."""

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.aws import free_port
from local.mail.certificates import authority
from maildesk.ports import GiveUp, TryAgain
from tests.contracts.mailbox_contract import mail, numbers, read
from tests.servers.ews import ADDRESS, PASSWORD, USER, EwsServer
from tests.servers.ews_account import EwsAccount
from tests.servers.ntlm import NtlmServer
from tests.servers.soap import envelope, fault, xml
from tests.servers.web import Answer, trusted

LISTED = "while the folder was listed for EXAMPLE\\desk"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NTLM_USER_FILE", "")  # set anew by NtlmServer
    return tmp_path


@pytest.fixture
def server(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EwsServer]:
    certificates = authority()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(trusted(certificates, folder)))
    with EwsServer(certificates) as server:
        yield server


@pytest.fixture
def account(server: EwsServer) -> EwsAccount:
    return EwsAccount(server)


def failure(account: EwsAccount, password: str = PASSWORD, **changes: Any) -> tuple[type[Exception], str]:
    """What a poll ends with; the server's name is left out."""
    account.deliver(mail(1))
    with pytest.raises((TryAgain, GiveUp)) as caught, account.open(password, **changes) as connection:
        connection.finish([each.key for each in read(connection)])
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    sentence = str(caught.value)
    assert password not in sentence
    return caught.type, sentence.replace(account.ews.origin.removeprefix("https://").replace(":", " port "), "{server}")


def test_a_wrong_password(account: EwsAccount) -> None:
    expected = "{server} does not let EXAMPLE\\desk sign in. Check user (DOMAIN\\user, or a user principal name) and password."
    assert failure(account, "wrong") == (GiveUp, expected)


def test_a_wrong_password_by_ntlm_and_a_right_one(server: EwsServer, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificates = authority()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(trusted(certificates, folder)))
    with NtlmServer(certificates, folder) as ntlm:
        account = EwsAccount(ntlm)
        assert "does not let EXAMPLE\\desk sign in" in failure(account, "wrong")[1]
        assert "does not let EXAMPLE\\nobody sign in" in failure(account, user="EXAMPLE\\nobody")[1]
        with account.open(after_fetch="move") as connection:
            assert numbers(read(connection)) == [1, 1]
        assert ntlm.handshakes == 1


@pytest.mark.parametrize("challenge", ["nonsense", ""])
def test_a_broken_ntlm_handshake_is_told_and_the_library_logs_no_request(
    account: EwsAccount, challenge: str, caplog: pytest.LogCaptureFixture
) -> None:
    offered = f"NTLM {b64encode(challenge.encode()).decode()}"
    account.ews.disturb = lambda answer, request: Answer(401, headers={"WWW-Authenticate": offered})
    assert failure(account)[1].endswith("sign in: it broke off NTLM. Check user and password.")
    assert "Envelope" not in caplog.text


def test_a_server_that_knows_neither_ntlm_nor_basic(account: EwsAccount) -> None:
    account.ews.offers = "Bearer"
    assert "does not let EXAMPLE\\desk sign in" in failure(account)[1]


def test_no_right_to_the_mailbox(account: EwsAccount) -> None:
    account.ews.rights.clear()
    assert failure(account) == (
        GiveUp,
        REFUSED + '"ErrorItemNotFound: ErrorItemNotFound, says the test". '
        "Check address, and that the user has full access to this mailbox.",
    )


@pytest.mark.parametrize(("milliseconds", "seconds"), [(12_500, 12.5), (90_000, 90), (int("9" * 40), 3600)])
def test_a_busy_server_says_how_long_to_wait(account: EwsAccount, milliseconds: int, seconds: float) -> None:
    account.ews.busy = [milliseconds]
    with pytest.raises(TryAgain, match="is busy") as busy:
        account.open()
    assert busy.value.seconds == seconds


@pytest.mark.parametrize(("stated", "seconds"), [("30", 30), ("\xb2", 10), ("Fri, 31 Dec", 10), ("9" * 400, 3600)])
def test_a_server_that_is_too_busy_for_http(account: EwsAccount, stated: str, seconds: float) -> None:
    account.ews.busy = [Answer(503, headers={"Retry-After": stated})]
    with pytest.raises(TryAgain, match="is busy") as busy:
        account.open()
    assert busy.value.seconds == seconds


@pytest.mark.parametrize(("milliseconds", "seconds"), [("7000", 7), ("9" * 400, 3600)])
def test_a_server_that_is_busy_within_an_answer(account: EwsAccount, milliseconds: str, seconds: float) -> None:
    waiting = xml("m:MessageXml", xml("t:Value", text=milliseconds, Name="BackOffMilliseconds"))
    code = xml("m:ResponseCode", text="ErrorServerBusy")
    message = xml("m:GetFolderResponseMessage", xml("m:MessageText", text="Busy."), code, waiting, ResponseClass="Error")
    account.ews.busy = [soap(xml("m:GetFolderResponse", xml("m:ResponseMessages", message)))]
    with pytest.raises(TryAgain, match="is busy") as busy:
        account.open()
    assert busy.value.seconds == seconds


def soap(body: str) -> Answer:
    return Answer(200, envelope(body), "text/xml; charset=utf-8")


REFUSED = "{server} refused while a folder of support@example.test was opened for EXAMPLE\\desk: "
OPENED = "while a folder of support@example.test was opened for EXAMPLE\\desk"
BROKEN: dict[str, tuple[Answer, type[Exception], str]] = {
    "is too busy for HTTP": (Answer(503, headers={"Retry-After": "30"}), TryAgain, "{server} is busy (HTTP 503)."),
    "has no EWS": (Answer(404), GiveUp, "{server} answers, but not as Exchange Web Services (HTTP 404). Check host and port."),
    "does not allow EWS": (
        Answer(403),
        GiveUp,
        "{server} forbids EXAMPLE\\desk Exchange Web Services (HTTP 403). Ask its administrator to allow EWS for this user.",
    ),
    "sends us to Outlook on the web": (
        Answer(302, headers={"Location": "https://mail.example.test/owa/auth.aspx?url=x"}),
        GiveUp,
        "{server} sends Exchange Web Services elsewhere, to https://mail.example.test/owa/auth.aspx. Check host.",
    ),
    "fails": (Answer(500, b"<html>"), TryAgain, "{server} failed (HTTP 500). If this goes on, look into the server's log."),
    "answers by a page": (
        Answer(200, b"<html><body>Sign in</body></html>", "text/html"),
        TryAgain,
        f"{{server}} gave an answer that is not Exchange Web Services {OPENED}. If this goes on, check host and port.",
    ),
    "answers nothing": (
        Answer(200, b"", "text/xml"),
        TryAgain,
        f"{{server}} gave an answer that is not Exchange Web Services {OPENED}. If this goes on, check host and port.",
    ),
    "answers half": (
        soap(xml("m:GetFolderResponse")),
        TryAgain,
        f"{{server}} gave an answer that is not Exchange Web Services {OPENED}. If this goes on, check host and port.",
    ),
    "does not know the mailbox": (
        Answer(500, fault("ErrorNonExistentMailbox", "The SMTP address has no mailbox.")),
        GiveUp,
        REFUSED + '"ErrorNonExistentMailbox: The SMTP address has no mailbox". '
        "Check address: it must be the primary address of a mailbox on this server.",
    ),
    "moves the mailbox": (
        Answer(500, fault("ErrorMailboxMoveInProgress", "Moving.")),
        TryAgain,
        REFUSED + '"ErrorMailboxMoveInProgress: Moving". The mailbox is being moved; it will be back.',
    ),
    "has trouble": (
        Answer(500, fault("ErrorInternalServerError", f"Trouble with {PASSWORD}.")),
        TryAgain,
        REFUSED + '"ErrorInternalServerError: Trouble with ***". '
        "The server has trouble of its own; if this goes on, ask its administrator.",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_server_that(account: EwsAccount, what: str) -> None:
    answer, kind, sentence = BROKEN[what]
    account.ews.busy = [answer]
    assert failure(account) == (kind, sentence)


@pytest.mark.filterwarnings("ignore:Unverified HTTPS")
def test_a_certificate_nobody_signed(account: EwsAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    kind, sentence = failure(account)
    assert kind is GiveUp and sentence.startswith("The certificate of {server} is signed by an authority that is not trusted here.")
    with account.open(verify_tls=False) as connection:
        assert numbers(read(connection)) == [1]


def test_nobody_listens(account: EwsAccount) -> None:
    port = free_port()
    assert failure(account, port=port) == (
        TryAgain,
        f"127.0.0.1 refuses connections on port {port}. Check the port, and that the server is running.",
    )


def test_a_line_that_is_cut(account: EwsAccount) -> None:
    with account.open() as connection:
        account.ews.cut = 0
        with pytest.raises(TryAgain, match=r"closed the connection while the folder was listed for EXAMPLE\\desk\."):
            connection.list_new(None)


def test_a_server_that_is_silent(account: EwsAccount) -> None:
    with account.open(timeout_ms=200) as connection:
        account.ews.silent = 1.0
        with pytest.raises(TryAgain, match=r"stopped answering for 0\.2 s while the folder was listed for EXAMPLE\\desk\."):
            connection.list_new(None)


def test_the_connection_test_looks_at_line_user_and_folders(account: EwsAccount) -> None:
    account.deliver(mail(1))
    steps = account.check(after_fetch="move")
    assert all(step.ok for step in steps)
    details = {step.name: step.detail for step in steps}
    assert list(details) == ["name", "connection", "encryption", "sign-in", "folder", "archive folder"]
    assert details["encryption"] == "TLSv1.3, certificate by Maildesk test authority, 30 days left"
    assert details["sign-in"] == f"{USER} opens {ADDRESS}, on Exchange 15.2.1118.7"
    assert details["folder"] == "INBOX holds 1 mails, 1 of them unread"
    assert details["archive folder"] == "Archive will be created"


def test_the_connection_test_ends_at_the_first_failure(account: EwsAccount) -> None:
    steps = account.check("wrong")
    assert [(step.name, step.ok) for step in steps] == [("name", True), ("connection", True), ("encryption", True), ("sign-in", False)]

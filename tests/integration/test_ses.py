"""Amazon SES: what is handed over, and what its refusals become. Its answers are botocore's stubs; the contract meets a real service."""

from collections.abc import Iterator

import boto3
import pytest
from botocore.stub import Stubber

from maildesk.ports import Envelope, GiveUp, TryAgain
from maildesk.senders import ses
from maildesk.senders.ses import SesSender, open_sender
from maildesk.settings import Sender

SENDER = Sender(name="out", address="support@example.test", kind="ses", timeout_ms=300)
ENVELOPE = Envelope("support@example.test", ("alice@example.test", "bob@example.test"))
MAIL = b"Subject: planted words\r\n\r\nplanted words\r\n"


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    client = boto3.client("sesv2", region_name="eu-central-1", aws_access_key_id="none", aws_secret_access_key="none")
    with Stubber(client) as stub:
        yield stub


@pytest.fixture
def connection(stub: Stubber) -> SesSender:
    return SesSender(stub.client, SENDER)


def test_the_mail_is_handed_over_as_it_is(stub: Stubber, connection: SesSender) -> None:
    handed_over = {
        "FromEmailAddress": "support@example.test",
        "Destination": {"ToAddresses": ["alice@example.test", "bob@example.test"]},
        "Content": {"Raw": {"Data": MAIL}},
    }
    stub.add_response("send_email", {"MessageId": "0100-ses"}, handed_over)
    assert connection.send(ENVELOPE, MAIL).provider_id == "0100-ses"


@pytest.mark.parametrize(
    ("code", "status", "kind", "advice"),
    [
        ("TooManyRequestsException", 429, TryAgain, ""),
        ("LimitExceededException", 400, TryAgain, ""),
        ("Throttling", 400, TryAgain, ""),
        ("SomethingNew", 503, TryAgain, ""),
        (
            "MessageRejected",
            400,
            GiveUp,
            " Check in SES that the address or its domain is verified, and that the account is out of the sandbox.",
        ),
        ("MailFromDomainNotVerifiedException", 400, GiveUp, " Finish the DNS entries of the MAIL FROM domain in SES."),
        ("AccountSuspendedException", 400, GiveUp, " Ask AWS Support to let the account send again."),
        ("SendingPausedException", 400, GiveUp, " Let the account send again in SES."),
        ("AccessDeniedException", 403, GiveUp, " Allow the function's role to use ses:SendEmail."),
        ("BadRequestException", 400, GiveUp, " Look at the sender in SES."),
    ],
)
def test_refusals(stub: Stubber, code: str, status: int, kind: type[Exception], advice: str) -> None:
    stub.add_client_error("send_email", code, "Its own words", http_status_code=status)
    with pytest.raises(kind) as caught:
        SesSender(stub.client, SENDER).send(ENVELOPE, MAIL)
    verb = "cannot send from support@example.test now" if kind is TryAgain else "does not send from support@example.test"
    assert str(caught.value) == f'SES {verb}: "Its own words" ({code}).{advice}'


def account(**changes: object) -> dict[str, object]:
    quota = {"Max24HourSend": 200.0, "MaxSendRate": 1.0, "SentLast24Hours": 20.0}
    return {"SendingEnabled": True, "ProductionAccessEnabled": True, "SendQuota": quota} | changes


def test_the_connection_test_of_a_domain(stub: Stubber, connection: SesSender) -> None:
    stub.add_response("get_account", account(ProductionAccessEnabled=False))
    assert connection.account() == "sending is enabled in eu-central-1; in the sandbox: only to verified addresses"
    stub.add_client_error("get_email_identity", "NotFoundException", "No such identity", http_status_code=404)
    stub.add_response("get_email_identity", {"VerifiedForSendingStatus": True})
    assert connection.identity() == "example.test is verified"
    stub.add_response("get_account", account())
    assert connection.quota() == "180 of 200 mails left in 24 hours, 1 a second"


def test_the_connection_test_says_what_is_missing(stub: Stubber, connection: SesSender) -> None:
    stub.add_response("get_account", account(SendingEnabled=False))
    with pytest.raises(GiveUp, match="may not send by SES at present"):
        connection.account()
    for _ in range(2):
        stub.add_response("get_email_identity", {"VerifiedForSendingStatus": False})
    with pytest.raises(GiveUp, match=r"Neither support@example\.test nor its domain is verified"):
        connection.identity()
    stub.add_response("get_account", account(SendQuota={"Max24HourSend": 200.0, "MaxSendRate": 1.0, "SentLast24Hours": 200.0}))
    with pytest.raises(TryAgain, match="All 200 mails of these 24 hours are sent"):
        connection.quota()


def test_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_DEFAULT_REGION": "eu-central-1"}.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "none")
    ses.client.cache_clear()
    with open_sender(SENDER, None) as connection, pytest.raises(TryAgain, match="it gave no answer"):
        connection.send(ENVELOPE, MAIL)
    ses.client.cache_clear()

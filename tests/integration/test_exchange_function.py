"""The function that has the library for Exchange, as operate asks it. Its answers are botocore's stubs."""

import io
import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from maildesk.ports import GiveUp, Step, TryAgain
from maildesk.storage.functions import ExchangeFunction
from tests.fakes import MemorySecrets
from tests.make import mailbox

SUPPORT = mailbox("support", protocol="ews")
STEPS = [{"name": "name", "ok": True, "detail": "found", "milliseconds": 3}, {"name": "sign-in", "ok": False, "detail": "refused"}]


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    client = boto3.client("lambda", region_name="eu-central-1", aws_access_key_id="none", aws_secret_access_key="none")
    with Stubber(client) as stub:
        yield stub


@pytest.fixture
def function(stub: Stubber) -> ExchangeFunction:
    function = ExchangeFunction("desk-poll-exchange", MemorySecrets(**{"mailbox/support": "stored"}))
    function._client = stub.client
    return function


def answers(stub: Stubber, said: Any, **more: Any) -> list[dict[str, Any]]:
    """What the function was sent, once it was asked."""
    sent: list[dict[str, Any]] = []
    stub.client.meta.events.register("before-parameter-build.lambda.Invoke", lambda params, **_: sent.append(json.loads(params["Payload"])))
    answer = {"StatusCode": 200, "Payload": io.BytesIO(json.dumps(said).encode()), **more}
    stub.add_response("invoke", answer, {"FunctionName": "desk-poll-exchange", "Payload": ANY})
    return sent


@pytest.mark.parametrize(("password", "sent"), [("stored", None), ("a new one", "a new one")])
def test_a_password_that_is_stored_does_not_go_along(stub: Stubber, function: ExchangeFunction, password: str, sent: str | None) -> None:
    requests = answers(stub, STEPS)
    assert list(function.check(SUPPORT, password)) == [Step("name", True, "found", 3), Step("sign-in", False, "refused")]
    assert [(request["mailbox"]["name"], request["password"]) for request in requests] == [("support", sent)]


@pytest.mark.parametrize("there", [True, False])
def test_whether_a_mail_is_there(stub: Stubber, function: ExchangeFunction, there: bool) -> None:
    requests = answers(stub, [{"name": "look for mail", "ok": there, "detail": ""}])
    assert function.find(SUPPORT, "stored", "a@example.com") is there
    assert [request["message_id"] for request in requests] == ["a@example.com"]


def test_that_a_mailbox_cannot_be_looked_into_may_pass(stub: Stubber, function: ExchangeFunction) -> None:
    answers(stub, [{"name": "connection", "ok": False, "detail": "It is busy."}])
    with pytest.raises(TryAgain, match="It is busy"):
        function.find(SUPPORT, "stored", "a@example.com")


def test_a_function_that_broke_off(stub: Stubber, function: ExchangeFunction) -> None:
    answers(stub, {"errorMessage": "planted"}, FunctionError="Unhandled")
    with pytest.raises(TryAgain, match=r"^The function desk-poll-exchange broke off; its log says where\.$"):
        list(function.check(SUPPORT, "stored"))


@pytest.mark.parametrize(
    ("code", "kind", "sentence"),
    [
        (
            "ResourceNotFoundException",
            GiveUp,
            "There is no function desk-poll-exchange, which has the library for Exchange. Deploy the whole template.",
        ),
        (
            "AccessDeniedException",
            GiveUp,
            "The function operate may not invoke desk-poll-exchange, which has the library for Exchange. Deploy the whole template.",
        ),
        ("TooManyRequestsException", TryAgain, "The function for Exchange refused: TooManyRequestsException."),
    ],
)
def test_a_function_that_cannot_be_asked(
    stub: Stubber, function: ExchangeFunction, code: str, kind: type[Exception], sentence: str
) -> None:
    stub.add_client_error("invoke", code)
    with pytest.raises(kind) as caught:
        list(function.check(SUPPORT, "stored"))
    assert str(caught.value) == sentence

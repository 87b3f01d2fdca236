"""The function that has the library for Exchange, asked for a connection test, or whether a mail is there."""

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

import boto3
import msgspec
from botocore.config import Config
from botocore.exceptions import ClientError

from maildesk.ports import LOOK_FOR_MAIL, CheckRequest, GiveUp, Secrets, Step, TryAgain
from maildesk.settings import Mailbox
from maildesk.storage.clients import CONFIG
from maildesk.storage.failures import asking

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

_ONCE = Config(read_timeout=110, retries={"total_max_attempts": 1})
"""Seconds that a test may take; operate itself may run for 120."""

_WANTING = {
    "ResourceNotFoundException": "There is no function {name}, which has the library for Exchange. Deploy the whole template.",
    "AccessDeniedException": "The function operate may not invoke {name}, which has the library for Exchange. Deploy the whole template.",
}


class ExchangeFunction:
    def __init__(self, name: str, secrets: Secrets) -> None:
        self._name, self._secrets = name, secrets

    @cached_property
    def _client(self) -> "LambdaClient":
        return boto3.client("lambda", config=CONFIG.merge(_ONCE))

    def check(self, mailbox: Mailbox, password: str) -> Iterator[Step]:
        """`ports.CheckMailbox`."""
        yield from self._steps(mailbox, password)

    def find(self, mailbox: Mailbox, password: str, message_id: str) -> bool:
        """`ports.FindMail`."""
        *_, last = self._steps(mailbox, password, message_id)
        if last.name != LOOK_FOR_MAIL:
            raise TryAgain(last.detail)
        return last.ok

    def _steps(self, mailbox: Mailbox, password: str, message_id: str | None = None) -> list[Step]:
        """A password that is stored does not go along: the function reads it itself."""
        stored = self._secrets.get(f"mailbox/{mailbox.name}")
        request = CheckRequest(mailbox=mailbox, password=None if password == stored else password, message_id=message_id)
        return msgspec.json.decode(self._answer(msgspec.json.encode(request)), type=list[Step])

    @asking("The function for Exchange")
    def _answer(self, request: bytes) -> bytes:
        try:
            answer = self._client.invoke(FunctionName=self._name, Payload=request)
        except ClientError as error:
            if wanting := _WANTING.get(error.response["Error"]["Code"]):
                raise GiveUp(wanting.format(name=self._name)) from error
            raise
        if "FunctionError" in answer:
            raise TryAgain(f"The function {self._name} broke off; its log says where.")
        content: bytes = answer["Payload"].read()
        return content

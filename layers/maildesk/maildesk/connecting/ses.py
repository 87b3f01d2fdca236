"""Amazon SES: its clients, and its failures in one plain sentence. Who may do what is decided by the function's role."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

from maildesk.connecting.servers import Failure, server_words
from maildesk.ports import GiveUp, TryAgain

if TYPE_CHECKING:
    from mypy_boto3_ses import SESClient
    from mypy_boto3_sesv2 import SESV2Client

# What may pass by itself, or once SES lets the account send again; all other refusals stay.
_TEMPORARY = {
    "InternalFailure",
    "InternalServiceErrorException",
    "LimitExceededException",
    "RequestTimeout",
    "ServiceUnavailable",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}


@cache
def client(seconds: float) -> "SESV2Client":
    """Kept: making one takes some 40 ms. No retries of its own: the outbox retries."""
    return boto3.client("sesv2", config=_config(seconds))


def receiving_client(seconds: float) -> "SESClient":
    """Receipt rules are known to the first version of the API only."""
    return boto3.client("ses", config=_config(seconds))


def _config(seconds: float) -> Config:
    return Config(connect_timeout=seconds, read_timeout=seconds, retries={"total_max_attempts": 1})


def is_verified(client: "SESV2Client", identity: str) -> bool:
    """Of an address or a domain."""
    try:
        return client.get_email_identity(EmailIdentity=identity).get("VerifiedForSendingStatus", False)
    except client.exceptions.NotFoundException:
        return False


@contextmanager
def ses_failures(what: str, advice: Mapping[str, str], otherwise: str) -> Iterator[None]:
    """`what` as in "send from support@example.com"; `advice` by the code of a refusal that stays, `otherwise` for any other code."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        # Without its cause: botocore's messages may hold what was sent, and tracebacks end in logs.
        raise _failure(error, what, advice, otherwise) from None


def _failure(error: ClientError | BotoCoreError, what: str, advice: Mapping[str, str], otherwise: str) -> Failure:
    if isinstance(error, NoCredentialsError | NoRegionError):
        return GiveUp(f"SES cannot {what}: {server_words(str(error))}. Run where a role and a region are set.")
    if not isinstance(error, ClientError):
        return TryAgain(f"SES cannot {what} now: it gave no answer ({type(error).__name__}). If this goes on, check the network.")
    code, words = error.response["Error"]["Code"], server_words(error.response["Error"].get("Message", "no reason given"))
    status = str(error.response["ResponseMetadata"]["HTTPStatusCode"])
    if code in _TEMPORARY or status.startswith("5"):
        return TryAgain(f'SES cannot {what} now: "{words}" ({code}).')
    return GiveUp(f'SES does not {what}: "{words}" ({code}). {advice.get(code, otherwise)}')

"""What AWS does not do at the moment is worth another try; its exceptions stay in this room."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from maildesk.ports import TryAgain


@contextmanager
def asking(whom: str) -> Iterator[None]:
    """TryAgain names who did not do what was asked, and the error's code."""
    try:
        yield
    except ClientError as error:
        raise TryAgain(f"{whom} refused: {error.response['Error']['Code']}.") from error
    except BotoCoreError as error:
        raise TryAgain(f"{whom} did not answer: {type(error).__name__}.") from error

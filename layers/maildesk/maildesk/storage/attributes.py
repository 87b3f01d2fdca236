"""How values are written into a table's attributes, and how a table's failures are told."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec
from pynamodb.attributes import Attribute
from pynamodb.constants import STRING
from pynamodb.exceptions import PynamoDBException

from maildesk.ports import TryAgain
from maildesk.storage.failures import asking


class Json(Attribute[Any]):
    """A nested value as JSON text, read back as `shape`."""

    attr_type = STRING

    def __init__(self, shape: Any, **options: Any) -> None:
        super().__init__(**options)
        self.shape = shape

    def serialize(self, value: Any) -> str:
        return msgspec.json.encode(value).decode()

    def deserialize(self, value: str) -> Any:
        return msgspec.json.decode(value, type=self.shape)


class Instant(Attribute[datetime]):
    """A time as ISO 8601 in UTC with milliseconds, so that it sorts as text."""

    attr_type = STRING

    def serialize(self, value: datetime) -> str:
        return instant(value)

    def deserialize(self, value: str) -> datetime:
        return datetime.fromisoformat(value)


def instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="milliseconds")


@contextmanager
def asking_table(whom: str) -> Iterator[None]:
    """As `asking`. Apart from it, because only who needs a table should import PynamoDB."""
    try:
        with asking(whom):
            yield
    except PynamoDBException as error:
        raise TryAgain(f"{whom} refused: {error.cause_response_code or type(error).__name__}.") from error

"""How values are written into a table's attributes."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from pynamodb.attributes import Attribute
from pynamodb.constants import STRING


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

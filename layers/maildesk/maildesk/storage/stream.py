"""Records of the tickets table's stream, as changes of plain values."""

from collections.abc import Mapping
from typing import Any

from maildesk.ports import Change


def changes(event: Mapping[str, Any]) -> list[Change]:
    """Our items hold only texts and numbers (see `attributes`), so each value is the one under its type's letter.
    That an item is gone is no change to us."""
    images = [record["dynamodb"] for record in event["Records"]]
    return [Change(new=_plain(image["NewImage"]), old=_plain(image.get("OldImage", {}))) for image in images if "NewImage" in image]


def _plain(image: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    return {name: next(iter(value.values())) for name, value in image.items()}

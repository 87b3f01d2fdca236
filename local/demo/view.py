"""What the demo asks the desk, by the same commands an operator has."""

from collections.abc import Iterator
from typing import Any

from local.demo.samples import Sample
from local.desk import LocalDesk

Json = dict[str, Any]


def receipts(desk: LocalDesk) -> list[Json]:
    return list(everything(desk, "receipt.list", "receipts"))


def tickets(desk: LocalDesk) -> list[Json]:
    return list(everything(desk, "ticket.list", "tickets"))


def everything(desk: LocalDesk, command: str, what: str) -> Iterator[Json]:
    """All pages of a list."""
    request: Json = {"command": command}
    while True:
        page = desk.operate(request)
        yield from page[what]
        if not page.get("next"):
            return
        request = {"command": command, "after": page["next"]}


def receipts_of(sample: Sample, among: list[Json]) -> list[Json]:
    """By Message-ID, or where the mail has none by its subject."""
    if sample.message_id:
        return [receipt for receipt in among if receipt.get("message_id") == sample.message_id]
    return [receipt for receipt in among if receipt["subject"] == sample.headers["Subject"]]

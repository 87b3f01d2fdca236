"""What the demo asks the desk, by the same commands an operator has."""

from collections.abc import Iterator
from typing import Any

from local.aws import CannotStart
from local.demo.samples import Sample
from local.desk import LocalDesk

Json = dict[str, Any]


def receipts(desk: LocalDesk) -> list[Json]:
    return list(everything(desk, "receipt.list", "receipts"))


def tickets(desk: LocalDesk) -> list[Json]:
    return list(everything(desk, "ticket.list", "tickets"))


def asked(desk: LocalDesk, command: str, **fields: object) -> Json:
    """The answer of a command that must succeed."""
    answer: Json = desk.operate({"command": command, **fields})
    if not answer["ok"]:
        raise CannotStart(f"{command}: {answer['error']}")
    return answer


def everything(desk: LocalDesk, command: str, what: str) -> Iterator[Json]:
    """All pages of a list."""
    after = None
    while True:
        page = asked(desk, command, limit=200, after=after)
        yield from page[what]
        if not (after := page["next"]):
            return


def receipts_of(sample: Sample, among: list[Json]) -> list[Json]:
    """By Message-ID, or where the mail has none by its subject."""
    if sample.message_id:
        return [receipt for receipt in among if receipt.get("message_id") == sample.message_id]
    return [receipt for receipt in among if receipt["subject"] == sample.headers["Subject"]]

"""What MiniStack saved, mended before it starts again: it keeps what functions were doing, but no function lives on,
and where it was, which may be another port now."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def mend(folder: Path, endpoint: str) -> None:
    """`endpoint`: where it is to be from now on, as in http://127.0.0.1:4566."""
    for name in ("cloudformation.json", "lambda.json", "sqs.json"):
        if (path := folder / name).exists():
            path.write_text(re.sub(r"http://127\.0\.0\.1:\d+(?=/)", endpoint, path.read_text()))
    with payload(folder / "lambda.json") as functions:
        # How far a table's stream was read is kept, the stream is not: what comes would be passed over until there is as much again.
        functions["dynamodb_stream_positions"] = {}
    with payload(folder / "sqs.json") as queues:
        for message in in_flight(queues):
            message |= {"visible_at": 0, "receipt_handle": None}


@contextmanager
def payload(path: Path) -> Iterator[dict[str, Any]]:
    """To be changed in place; an empty one where nothing was saved."""
    saved = json.loads(path.read_text()) if path.exists() else {"payload": {}}
    yield saved["payload"]
    if path.exists():
        path.write_text(json.dumps(saved))


def in_flight(queues: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for queue in queues.get("queues", {}).get("data", {}).values():
        yield from (message for message in queue["messages"] if message["receipt_handle"])

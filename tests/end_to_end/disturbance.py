"""Kills functions while they work, and lets time pass where the tests cannot wait for it."""

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from local.desk import LocalDesk

QUEUES = ("PollsQueue", "ExchangePollsQueue", "InboundQueue", "OutboxQueue")
LONG_AGO = "2000-01-01T00:00:00.000+00:00"


class Killer:
    """SIGKILLs a random process of a random function every now and then, until `kills` are done or the block ends."""

    def __init__(self, desk: LocalDesk, kills: int, seed: int = 1) -> None:
        self._desk, self._wanted, self._chance = desk, kills, random.Random(seed)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.killed: list[str] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def done(self) -> bool:
        return len(self.killed) >= self._wanted

    def _run(self) -> None:
        while not self.done and not self._stop.wait(self._chance.uniform(0.05, 0.6)):
            if running := workers(self._desk):
                pid, function = self._chance.choice(running)
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    self.killed.append(function)


def workers(desk: LocalDesk) -> list[tuple[int, str]]:
    """Processes of functions, by the path of the program they run, with the first word of the function's name."""
    found = []
    folder = str(desk.aws.folder / "tmp")
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            path = next((word for word in (process / "cmdline").read_text().split("\0") if word.startswith(folder)), None)
            if path:
                found.append((int(process.name), path.removeprefix(folder).split("-")[3]))
    return found


@contextmanager
def hastened_redelivery(desk: LocalDesk, seconds: int) -> Iterator[None]:
    """What a killed function held comes back this soon, instead of after minutes."""
    sqs, attribute = desk.aws.client("sqs"), "VisibilityTimeout"
    usual = {queue: sqs.get_queue_attributes(QueueUrl=desk.resources[queue], AttributeNames=[attribute])["Attributes"] for queue in QUEUES}
    for queue in QUEUES:
        sqs.set_queue_attributes(QueueUrl=desk.resources[queue], Attributes={attribute: str(seconds)})
    yield
    for queue in QUEUES:
        sqs.set_queue_attributes(QueueUrl=desk.resources[queue], Attributes={attribute: usual[queue][attribute]})


def let_lease_expire(desk: LocalDesk, mailbox: str) -> None:
    """As if the lease of a killed poll had run out, and the next poll was due."""
    desk.aws.client("dynamodb").update_item(
        TableName=desk.resources["SettingsTable"],
        Key={"pk": {"S": f"mailbox#{mailbox}"}, "sk": {"S": "state"}},
        UpdateExpression="SET lease_until = :past, next_poll_at = :past",
        ExpressionAttributeValues={":past": {"S": LONG_AGO}},
    )


def is_idle(desk: LocalDesk) -> bool:
    """Nothing waits in a queue, nothing is in flight."""
    counts = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    sqs = desk.aws.client("sqs")
    for queue in QUEUES:
        attributes = sqs.get_queue_attributes(QueueUrl=desk.resources[queue], AttributeNames=list(counts))["Attributes"]
        if any(int(attributes[count]) for count in counts):
            return False
    return True


def wait_until_idle(desk: LocalDesk, seconds: float) -> None:
    """Twice in a row: a stream's record is in no queue for a moment."""
    deadline = time.monotonic() + seconds
    quiet = 0
    while quiet < 3:
        quiet = quiet + 1 if is_idle(desk) else 0
        if time.monotonic() > deadline:
            raise TimeoutError(f"the desk was not idle within {seconds} s")
        time.sleep(0.5)

"""What happens in the demo: mails come in, the desk answers, an agent answers, and people answer that."""

import time
from collections.abc import Iterator, Sequence

from local.demo import checks
from local.demo.mails_sent import MailsSent
from local.demo.memory import Memory
from local.demo.samples import ANSWERED_BY_AN_AGENT, REPLY, Sample, samples
from local.demo.screen import Meter, Screen
from local.demo.servers import Running
from local.demo.view import Json, asked, receipts, receipts_of
from local.desk import LocalDesk

PATIENCE_SECONDS = 45
LOOK_AGAIN_SECONDS = 5


def begin(running: Running) -> None:
    """The sample desk, with the places of the servers that run this time."""
    asked(running.desk, "settings.apply", document=running.settings)
    relay_again(running.desk)


def relay_again(desk: LocalDesk) -> None:
    """The local AWS does not keep a table's stream over a restart: what an interrupted run left unrelayed is relayed now."""
    pages = (
        desk.aws.client("dynamodb")
        .get_paginator("scan")
        .paginate(
            TableName=desk.outputs["TicketsTable"],
            FilterExpression="kind = :outbox AND #state = :queued",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues={":outbox": {"S": "outbox"}, ":queued": {"S": "queued"}},
        )
    )
    if items := [item for page in pages for item in page["Items"]]:
        desk.invoke("RelayOutbox", {"Records": [{"dynamodb": {"NewImage": item}} for item in items]})


def tell(running: Running, screen: Screen) -> list[str]:
    """A sentence for each thing that did not come out as it should. Where it was interrupted, it goes on."""
    listed = samples()
    with screen.meter() as meter:
        story = Story(running, meter, listed)
        story.take_in([sample for sample in listed if not sample.answers])
        story.reply()
        story.take_in([sample for sample in listed if sample.answers])
        return list(story.missing())


class Story:
    def __init__(self, running: Running, meter: Meter, listed: Sequence[Sample]) -> None:
        self.running, self.meter, self.listed = running, meter, listed
        self.answered_by_an_agent = next(sample for sample in listed if sample.name == ANSWERED_BY_AN_AGENT)
        self.done = Memory(running.folder / "done")
        self.receipts: list[Json] = []
        self.replied = False

    def take_in(self, wave: Sequence[Sample]) -> None:
        """Delivers, asks the desk to look now instead of within a minute, and waits for what becomes of it."""
        for sample in wave:
            if sample.name not in self.done:
                self._deliver(sample)
        self._wait()

    def reply(self) -> None:
        """An agent answers, once."""
        found = receipts_of(self.answered_by_an_agent, self.receipts)
        if not found or not (ticket := found[0].get("ticket")):
            return
        entries = asked(self.running.desk, "ticket.show", ticket=ticket)["entries"]
        if not any(entry.get("direction") == "out" for entry in entries):
            asked(self.running.desk, "ticket.reply", ticket=ticket, text=REPLY)
        self.replied = True
        self._wait()

    def _deliver(self, sample: Sample) -> None:
        for mailbox in sample.to:
            self.running.deliver(mailbox, with_answered(sample, self.running.sent))
        self.done.add(sample.name)
        self._show()

    def _wait(self) -> None:
        """Until all is as it should be, or nothing has moved for a while: what is missing then is told at the end."""
        self._look()
        last, moved, looked = (0, 0), time.monotonic(), time.monotonic()
        while any(self.missing()) and time.monotonic() - moved < PATIENCE_SECONDS:
            time.sleep(0.2)
            if (now := self._show()) != last:
                last, moved = now, time.monotonic()
            elif time.monotonic() - max(moved, looked) > LOOK_AGAIN_SECONDS:
                self._look()
                looked = time.monotonic()
        self._show()

    def _look(self) -> None:
        for mailbox in self.running.addresses:
            asked(self.running.desk, "mailbox.sync_now", name=mailbox)

    def missing(self) -> Iterator[str]:
        self.receipts = receipts(self.running.desk)
        self.running.sent.new()
        yield from checks.missing([sample for sample in self.listed if sample.name in self.done], self.receipts, self.running.sent)
        if self.replied:
            yield from checks.reply_missing(self.answered_by_an_agent, self.running.sent)

    def _show(self) -> tuple[int, int]:
        """Receipts and mails sent, so far."""
        total, answers = len(self.listed), sum(sample.is_answered for sample in self.listed) + 1
        delivered = sum(sample.name in self.done for sample in self.listed)
        taken_in, sent = sum(bool(receipts_of(sample, self.receipts)) for sample in self.listed), len(self.running.sent.all)
        self.meter.show(mails_delivered=(delivered, total), receipts=(taken_in, total), answers_sent=(sent, answers))
        return taken_in, sent


def with_answered(sample: Sample, sent: MailsSent) -> bytes:
    """The mail, answering what the desk last sent to the writer of the sample it names."""
    writer = next((other.writer for other in samples() if other.name == sample.answers), "")
    answered = sent.to(writer)[-1:] if writer else []
    return sample.raw.replace(b"@ANSWERED@", answered[0].message_id.encode() if answered else b"nothing@example.net")

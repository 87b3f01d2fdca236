"""What happens in the demo: mails come in, the desk answers, an agent answers, and people answer that."""

import time
from collections.abc import Sequence

from local.demo.mails_sent import MailsSent
from local.demo.memory import Memory
from local.demo.samples import Sample, samples
from local.demo.screen import Meter, Screen
from local.demo.servers import Running
from local.demo.view import asked, receipts, receipts_of

PATIENCE_SECONDS = 90
ANSWERED_BY_AN_AGENT = "01-printer"
REPLY = "Good morning Anna,\n\nsomebody had paused its queue. It runs again: please try once more.\n\nBest wishes\nthe support desk\n"


def tell(running: Running, screen: Screen) -> None:
    """Where it was interrupted, it goes on."""
    listed = samples()
    with screen.meter() as meter:
        story = Story(running, meter, listed)
        story.take_in([sample for sample in listed if not sample.answers])
        story.reply(next(sample for sample in listed if sample.name == ANSWERED_BY_AN_AGENT))
        story.take_in([sample for sample in listed if sample.answers])


class Story:
    def __init__(self, running: Running, meter: Meter, listed: Sequence[Sample]) -> None:
        self.running, self.meter, self.listed = running, meter, listed
        self.done = Memory(running.folder / "done")

    def take_in(self, wave: Sequence[Sample]) -> None:
        """Delivers, asks the desk to look now instead of within a minute, and waits for receipts and auto-responses."""
        for sample in wave:
            self._deliver(sample)
        for mailbox in self.running.addresses:
            asked(self.running.desk, "mailbox.sync_now", name=mailbox)
        self._wait()

    def reply(self, sample: Sample) -> None:
        """An agent answers, once."""
        found = receipts_of(sample, receipts(self.running.desk))
        if not found or not found[0].get("ticket") or not self.done.now("reply"):
            return
        asked(self.running.desk, "ticket.reply", ticket=found[0]["ticket"], text=REPLY)
        self._wait()

    def _deliver(self, sample: Sample) -> None:
        if self.done.now(sample.name):
            for mailbox in sample.to:
                self.running.deliver(mailbox, with_answered(sample, self.running.sent))
        self._show(0)

    def _wait(self) -> None:
        """Until all has come that must, or nothing has moved for a while: what is missing then is told at the end."""
        last, since = (-1, -1), time.monotonic()
        while self._is_missing(now := self._counts()) and time.monotonic() - since < PATIENCE_SECONDS:
            if now != last:
                last, since = now, time.monotonic()
            time.sleep(0.2)

    def _counts(self) -> tuple[int, int]:
        """Receipts, mails sent."""
        known = receipts(self.running.desk)
        found = sum(bool(receipts_of(sample, known)) for sample in self.listed)
        self._show(found)
        return found, len(self.running.sent.all)

    def _is_missing(self, counts: tuple[int, int]) -> bool:
        delivered = [sample for sample in self.listed if sample.name in self.done]
        receipts, sent = counts
        return receipts < len(delivered) or sent < sum(sample.is_answered for sample in delivered) + ("reply" in self.done)

    def _show(self, receipts: int) -> None:
        self.running.sent.new()
        total, answers = len(self.listed), sum(sample.is_answered for sample in self.listed) + 1
        delivered = sum(sample.name in self.done for sample in self.listed)
        self.meter.show(mails_delivered=(delivered, total), receipts=(receipts, total), answers_sent=(len(self.running.sent.all), answers))


def with_answered(sample: Sample, sent: MailsSent) -> bytes:
    """The mail, answering what the desk last sent to the writer of the sample it names."""
    writer = next((other.writer for other in samples() if other.name == sample.answers), "")
    answered = sent.to(writer)[-1:] if writer else []
    return sample.raw.replace(b"@ANSWERED@", answered[0].message_id.encode() if answered else b"nothing@example.net")

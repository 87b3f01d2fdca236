"""What happens in the demo: mails come in, the desk answers, an agent answers, and people answer that."""

import time
from collections.abc import Callable, Sequence

from local.demo.mails_sent import MailsSent
from local.demo.samples import Sample, samples
from local.demo.screen import Meter, Screen
from local.demo.servers import Running
from local.demo.view import receipts, receipts_of
from local.desk import LocalDesk

PATIENCE_SECONDS = 60
ANSWERED_BY_AN_AGENT = "01-printer"
REPLY = "Good morning Anna,\n\nsomebody had paused its queue. It runs again: please try once more.\n\nBeste Grüße\nthe support desk\n"


def tell(running: Running, screen: Screen) -> None:
    """Where it was interrupted, it goes on."""
    listed = samples()
    with screen.meter() as meter:
        progress = Progress(running, meter, listed)
        progress.take_in([sample for sample in listed if not sample.answers])
        reply(running, progress)
        progress.take_in([sample for sample in listed if sample.answers])


class Progress:
    def __init__(self, running: Running, meter: Meter, listed: Sequence[Sample]) -> None:
        self.running, self.meter, self.listed = running, meter, listed
        self.done = Delivered(running)
        self._last = (0, time.monotonic())

    def take_in(self, wave: Sequence[Sample]) -> None:
        """Delivers, asks the desk to look now instead of within a minute, and waits for receipts and auto-responses."""
        for sample in wave:
            self.done.deliver(sample)
            self._show(self._receipts())
        for mailbox in self.running.addresses:
            self.running.desk.operate({"command": "mailbox.sync_now", "name": mailbox})
        answered = [sample for sample in self.listed if sample.is_answered and sample.name in self.done.names]
        self.wait(lambda: self._receipts() >= len(self.done.names) and self._sent() >= len(answered))

    def wait(self, finished: Callable[[], bool]) -> None:
        """Until it is so, or nothing has moved for a while: what is missing then is told at the end."""
        self._last = (0, time.monotonic())
        while not finished() and not self._stuck():
            time.sleep(0.2)

    def _stuck(self) -> bool:
        now = self._receipts() + self._sent()
        if now != self._last[0]:
            self._last = now, time.monotonic()
        return time.monotonic() - self._last[1] > PATIENCE_SECONDS

    def _receipts(self) -> int:
        known = receipts(self.running.desk)
        found = sum(1 for sample in self.listed if receipts_of(sample, known))
        self._show(found)
        return found

    def _sent(self) -> int:
        self.running.sent.new()
        return len(self.running.sent.all)

    def _show(self, receipts: int) -> None:
        answers = 1 + sum(sample.is_answered for sample in self.listed)
        total = len(self.listed)
        self.meter.show(mails_delivered=(len(self.done.names), total), receipts=(receipts, total), answers_sent=(self._sent(), answers))


class Delivered:
    """Each sample is delivered once, however often the demo runs."""

    def __init__(self, running: Running) -> None:
        self._running, self._list = running, running.folder / "delivered"
        self.names = set(self._list.read_text().split()) if self._list.exists() else set[str]()

    def deliver(self, sample: Sample) -> None:
        if sample.name in self.names:
            return
        for mailbox in sample.to:
            self._running.deliver(mailbox, with_answered(sample, self._running.sent))
        self.names.add(sample.name)
        self._list.write_text("\n".join(sorted(self.names)))


def with_answered(sample: Sample, sent: MailsSent) -> bytes:
    """The mail, answering what the desk last sent to the writer of the sample it names."""
    writer = next((other.writer for other in samples() if other.name == sample.answers), "")
    answered = sent.to(writer)[-1:] if writer else []
    return sample.raw.replace(b"@ANSWERED@", answered[0].message_id.encode() if answered else b"nothing@example.net")


def reply(running: Running, progress: Progress) -> None:
    """An agent answers the first ticket."""
    marker = running.folder / "replied"
    sample = next(sample for sample in samples() if sample.name == ANSWERED_BY_AN_AGENT)
    if marker.exists() or not (number := ticket_of(sample, running.desk)):
        return
    before = len(running.sent.to(sample.writer))
    running.desk.operate({"command": "ticket.reply", "ticket": number, "text": REPLY})
    marker.touch()
    progress.wait(lambda: len(running.sent.new()) >= 0 and len(running.sent.to(sample.writer)) > before)


def ticket_of(sample: Sample, desk: LocalDesk) -> int | None:
    found = receipts_of(sample, receipts(desk))
    return found[0].get("ticket") if found else None

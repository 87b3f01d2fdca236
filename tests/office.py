"""A desk that receives mail, over fakes, and the mail it gets."""

from datetime import timedelta

from msgspec.structs import replace

from maildesk.desk.bodies import Bodies
from maildesk.desk.intake import Intake
from maildesk.desk.receive import Delivery, Receiver
from maildesk.mail.identity import fingerprint
from maildesk.ports import Inbound
from maildesk.tickets.records import Message, OutboxItem, Ticket
from tests.fakes import FixedClock, MemoryBucket, MemorySecrets, MemorySettings, MemoryStore
from tests.make import NOW, mailbox, settings

ANNA, BEN, MALLORY = "anna@customer.example", "ben@customer.example", "mallory@stranger.example"


def written(name, sender=ANNA, subject="The printer is on fire", text="Please help.", **headers):
    """`name` is the left side of its Message-ID."""
    lines = {"Message-ID": f"<{name}@x.example>", "From": sender, "To": "help@desk.example", "Subject": subject, **headers}
    head = "".join(f"{field.replace('_', '-')}: {value}\r\n" for field, value in lines.items())
    return f"{head}\r\n{text}\r\n".encode()


def reply(name, to, sender=ANNA, **headers):
    return written(name, sender, "Re: The printer is on fire", **{"In_Reply_To": f"<{to}>", "References": f"<{to}>", **headers})


class Office:
    """A receiver over fakes. `take` delivers mails as one batch."""

    def __init__(self, *records, of=None, store=None, bucket=None):
        self.store, self.bucket, self.clock = store or MemoryStore(*records), bucket or MemoryBucket(), FixedClock(NOW)
        self.settings, self.secrets = MemorySettings(of or settings(mailboxes=(mailbox(), mailbox("sales")))), MemorySecrets()
        intake = Intake(self.store, self.settings, self.secrets, Bodies(self.bucket))
        self.receiver = Receiver(self.store, self.bucket, intake, self.clock, timedelta(days=365))

    def delivery(self, raw, times=1, **of_inbound):
        told = fingerprint(raw)
        key = f"raw/{told.identity}.eml"
        self.bucket.put(key, raw)
        inbound = Inbound(
            mailbox="help", identity=told.identity, conversation=told.conversation, raw_key=key, size=len(raw), received_at=NOW
        )
        return Delivery(replace(inbound, **of_inbound), times)

    def take(self, *mails, **of_delivery):
        self.receiver.receive([self.delivery(raw, **of_delivery) for raw in mails])

    def hand_over(self, *mails):
        """What a poll has stored and queued."""
        self.receiver.receive([Delivery(inbound) for inbound in mails])

    def receipt(self, raw):
        return self.store.records.get(("receipt", fingerprint(raw).identity))

    @property
    def tickets(self):
        return self.store.all(Ticket)

    @property
    def messages(self):
        return self.store.all(Message)

    @property
    def outbox(self):
        return self.store.all(OutboxItem)


FIRST = written("first")

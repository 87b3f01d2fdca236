"""A batch of mails: to the bucket, to inbound.fifo, then off the server's hands."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from itertools import chain

from msgspec import structs

from maildesk.mail.identity import Fingerprint, Fingerprinting, fingerprint, header_of
from maildesk.ports import Bucket, Clock, Fetched, Inbound, Listed, MailboxConnection, Queues, Withheld
from maildesk.settings import Mailbox
from maildesk.telemetry import logger

STOP_BEFORE_END = 30.0
"""Seconds that must be left to start another batch, or to read another part of a large mail; the slowest batch fits in."""

_UPLOADS = 8
_START_BYTES = 65_536


@dataclass(frozen=True)
class HandingOver:
    bucket: Bucket
    queues: Queues
    clock: Clock
    seconds_left: Callable[[], float]

    def hand_over(self, connection: MailboxConnection, mailbox: Mailbox, batch: Sequence[Listed]) -> None:
        connection.finish(self.take_in(connection, mailbox, batch))

    def take_in(self, connection: MailboxConnection, mailbox: Mailbox, batch: Sequence[Listed]) -> list[str]:
        """The keys of those that the server's hands may be rid of."""
        sizes = {mail.key: mail.size for mail in batch}
        with ThreadPoolExecutor(_UPLOADS) as uploads:
            fetched = connection.fetch(batch, mailbox.max_size_mb * 1024 * 1024)
            storing = [self._storing(uploads, mailbox, mail, sizes[mail.key]) for mail in fetched]
        stored = [each.result() for each in storing]
        self.queues.inbound([inbound for _, inbound in stored])
        return [key for key, inbound in stored if not inbound.header_only]

    def stand_in(self, mailbox: Mailbox, header: Fetched, size: int) -> None:
        """Instead of a mail at which the server breaks off each time, which stays there."""
        known = header if header.header_only else replace(header, raw=header_of(header.raw), rest=(), header_only=True)
        _, inbound = self._stored(mailbox, known, size)
        self.queues.inbound([structs.replace(inbound, broke_off=True)])

    def _storing(self, uploads: ThreadPoolExecutor, mailbox: Mailbox, mail: Fetched, size: int) -> Future[tuple[str, Inbound]]:
        storing = uploads.submit(self._stored, mailbox, mail, size)
        if mail.rest:
            storing.result()  # it comes by the line that the next mail comes by
        return storing

    def _stored(self, mailbox: Mailbox, mail: Fetched, size: int) -> tuple[str, Inbound]:
        try:
            told, raw_key = self._streamed(mailbox, mail) if mail.rest else self._put(mail)
        except Withheld as failure:
            logger.warning("only the header was read", mailbox=mailbox.name, error=str(failure))
            return self._stored(mailbox, replace(mail, raw=header_of(mail.raw), rest=(), header_only=True), size)
        return mail.key, Inbound(
            mailbox=mailbox.name,
            identity=told.identity,
            conversation=told.conversation,
            raw_key=raw_key,
            size=size,
            received_at=self._sane(mail.received_at),
            header_only=mail.header_only,
        )

    def _put(self, mail: Fetched) -> tuple[Fingerprint, str]:
        told = fingerprint(mail.raw)
        raw_key = f"raw/{told.identity}.eml"
        self.bucket.put(raw_key, mail.raw)
        return told, raw_key

    def _streamed(self, mailbox: Mailbox, mail: Fetched) -> tuple[Fingerprint, str]:
        """Its identity is known too late to name the object by."""
        telling, raw_key = Fingerprinting(), _key_of_large(mailbox, mail)
        self.bucket.put_parts(raw_key, self._told(mail, telling))
        return telling.done(), raw_key

    def _told(self, mail: Fetched, telling: Fingerprinting) -> Iterator[bytes]:
        for part in chain([mail.raw], mail.rest):
            if self.seconds_left() < STOP_BEFORE_END:
                raise Withheld("A mail takes longer to be read than a poll may last.")
            telling.add(part)
            yield part

    def _sane(self, received_at: datetime | None) -> datetime:
        """The server's date, unless it has none or lies in the future."""
        now = self.clock()
        return min(received_at, now) if received_at else now


def _key_of_large(mailbox: Mailbox, mail: Fetched) -> str:
    """The same for another try; another one for another mail, even where a server gives its number away twice."""
    place = f"{mailbox.source}\n{mail.key}\n".encode()
    return f"raw/large/{sha256(place + mail.raw[:_START_BYTES]).hexdigest()[:32]}.eml"

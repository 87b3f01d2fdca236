"""Where reading goes on in a folder of Exchange. A sync state is small at first and grows with what the folder holds, to tens of
kilobytes: a large one is kept in the bucket, for every poll would pay for it in the settings table."""

from hashlib import blake2b

import msgspec
from msgspec import Struct

from maildesk.mailboxes.pages import digest
from maildesk.ports import Bucket, Cursor, GiveUp
from maildesk.telemetry import logger

_IN_THE_TABLE = 1000
"""Characters."""


class Reached(Struct, frozen=True):
    """All up to `state` is read, and of the page after it the mails in `done`, by digest. `since`: the digest of a state between
    which and this one there was nothing to read."""

    state: str = ""
    done: tuple[str, ...] = ()
    since: str = ""


class Places:
    """Cursors of one folder. What is kept in the bucket only ever says what has been read, so that a newer one does for an older."""

    def __init__(self, bucket: Bucket, mailbox: str, source: str) -> None:
        self._bucket, self._mailbox = bucket, mailbox
        self._key = f"known/{mailbox}/{blake2b(source.encode(), digest_size=16).hexdigest()}"

    def cursor(self, reached: Reached) -> Cursor:
        if len(reached.state) + sum(map(len, reached.done)) <= _IN_THE_TABLE:
            return {"state": reached.state, "done": list(reached.done)}
        self.keep(reached)
        return {"kept": self._key}

    def recalled(self, cursor: Cursor | None) -> Reached:
        """What is lost means that all is read anew: the desk knows mails it has."""
        if not cursor:
            return Reached()
        if "state" in cursor:
            return Reached(cursor["state"], tuple(cursor["done"]))
        kept = self._kept()
        if kept is None:
            logger.warning("how far the mailbox was read is forgotten: all mails are read anew", mailbox=self._mailbox)
        return kept or Reached()

    def passed(self, start: Reached) -> Reached | None:
        """How much further than `start` a poll got that found nothing to read."""
        kept = self._kept()
        return kept if kept and kept.since == digest(start.state) else None

    def keep(self, reached: Reached) -> None:
        self._bucket.put(self._key, msgspec.json.encode(reached))

    def _kept(self) -> Reached | None:
        try:
            return msgspec.json.decode(self._bucket.get(self._key), type=Reached)
        except GiveUp:
            return None

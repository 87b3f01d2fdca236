"""Getting mails from an IMAP server: many small ones in one command, a large one in parts, each without marking it read."""

import io
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from imapclient import IMAPClient  # type: ignore[import-untyped]
from imapclient.exceptions import IMAPClientError  # type: ignore[import-untyped]

from maildesk.mailboxes.imap_failures import was_refused
from maildesk.ports import Fetched, Listed

UIDS_IN_A_COMMAND = 500  # stays below the 8,000 octets a server must take (RFC 7162 §4)
BATCH_MAILS = 50
BATCH_BYTES = 20_000_000
PART_BYTES = 4_000_000


def key_of(validity: int, uid: int) -> str:
    """Unique for as long as the mailbox lives (RFC 9051 §2.3.1.1)."""
    return f"{validity}.{uid}"


def validity_of(key: str) -> int:
    return int(key.partition(".")[0])


def uid_of(key: str) -> int:
    return int(key.partition(".")[2])


def chunks(uids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (uids[start : start + UIDS_IN_A_COMMAND] for start in range(0, len(uids), UIDS_IN_A_COMMAND))


def sizes(client: IMAPClient, uids: Sequence[int]) -> dict[int, int]:
    """Bytes of each mail that still exists."""
    answers = (client.fetch(chunk, ["RFC822.SIZE"]) for chunk in chunks(uids))
    return {uid: answer.get(b"RFC822.SIZE", 0) for found in answers for uid, answer in found.items()}


def batches(mails: Sequence[Listed], max_size: int) -> Iterator[tuple[list[Listed], bool]]:
    """Neighbours together as far as one command should carry them; one above `max_size` (0: none is) alone, and True."""
    batch: list[Listed] = []
    room = BATCH_BYTES
    for mail in mails:
        too_large = 0 < max_size < mail.size
        if batch and (too_large or mail.size > room or len(batch) == BATCH_MAILS):
            yield batch, False
            batch, room = [], BATCH_BYTES
        if too_large:
            yield [mail], True
        else:
            batch.append(mail)
            room -= mail.size
    if batch:
        yield batch, False


def fetch_batch(client: IMAPClient, mails: Sequence[Listed], header_only: bool) -> list[Fetched]:
    """One that the server refuses to give must not hide the others: then one by one, and of that one what can be had."""
    try:
        if mails[0].size > BATCH_BYTES and not header_only:
            return _in_parts(client, mails[0])
        return _together(client, mails, header_only)
    except IMAPClientError as refusal:
        if not was_refused(refusal):
            raise
    if len(mails) > 1:
        return [fetched for mail in mails for fetched in fetch_batch(client, [mail], header_only)]
    return _stand_in(client, mails[0]) if header_only else fetch_batch(client, mails, header_only=True)


def _together(client: IMAPClient, mails: Sequence[Listed], header_only: bool) -> list[Fetched]:
    answers = client.fetch([uid_of(mail.key) for mail in mails], ["INTERNALDATE", "BODY.PEEK[HEADER]" if header_only else "BODY.PEEK[]"])
    key = b"BODY[HEADER]" if header_only else b"BODY[]"
    found = ((mail, answers.get(uid_of(mail.key), {})) for mail in mails)
    return [Fetched(mail.key, answer[key], _received_at(answer), header_only) for mail, answer in found if answer.get(key) is not None]


def _in_parts(client: IMAPClient, mail: Listed) -> list[Fetched]:
    """A BytesIO gives its bytes away uncopied, so memory peaks at the mail and one part."""
    uid, raw, received_at = uid_of(mail.key), io.BytesIO(), None
    part = b""
    while raw.tell() == 0 or len(part) == PART_BYTES:
        offset = raw.tell()
        answer = client.fetch([uid], ["INTERNALDATE", f"BODY.PEEK[]<{offset}.{PART_BYTES}>"]).get(uid)
        if not answer or (offset == 0 and not answer.get(b"BODY[]<0>")):
            return []
        part = answer[f"BODY[]<{offset}>".encode()] or b""
        raw.write(part)
        received_at = _received_at(answer)
    return [Fetched(mail.key, raw.getvalue(), received_at)]


def _stand_in(client: IMAPClient, mail: Listed) -> list[Fetched]:
    if not client.search(f"UID {uid_of(mail.key)}"):
        return []
    text = f"Subject: A mail that the server lists but does not give\r\n\r\nUIDVALIDITY.UID {mail.key}, {mail.size} bytes\r\n"
    return [Fetched(mail.key, text.encode(), None, header_only=True)]


def _received_at(answer: dict[bytes, Any]) -> datetime | None:
    date = answer.get(b"INTERNALDATE")
    return date.astimezone(UTC) if isinstance(date, datetime) else None

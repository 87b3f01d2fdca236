"""Getting mails from an IMAP server: many small ones in one command, a large one in parts, each without marking it read."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from imapclient import IMAPClient  # type: ignore[import-untyped]
from imapclient.exceptions import IMAPClientError  # type: ignore[import-untyped]

from maildesk.connecting.servers import HELD_BYTES, PART_BYTES
from maildesk.mailboxes.imap.failures import was_refused
from maildesk.ports import Fetched, Listed, TryAgain, Withheld

UIDS_IN_A_COMMAND = 500  # stays below the 8,000 octets a server must take (RFC 7162 §4)
BATCH_MAILS = 50


def key_of(validity: int, uid: int) -> str:
    """Unique for as long as the mailbox lives (RFC 9051 §2.3.1.1)."""
    return f"{validity}.{uid}"


def validity_of(key: str) -> int:
    return int(key.partition(".")[0])


def uid_of(key: str) -> int:
    return int(key.partition(".")[2])


def chunks(uids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (uids[start : start + UIDS_IN_A_COMMAND] for start in range(0, len(uids), UIDS_IN_A_COMMAND))


def sizes(client: IMAPClient, uids: Sequence[int], not_before: datetime | None = None) -> dict[int, int]:
    """Bytes of each mail that still exists, and did not come before that."""
    wanted = ["RFC822.SIZE", "INTERNALDATE"] if not_before else ["RFC822.SIZE"]
    answers = (client.fetch(chunk, wanted) for chunk in chunks(uids))
    found = ((uid, answer) for answered in answers for uid, answer in answered.items())
    return {uid: answer.get(b"RFC822.SIZE", 0) for uid, answer in found if not _is_old(answer, not_before)}


def batches(mails: Sequence[Listed], max_size: int) -> Iterator[tuple[list[Listed], bool]]:
    """Neighbours together as far as one command should carry them; one above `max_size` (0: none is) alone, and True."""
    batch: list[Listed] = []
    room = HELD_BYTES
    for mail in mails:
        too_large = 0 < max_size < mail.size
        if batch and (too_large or mail.size > room or len(batch) == BATCH_MAILS):
            yield batch, False
            batch, room = [], HELD_BYTES
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
        if mails[0].size > HELD_BYTES and not header_only:
            return _in_parts(client, mails[0])
        return _together(client, mails, header_only)
    except IMAPClientError as refusal:
        if not was_refused(refusal):
            raise
    if len(mails) > 1:
        return [fetched for mail in mails for fetched in fetch_batch(client, [mail], header_only)]
    return _stand_in(client, mails[0]) if header_only else fetch_batch(client, mails, header_only=True)


def _together(client: IMAPClient, mails: Sequence[Listed], header_only: bool) -> list[Fetched]:
    what = "HEADER" if header_only else ""
    answers = client.fetch([uid_of(mail.key) for mail in mails], ["INTERNALDATE", f"BODY.PEEK[{what}]"])
    fetched: list[Fetched] = []
    for mail in mails:
        answer = answers.get(uid_of(mail.key), {})
        raw = answer.get(f"BODY[{what}]".encode())
        fetched += [Fetched(mail.key, raw, _received_at(answer), header_only)] if raw else _stand_in(client, mail)
    return fetched


def _in_parts(client: IMAPClient, mail: Listed) -> list[Fetched]:
    first, answer = _part(client, mail, 0)
    return [Fetched(mail.key, first, _received_at(answer), rest=_rest(client, mail, len(first)))] if first else _stand_in(client, mail)


def _rest(client: IMAPClient, mail: Listed, offset: int) -> Iterator[bytes]:
    try:
        while part := _part(client, mail, offset)[0]:
            yield part
            offset += len(part)
    except IMAPClientError as refusal:
        if not was_refused(refusal):
            raise
        raise Withheld(f"The server gives no more than {offset} bytes of a mail.") from None
    if part is None:
        raise TryAgain("A mail vanished from the server while it was read.")


def _part(client: IMAPClient, mail: Listed, offset: int) -> tuple[bytes | None, dict[bytes, Any]]:
    """The next bytes, none at the end (RFC 9051 §6.4.5); None if the mail vanished. And what else the server said."""
    answer = client.fetch([uid_of(mail.key)], ["INTERNALDATE", f"BODY.PEEK[]<{offset}.{PART_BYTES}>"]).get(uid_of(mail.key), {})
    key = b"BODY[]<%d>" % offset
    return answer[key] or b"" if key in answer else None, answer


def _stand_in(client: IMAPClient, mail: Listed) -> list[Fetched]:
    """Nothing for a mail that vanished, which servers also answer with an empty one (RFC 2180 §4.1.3)."""
    client.noop()
    if mail.size == 0 or not client.search(f"UID {uid_of(mail.key)}"):
        return []
    text = f"Subject: A mail that the server lists but does not give\r\n\r\nUIDVALIDITY.UID {mail.key}, {mail.size} bytes\r\n"
    return [Fetched(mail.key, text.encode(), None, header_only=True)]


def _is_old(answer: dict[bytes, Any], not_before: datetime | None) -> bool:
    received_at = _received_at(answer)
    return bool(not_before and received_at and received_at < not_before)


def _received_at(answer: dict[bytes, Any]) -> datetime | None:
    date = answer.get(b"INTERNALDATE")
    return date.astimezone(UTC) if isinstance(date, datetime) else None

"""Getting mails from a POP3 server, line by line: a mail is in memory once, and of a large one only a part."""

import io
import re
from collections.abc import Iterator
from datetime import datetime
from poplib import POP3, error_proto

from maildesk.connecting.servers import HELD_BYTES, PART_BYTES
from maildesk.mail.headers import read_date
from maildesk.mailboxes.pop3.failures import said
from maildesk.ports import Fetched, Listed

_END = b".\r\n"
_RECEIVED = re.compile(rb"^Received:(?:[^\n]|\n[ \t])*;([^\n]*(?:\n[ \t][^\n]*)*)", re.IGNORECASE | re.MULTILINE)
_HEADER_BYTES = 65_536


def uidls(client: POP3) -> dict[str, list[int]]:
    """Mails by their UIDL. Copies of a mail may have the same (RFC 1939 §7)."""
    found: dict[str, list[int]] = {}
    for line in client.uidl()[1]:
        number, uidl = line.decode("latin-1").split(None, 1)
        found.setdefault(uidl.strip(), []).append(int(number))
    return found


def sizes(client: POP3) -> dict[int, int]:
    """Bytes of each mail, by its number in this session."""
    answers = (line.split() for line in client.list()[1])
    return {int(number): int(size) for number, size, *_ in answers}


def fetch(client: POP3, number: int, mail: Listed, header_only: bool) -> list[Fetched]:
    """One that the server refuses to give must not hide the others: of that one what can be had."""
    in_parts = mail.size > HELD_BYTES and not header_only
    try:
        parts = _parts(client, f"TOP {number} 0" if header_only else f"RETR {number}", PART_BYTES if in_parts else None)
        raw = next(parts)
    except error_proto as error:
        if not said(error):
            raise
        if not _is_there(client, number):
            return []
        return [_stand_in(mail)] if header_only else fetch(client, number, mail, header_only=True)
    return [Fetched(mail.key, raw, received_at(raw), header_only, rest=parts if in_parts else ())]


def header(client: POP3, number: int) -> bytes:
    return next(_parts(client, f"TOP {number} 0", None))


def received_at(raw: bytes) -> datetime | None:
    """POP3 knows no date of its own: what the server wrote on top when it took the mail in (RFC 5321 §4.4)."""
    found = _RECEIVED.search(raw[:_HEADER_BYTES].partition(b"\r\n\r\n")[0])
    return read_date(" ".join(found[1].decode("latin-1").split())) if found else None


def _parts(client: POP3, command: str, size: int | None) -> Iterator[bytes]:
    """The answer in parts of about this size; None: in one. Before the next command all must be read."""
    client._shortcmd(command)  # type: ignore[attr-defined]
    part = io.BytesIO()
    for line in _lines(client):
        part.write(line)
        if size and part.tell() >= size:
            yield part.getvalue()
            part = io.BytesIO()
    yield part.getvalue()


def _lines(client: POP3) -> Iterator[bytes]:
    """Up to the full stop, of whatever length (RFC 1939 §3)."""
    while (line := client.file.readline()) != _END:
        if not line.endswith(b"\n"):
            raise error_proto("-ERR EOF")
        yield line.removeprefix(b".")


def _is_there(client: POP3, number: int) -> bool:
    """And whether it was RETR or TOP that the server refused: then LIST is answered as LIST."""
    try:
        answer: bytes = client._shortcmd(f"LIST {number}")  # type: ignore[attr-defined]
    except error_proto as error:
        if not said(error):
            raise
        return False
    if answer.split()[1:2] != [b"%d" % number]:
        raise error_proto("an answer to something else")
    return True


def _stand_in(mail: Listed) -> Fetched:
    text = f"Subject: A mail that the server lists but does not give\r\n\r\nUIDL {mail.key}, {mail.size} bytes\r\n"
    return Fetched(mail.key, text.encode(), None, header_only=True)

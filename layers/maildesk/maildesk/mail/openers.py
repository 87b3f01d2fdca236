"""Files that hold something to read: opened, or named for what they are. A table of content types → what is done with them."""

from collections.abc import Callable
from dataclasses import dataclass

from maildesk.mail.attachments import part_bytes, part_name
from maildesk.mail.charsets import decode
from maildesk.mail.message import Attachment
from maildesk.mail.pgp import ENCRYPTED
from maildesk.mail.structure import Part

READABLE = 2_000_000  # bytes of a calendar or an external body that are looked at
EXTERNAL = ("access-type", "site", "server", "directory", "name", "url", "size", "expiration")


@dataclass(frozen=True, slots=True)
class Opened:
    """What was found in a part. `stands_in`: its text is shown only where the mail has none of its own."""

    text: str = ""
    html: str = ""
    files: tuple[Attachment, ...] = ()
    problem: str | None = None
    keep: bool = True
    stands_in: bool = False


Opener = Callable[[Part], Opened | None]


def opener_for(part: Part) -> Opener | None:
    return OPENERS.get(str(part.content_type)) or (open_tnef if part_name(part).lower() == "winmail.dat" else None)


def open_calendar(part: Part) -> Opened | None:
    from maildesk.mail.invites import describe_invite

    ics = decode(part_bytes(part)[:READABLE], part.content_type.charset or "utf-8")[0]
    return Opened(text=describe_invite(ics, part.content_type.params.get("method", "")))


def open_tnef(part: Part) -> Opened | None:
    """Without its wrapping; winmail.dat itself is kept only where it cannot be read."""
    from maildesk.mail.tnef import read_tnef

    try:
        tnef = read_tnef(part_bytes(part))
    except ValueError:
        return Opened(problem="winmail.dat could not be opened; it is kept as it came.")
    files = tuple(
        Attachment(file.name, file.kind or "application/octet-stream", bool(file.content_id), file.content_id or None, _bytes(file.data))
        for file in tnef.files
    )
    return Opened(tnef.text.replace("\r\n", "\n"), tnef.html, files, keep=False, stands_in=True)


def _bytes(data: bytes) -> Callable[[], bytes]:
    return lambda: data


def open_external(part: Part) -> Opened | None:
    params = part.content_type.params
    known = "; ".join(f"{name}: {params[name][:100]}" for name in EXTERNAL if params.get(name))
    return Opened(problem=f"A part of the mail is kept elsewhere and was not fetched ({known}).")


def open_partial(part: Part) -> Opened | None:
    number, total = (part.content_type.params.get(name, "?")[:10] for name in ("number", "total"))
    return Opened(problem=f"This is piece {number} of {total} of a larger mail; the others came apart.")


def open_encrypted(_part: Part) -> Opened | None:
    return Opened(problem=ENCRYPTED)


def open_smime(part: Part) -> Opened | None:
    kind = part.content_type.params.get("smime-type", "").lower()
    if kind in ("signed-data", "certs-only"):
        return None
    return Opened(problem="The mail is encrypted (S/MIME) and cannot be read here; it is kept as it came.")


OPENERS: dict[str, Opener] = {
    "text/calendar": open_calendar,
    "application/ics": open_calendar,
    "application/ms-tnef": open_tnef,
    "application/vnd.ms-tnef": open_tnef,
    "message/external-body": open_external,
    "message/partial": open_partial,
    "application/pgp-encrypted": open_encrypted,
    "application/pkcs7-mime": open_smime,
    "application/x-pkcs7-mime": open_smime,
}

"""Parts that are kept as files: their names, and their bytes when somebody asks."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from maildesk.mail.headers import decode_text
from maildesk.mail.message import Attachment
from maildesk.mail.parameters import read_parameters
from maildesk.mail.structure import Part
from maildesk.mail.transfer import decode_transfer

MAX_NAME = 120
MAX_EXTENSION = 10
UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"|?*\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+')
SUBJECT = re.compile(rb"(?:^|[\r\n])[Ss]ubject:[ \t]*((?:[^\r\n]|\r?\n[ \t]){1,300})")
EXTENSIONS = {
    "message/rfc822": ".eml",
    "message/delivery-status": ".txt",
    "message/disposition-notification": ".txt",
    "message/feedback-report": ".txt",
    "text/rfc822-headers": ".txt",
    "text/calendar": ".ics",
    "text/vcard": ".vcf",
    "text/x-vcard": ".vcf",
    "text/plain": ".txt",
    "text/html": ".html",
    "text/csv": ".csv",
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "application/ms-tnef": ".dat",
    "application/pkcs7-signature": ".p7s",
    "application/pkcs7-mime": ".p7m",
    "application/pgp-signature": ".asc",
    "application/pgp-encrypted": ".asc",
    "audio/mpeg": ".mp3",
    "image/gif": ".gif",
    "image/jpeg": ".jpg",
    "image/png": ".png",
}


def disposition(part: Part) -> str:
    return read_parameters(part.get("content-disposition"))[0] if "content-disposition" in part.first else ""


def part_name(part: Part) -> str:
    """The name a part gives itself, "" where it gives none."""
    for params in (read_parameters(part.get("content-disposition"))[1], part.content_type.params):
        name = params.get("filename") or params.get("name") or ""
        if name.strip():
            return decode_text(name)
    return ""


def content_id(part: Part) -> str | None:
    """What the mail's HTML calls the part: its Content-ID or, failing that, its Content-Location."""
    name = part.get("content-id").strip().strip("<>") or part.get("content-location")
    return decode_text(name).strip()[:500] or None


def part_bytes(part: Part) -> bytes:
    return decode_transfer(part.body, part.get("content-transfer-encoding"))[0]


def part_attachment(part: Part, shown: Collection[str | None] = ()) -> Attachment:
    """`shown`: the content ids that the HTML shows."""
    identity, kept_apart, identified = content_id(part), disposition(part), "content-id" in part.first
    inline = identity in shown or kept_apart == "inline" or (kept_apart != "attachment" and identified)
    kind = str(part.content_type)
    name = part_name(part) or _described(part, kind)
    return Attachment(name, kind, inline, identity if identified or identity in shown else None, lambda: part_bytes(part))


def named_apart(attachments: Iterable[Attachment]) -> Iterator[Attachment]:
    """Each with a safe name of its own."""
    taken: set[str] = set()
    for number, attachment in enumerate(attachments, 1):
        name = attachment.filename or f"attachment-{number}{EXTENSIONS.get(attachment.content_type, '')}"
        yield replace(attachment, filename=unique_name(safe_name(name), taken))


def _described(part: Part, kind: str) -> str:
    location = part.get("content-location").partition("?")[0].rpartition("/")[2]
    if "." in location:
        return decode_text(location)
    title = (_subject_inside(part) if kind == "message/rfc822" else "") or decode_text(part.get("content-description"))
    extension = EXTENSIONS.get(kind, "")
    return title if not title or title.endswith(extension) else title[: MAX_NAME - len(extension)].replace("/", "-") + extension


def _subject_inside(part: Part) -> str:
    found = SUBJECT.search(part.body[:8192])
    return decode_text(" ".join(found[1].decode("utf-8", "replace").split())) if found else ""


def safe_name(name: str) -> str:
    """One path component without control characters, reserved characters or tricks of direction."""
    last = UNSAFE.sub(" ", name.replace("\\", "/").rstrip("/").rpartition("/")[2])
    return _shortened(" ".join(last.split()).strip(". ")) or "attachment"


def _shortened(name: str) -> str:
    stem, dot, extension = name.rpartition(".")
    if len(name) <= MAX_NAME or not dot or len(extension) > MAX_EXTENSION:
        return name[:MAX_NAME].strip()
    return f"{stem[: MAX_NAME - len(extension) - 1].strip()}.{extension}"


def unique_name(name: str, taken: set[str]) -> str:
    stem, dot, extension = name.rpartition(".") if "." in name else (name, "", "")
    number, unique = 1, name
    while unique.lower() in taken:
        number += 1
        unique = f"{stem} ({number}){dot}{extension}"
    taken.add(unique.lower())
    return unique

"""Parts that are kept as files: their names, and their bytes when somebody asks."""

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from maildesk.mail.headers import decode_text
from maildesk.mail.message import Attachment
from maildesk.mail.parameters import read_parameters
from maildesk.mail.structure import Part
from maildesk.mail.transfer import decode_transfer

MAX_NAME = 120
UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"|?*\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+')
EXTENSIONS = {
    "message/rfc822": ".eml", "text/calendar": ".ics", "text/vcard": ".vcf", "text/x-vcard": ".vcf", "text/plain": ".txt", "text/html": ".html",
    "text/csv": ".csv", "application/pdf": ".pdf", "application/zip": ".zip", "image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif",
    "application/pkcs7-signature": ".p7s", "application/pkcs7-mime": ".p7m", "application/pgp-signature": ".asc", "text/rfc822-headers": ".txt",
    "application/pgp-encrypted": ".asc", "message/delivery-status": ".txt", "application/ms-tnef": ".dat", "audio/mpeg": ".mp3",
}  # fmt: skip


def disposition(part: Part) -> str:
    return read_parameters(part.get("content-disposition"))[0]


def part_name(part: Part) -> str:
    """The name a part gives itself, "" where it gives none."""
    for header in ("content-disposition", "content-type"):
        params = read_parameters(part.get(header))[1]
        name = params.get("filename") or params.get("name") or ""
        if name.strip():
            return decode_text(name)
    return ""


def content_id(part: Part) -> str | None:
    return part.get("content-id").strip().strip("<>").strip()[:200] or None


def make_attachments(parts: Iterable[Part], inline: set[int]) -> Iterator[Attachment]:
    taken: set[str] = set()
    for number, part in enumerate(parts, 1):
        kind = str(part.content_type)
        name = unique_name(safe_name(part_name(part) or _fallback_name(part, kind, number)), taken)
        yield Attachment(name, kind, id(part) in inline, content_id(part), _Decoder(part))


class _Decoder:
    def __init__(self, part: Part) -> None:
        self.part = part

    def __call__(self) -> bytes:
        return decode_transfer(self.part.body, self.part.get("content-transfer-encoding"))[0]


def _fallback_name(part: Part, kind: str, number: int) -> str:
    extension = EXTENSIONS.get(kind, "")
    location = PurePosixPath(part.get("content-location").partition("?")[0]).name
    described = decode_text(part.get("content-description"))
    if "." in location:
        return location
    if kind == "message/rfc822":
        described = _subject_inside(part) or described
    return f"{described}{extension}" if described else f"attachment-{number}{extension}"


def _subject_inside(part: Part) -> str:
    found = re.search(rb"(?:^|[\r\n])[Ss]ubject:([^\r\n]{1,300})", part.body[:8192])
    return decode_text(found[1].decode("utf-8", "replace").strip()) if found else ""


def safe_name(name: str) -> str:
    """One path component without control characters, reserved characters or tricks of direction."""
    last = UNSAFE.sub(" ", name.replace("\\", "/").rstrip("/").rpartition("/")[2])
    clean = " ".join(last.split()).strip(". ")
    return _shortened(clean, MAX_NAME) or "attachment"


def _shortened(name: str, limit: int) -> str:
    stem, dot, extension = name.rpartition(".")
    if len(name) <= limit or not dot or len(extension) > 10:
        return name[:limit]
    return f"{stem[: limit - len(extension) - 1]}.{extension}"


def unique_name(name: str, taken: set[str]) -> str:
    stem, dot, extension = name.rpartition(".") if "." in name else (name, "", "")
    number, unique = 1, name
    while unique.lower() in taken:
        number += 1
        unique = f"{stem} ({number}){dot}{extension}"
    taken.add(unique.lower())
    return unique

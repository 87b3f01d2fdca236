"""54 mails and what another reader makes of them: addresses, subject, texts, attachments as bytes. Each difference is explained below."""

import json
from pathlib import Path

import pytest

from maildesk.mail.charsets import decode
from maildesk.mail.html_shape import shape_html
from maildesk.mail.html_text import html_to_text
from maildesk.mail.message import Address, Mail
from maildesk.mail.parse import parse

REFERENCE = Path(__file__).parents[2].parent / "shared" / "mails" / "parsing"
SAME_BOUNDARY = "a part inside that repeats its parent's boundary: the reference keeps the text as a damaged file, we show it"
# (mail, what) → why we read it otherwise, on purpose
DIFFERENCES = {
    ("legacy-017", "to"): "raw Latin-1 in a header: we read the umlauts, the reference shows replacement characters",
    ("legacy-017", "files"): "x-uuencode as a transfer encoding: we decode it, the reference does not",
    ("legacy-027", "to"): "raw Latin-1 in a header, as above",
    ("legacy-027", "subject"): "raw Latin-1 in a header, as above",
    ("legacy-033", "text"): "Latin-1 that says it is UTF-8: as above",
    ("legacy-049", "text"): "a uuencoded picture in the text: the reference leaves it there, we take it out",
    ("legacy-049", "files"): "… and attach it",
    ("malformed-001", "text"): "the inner multipart ends at the outer boundary, so what follows is text; the reference loses it",
    ("malformed-001", "files"): "… to an empty file",
    ("malformed-003", "text"): SAME_BOUNDARY,
    ("malformed-003", "files"): SAME_BOUNDARY,
    ("malformed-005", "text"): "boundaries that end in --: RFC 2046 reads the inner one as the outer's end, the reference as a part",
    ("malformed-007", "files"): "the reference keeps an empty part behind the end as a file",
    ("malformed-009", "text"): "an inner multipart without an end: the outer boundary ends it, and the third text is text",
    ("malformed-009", "files"): "… which the reference leaves in a file with its boundary lines",
    ("malformed-011", "text"): "as malformed-009",
    ("malformed-011", "files"): "as malformed-009",
    (
        "malformed-019",
        "text",
    ): "fragments of mails in a heap: headers run into text without an empty line; we show that text, the reference drops it",
    (
        "malformed-021",
        "text",
    ): "the boundary between multipart and first part is missing: we show the alternative, the reference the raw rest",
    ("malformed-021", "html"): "… and its HTML",
    ("rfc-001", "from"): "no address, only a name: nobody to write to",
    ("rfc-001", "to"): "as above",
    ("thirdparty-015", "files"): "three mails attached; the reference sees one holding another, its inner boundaries being absent",
}


class Reference:
    """The other reader's tree."""

    def __init__(self, tree: dict) -> None:
        self.parts = tree["parts"]
        self.text_body, self.html_body, self.attached = (tree[key] for key in ("text_body", "html_body", "attachments"))
        self.headers = {header["name"]: header["value"] for header in reversed(self.parts[0]["headers"]) if isinstance(header["name"], str)}

    def addresses(self, name: str) -> list[tuple[str, str]]:
        value = self.headers.get(name, {})
        if not isinstance(value, dict):
            return []
        listed = value.get("Address", {})
        entries = listed.get("List") or [entry for group in listed.get("Group", []) for entry in group["addresses"]]
        return [(entry["name"] or "", entry["address"] or "") for entry in entries]

    def word(self, name: str) -> str:
        value = self.headers.get(name, {})
        return value.get("Text", "") if isinstance(value, dict) else ""

    def texts(self) -> list[str]:
        return [self._readable(self.parts[number]["body"]) for number in self.text_body]

    def _readable(self, body: dict) -> str:
        return body.get("Text", "") or html_to_text(shape_html(body.get("Html", "")))

    def htmls(self) -> list[str]:
        bodies = [self.parts[number]["body"] for number in self.html_body]
        return [self._readable(body) for body in bodies] if any("Html" in body for body in bodies) else []

    def files(self) -> list[bytes | str | None]:
        return [self._file(self.parts[number]["body"]) for number in self.attached]

    def _file(self, body: dict) -> bytes | str | None:
        """None: a mail inside the mail, which the reference takes apart."""
        if "Text" in body or "Html" in body:
            return body.get("Text") or body.get("Html") or ""
        return bytes(body.get("Binary") or body.get("InlineBinary") or []) if "Message" not in body else None


def folded(text: str) -> str:
    return " ".join(text.split())


def pairs(addresses: tuple[Address, ...]) -> list[tuple[str, str]]:
    return [(address.name, address.address) for address in addresses]


def same_files(mail: Mail, files: list[bytes | str | None]) -> bool:
    got = [attachment.content for attachment in mail.attachments]
    return len(got) == len(files) and all(same_file(*both) for both in zip(got, files, strict=True))


def same_file(got: bytes, want: bytes | str | None) -> bool:
    """The reference decodes attached text and its line ends; we keep the bytes that were sent."""
    return folded(decode(got, "")[0]) == folded(want) if isinstance(want, str) else want in (None, got)


def comparisons(mail: Mail, reference: Reference) -> dict[str, tuple[object, object]]:
    files = reference.files()
    return {
        "from": (pairs((mail.sender,) if mail.sender else ())[:1], reference.addresses("from")[:1]),
        "to": (pairs(mail.to), reference.addresses("to")),
        "cc": (pairs(mail.cc), reference.addresses("cc")),
        "reply_to": (pairs(mail.reply_to), reference.addresses("reply_to")),
        "subject": (mail.subject, folded(reference.word("subject"))),
        "message_id": (mail.message_id or "", reference.word("message_id")),
        "text": (folded(mail.text), folded("\n".join(reference.texts()))),
        "html": (folded(html_to_text(shape_html(mail.html or ""))), folded("\n".join(reference.htmls()))),
        "files": (same_files(mail, files) or [attachment.content[:40] for attachment in mail.attachments], True),
    }


@pytest.mark.skipif(not REFERENCE.is_dir(), reason="the reference mails are not here")
@pytest.mark.parametrize("eml", sorted(REFERENCE.glob("*.eml")), ids=lambda path: path.stem)
def test_a_mail_is_read_as_the_reference_reads_it(eml: Path):
    tree = json.loads(eml.with_suffix(".json").read_text("utf-8"))
    compared = comparisons(parse(eml.read_bytes()), Reference(tree))
    different = {what for what, (ours, theirs) in compared.items() if ours != theirs}
    explained = {what for stem, what in DIFFERENCES if stem == eml.stem}
    assert different == explained, {what: compared[what] for what in different ^ explained}

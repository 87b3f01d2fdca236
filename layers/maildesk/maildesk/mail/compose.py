"""A mail of ours as MIME: threads in the customer's mail program, and tells machines what it is.

Headers are written here: the library's own folding turns Message-IDs of more than a line into encoded words, which no mail
program threads by, and it raises for addresses that mail programs do write."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.header import Header
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Literal

from maildesk.mail.message import Address
from maildesk.mail.quotes.marker import MARKER

_FOLD = "\r\n "
_UNPRINTABLE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/^_`{|}~ -]{1,200}")  # RFC 5322 §3.2.3, less what encoded words are made of
_ATOM = r'[^ ()<>\[\]:;@\\,."]+'  # RFC 6532 §3.2 allows all beyond ASCII
_LOCAL_PART = re.compile(rf'{_ATOM}(\.{_ATOM})*|"([^"\\]|\\.)*"')
_NOT_IN_DOMAINS = re.compile(r"[^\w.:\[\]-]")
_MESSAGE_ID = re.compile(r"[!-;=?-~]{1,900}")
_ATTACHABLE = re.compile(r"(?!message|multipart)[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,60}")
_LONGEST_WORD = 200


@dataclass(frozen=True, slots=True)
class File:
    filename: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A mail to be sent. `references`: Message-IDs without brackets, the one that is answered last;
    `automatic`: how (RFC 3834 §5), where no person wrote it."""

    sender: Address
    reply_to: Address | None
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    subject: str
    text: str
    date: datetime
    message_id: str
    references: tuple[str, ...]
    automatic: Literal["auto-replied", "auto-generated"] | None
    files: tuple[File, ...] = ()


def compose(outgoing: Outgoing) -> bytes:
    """RFC 5322 with CRLF line ends; threading by RFC 5322 §3.6.4, automatic mail marked by RFC 3834 §5.
    On top stands the line to answer above, with the left side of the Message-ID: some programs keep no headers when they quote.
    ASCII, unless an address is not (RFC 6532). Never raises: an address nobody can deliver to is for the server to refuse."""
    head = "".join(f"{name}: {value}\r\n" for name, value in _headers(outgoing))
    return head.encode() + _body(outgoing).as_bytes()


def _headers(outgoing: Outgoing) -> Iterator[tuple[str, str]]:
    yield "From", _person(outgoing.sender)
    if outgoing.reply_to:
        yield "Reply-To", _person(outgoing.reply_to)
    yield "To", _people(outgoing.to) or "undisclosed-recipients:;"
    if outgoing.cc:
        yield "Cc", _people(outgoing.cc)
    yield "Subject", _words(_one_line(outgoing.subject), "Subject")
    yield "Date", format_datetime(outgoing.date)
    yield "Message-ID", f"<{outgoing.message_id}>"
    if answered := [f"<{message_id}>" for message_id in outgoing.references if _MESSAGE_ID.fullmatch(message_id)]:
        yield "In-Reply-To", answered[-1]
        yield "References", _FOLD.join(answered)
    if outgoing.automatic:
        yield "Auto-Submitted", outgoing.automatic
        yield "X-Auto-Response-Suppress", "All"


def _people(addresses: Iterable[Address]) -> str:
    return f",{_FOLD}".join(_person(address) for address in addresses if address.address)


def _person(address: Address) -> str:
    name = _one_line(address.name)
    return f"{_phrase(name)} <{_addr_spec(address.address)}>" if name else _addr_spec(address.address)


def _phrase(name: str) -> str:
    if _ATOMS.fullmatch(name):
        return name
    return f'"{_escaped(name)}"' if _may_stand(name) else _words(name)


def _addr_spec(address: str) -> str:
    """RFC 5322 §3.4.1; a local part that needs quotes gets them, a domain travels as ASCII (RFC 5891)."""
    local, _, domain = _one_line(address).rpartition("@")
    if not _LOCAL_PART.fullmatch(local):
        local = f'"{_escaped(local)}"'
    return f"{local}@{_ascii(_NOT_IN_DOMAINS.sub('', domain))}"


def _ascii(domain: str) -> str:
    try:
        return domain.encode("idna").decode()
    except UnicodeError:
        return domain


def _escaped(text: str) -> str:
    return re.sub(r'(["\\])', r"\\\1", text)


def _words(text: str, name: str = "") -> str:
    """Folded; as encoded words (RFC 2047) where the text could not stand as it is."""
    return Header(text, "us-ascii" if _may_stand(text) else "utf-8", header_name=name).encode(linesep="\r\n")


def _may_stand(text: str) -> bool:
    return text.isascii() and "=?" not in text and all(len(word) <= _LONGEST_WORD for word in text.split())


def _one_line(text: str) -> str:
    """A header's text cannot start another header."""
    return _UNPRINTABLE.sub(" ", text).strip()


def _body(outgoing: Outgoing) -> EmailMessage:
    message = EmailMessage(policy=policy.SMTP)
    text = f"{MARKER} ({outgoing.message_id.partition('@')[0]})\n\n{outgoing.text}"
    message.set_content(text.encode(errors="replace").decode(), cte="quoted-printable")
    for file in outgoing.files:
        kind = file.content_type.lower()
        maintype, _, subtype = (kind if _ATTACHABLE.fullmatch(kind) else "application/octet-stream").partition("/")
        message.add_attachment(file.content, maintype=maintype, subtype=subtype, filename=_one_line(file.filename) or "attachment")
    return message

"""A mail of ours as MIME: threads in the customer's mail program, and tells machines what it is."""

from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.headerregistry import Address as HeaderAddress
from email.message import EmailMessage
from email.utils import format_datetime

from maildesk.mail.message import Address


@dataclass(frozen=True, slots=True)
class File:
    filename: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A mail to be sent. `references`: Message-IDs without brackets, the one that is answered last;
    `automatic`: no person wrote it."""

    sender: Address
    reply_to: Address | None
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    subject: str
    text: str
    date: datetime
    message_id: str
    references: tuple[str, ...]
    automatic: bool
    files: tuple[File, ...] = ()


def compose(outgoing: Outgoing) -> bytes:
    """RFC 5322 with CRLF line ends; threading by RFC 5322 §3.6.4, automatic mail marked by RFC 3834 §5."""
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = _header(outgoing.sender)
    if outgoing.reply_to:
        message["Reply-To"] = _header(outgoing.reply_to)
    message["To"] = [_header(address) for address in outgoing.to]
    if outgoing.cc:
        message["Cc"] = [_header(address) for address in outgoing.cc]
    message["Subject"] = _one_line(outgoing.subject)
    message["Date"] = format_datetime(outgoing.date)
    message["Message-ID"] = f"<{outgoing.message_id}>"
    if outgoing.references:
        message["In-Reply-To"] = f"<{outgoing.references[-1]}>"
        message["References"] = " ".join(f"<{reference}>" for reference in outgoing.references)
    if outgoing.automatic:
        message["Auto-Submitted"] = "auto-replied"
        message["X-Auto-Response-Suppress"] = "All"
    message.set_content(outgoing.text, cte="quoted-printable")
    for file in outgoing.files:
        _attach(message, file)
    return message.as_bytes()


def _attach(message: EmailMessage, file: File) -> None:
    maintype, _, subtype = file.content_type.partition("/")
    if maintype in {"message", "multipart"} or not subtype:
        maintype, subtype = "application", "octet-stream"
    message.add_attachment(file.content, maintype=maintype, subtype=subtype, filename=_one_line(file.filename))


def _header(address: Address) -> HeaderAddress:
    return HeaderAddress(display_name=_one_line(address.name), addr_spec=address.address)


def _one_line(text: str) -> str:
    """A header's text cannot start another header."""
    return " ".join(text.split())

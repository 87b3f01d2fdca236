"""What a mail is to the rest of Maildesk, once read."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Address:
    """One addressee as written in a header; `address` is bare (`user@host`), lower-cased host, never empty."""

    name: str
    address: str


class Content(Protocol):
    """Decodes a part's transfer encoding when somebody asks for the bytes."""

    def __call__(self) -> bytes: ...


@dataclass(frozen=True)
class Attachment:
    """A part that is kept as a file. Bytes are decoded once, on first use."""

    filename: str
    content_type: str
    inline: bool
    content_id: str | None
    decode: Content

    @cached_property
    def content(self) -> bytes:
        return self.decode()

    @cached_property
    def sha256(self) -> str:
        return sha256(self.content).hexdigest()

    @property
    def size(self) -> int:
        """Bytes after decoding."""
        return len(self.content)


@dataclass(frozen=True, slots=True)
class Automatic:
    """A mail no person wrote. `kind`: auto-reply, out-of-office, auto-generated, mailing-list, bounce,
    feedback-report, read-receipt or challenge; `reason` names the header or words that told."""

    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class BouncedRecipient:
    """One recipient of a delivery status notification (RFC 3464 §2.3). `action`: failed, delayed, delivered,
    relayed or expanded; `hard` when trying again is pointless."""

    address: str
    status: str
    action: str
    hard: bool


@dataclass(frozen=True, slots=True)
class Bounce:
    original_message_id: str | None
    recipients: tuple[BouncedRecipient, ...]


AS_IT_CAME = "authentication-results"
"""Decoded, an address in it could turn into a result."""


@dataclass(frozen=True)
class Mail:
    """One mail, read. Message-IDs are without angle brackets; `date` is UTC; texts have `\\n` line ends.

    `text` is the whole readable text. `html` is safe to show, None where the mail has none: its pictures are `cid:` of an
    attachment's `content_id` (as `src`) or remote (as `data-remote-src`). `problems` are sentences on what could not be read,
    `signatures` on what was signed: verified or not; `headers` as they came, unfolded: `header` decodes.
    """

    subject: str
    sender: Address | None
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    date: datetime | None = None
    message_id: str | None = None
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    text: str = ""
    html: str | None = None
    attachments: tuple[Attachment, ...] = ()
    automatic: Automatic | None = None
    bounce: Bounce | None = None
    signatures: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @cached_property
    def reply_text(self) -> str:
        """What the writer added, without what they quoted; the whole text where that leaves nothing."""
        from maildesk.mail.reply_text import split_reply

        return split_reply(self.text).shown or self.text

    def header(self, name: str) -> str | None:
        """The first header of this name, decoded and unfolded; None where there is none."""
        from maildesk.mail.headers import decode_text

        found = next((value for key, value in self.headers if key.lower() == name.lower()), None)
        return found if found is None or name.lower() == AS_IT_CAME else decode_text(found)

"""What an agent writes, from the fields of a command to a message of a ticket."""

from mimetypes import guess_type
from typing import Annotated
from uuid import uuid4

from msgspec import Meta, Struct

from maildesk.desk.operate.operator import Operator
from maildesk.desk.operate.people import author
from maildesk.mail.message import Attachment
from maildesk.settings import Settings
from maildesk.tickets.answering import entry_id
from maildesk.tickets.records import Direction, Message, Ticket

Author = Annotated[str | None, Meta(description='an address, or "Name <address>"; left out, the desk speaks')]


class File(Struct, frozen=True, forbid_unknown_fields=True):
    """Without `content_type`, the ending of the name tells."""

    filename: Annotated[str, Meta(min_length=1, max_length=255)]
    content_base64: bytes
    content_type: Annotated[str, Meta(pattern=r"^[\w.+-]+/[\w.+-]+\Z", description="a media type such as image/png")] | None = None


class Writing(Struct, frozen=True, forbid_unknown_fields=True):
    ticket: int
    text: Annotated[str, Meta(min_length=1)]
    author: Author = None
    attachments: tuple[File, ...] = ()


def new_message(operator: Operator, settings: Settings, ticket: Ticket, writing: Writing, direction: Direction) -> Message:
    """Not stored yet; its files and a long text are in the bucket."""
    now = operator.clock()
    entry = entry_id(now, uuid4().hex)
    body = operator.bodies.keep_written(writing.text, f"{ticket.number}.{entry}", [_attachment(file) for file in writing.attachments])
    return Message(
        ticket=ticket.number,
        id=entry,
        direction=direction,
        author=author(writing.author, settings, ticket.mailbox),
        text=body.text,
        body_key=body.key,
        attachments=body.attachments,
        created_at=now,
    )


def _attachment(file: File) -> Attachment:
    content_type = file.content_type or guess_type(file.filename)[0] or "application/octet-stream"
    return Attachment(file.filename, content_type, inline=False, content_id=None, decode=lambda: file.content_base64)

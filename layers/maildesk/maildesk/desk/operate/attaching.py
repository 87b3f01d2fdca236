"""Files given in a command."""

from mimetypes import guess_type
from typing import Annotated

from msgspec import Meta, Struct

from maildesk.mail.message import Attachment


class File(Struct, frozen=True, forbid_unknown_fields=True):
    """Without `content_type`, the ending of the name tells."""

    filename: Annotated[str, Meta(min_length=1, max_length=255)]
    content_base64: bytes
    content_type: Annotated[str, Meta(pattern=r"^[\w.+-]+/[\w.+-]+\Z", description="a media type such as image/png")] | None = None


def attachment(file: File) -> Attachment:
    content_type = file.content_type or guess_type(file.filename)[0] or "application/octet-stream"
    return Attachment(file.filename, content_type, inline=False, content_id=None, decode=lambda: file.content_base64)

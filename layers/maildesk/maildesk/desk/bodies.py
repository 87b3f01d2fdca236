"""Where a mail's words and files go: short bodies into the table, long ones and all attachments into the bucket."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from maildesk.mail.message import Attachment, Mail
from maildesk.ports import Bucket
from maildesk.tickets.arrival import Arrival
from maildesk.tickets.handing_in import HandedIn
from maildesk.tickets.records import Message, StoredAttachment
from maildesk.tickets.writing import Body

INLINE_BYTES = 3000
"""A longer body goes to the bucket: one S3 put costs as much as eight write units."""

_PREVIEW_CHARACTERS = 500


class StoredBody(msgspec.Struct, frozen=True):
    """A body in the bucket."""

    text: str
    full_text: str | None = None
    html: str | None = None


@dataclass(frozen=True)
class Bodies:
    bucket: Bucket

    def keep(self, mail: Mail, arrival: Arrival, *, trimmed: bool) -> Body:
        """Stores what belongs into the bucket; `trimmed` shows the reply without what it quotes, the full text beside it."""
        shown = mail.reply_text if trimmed else mail.text
        stored = StoredBody(text=shown, full_text=mail.text if shown != mail.text else None, html=mail.html)
        return self._placed(stored, arrival.identity, mail.attachments)

    def keep_note(self, handed_in: HandedIn, arrival: Arrival) -> Body:
        """What was said with a mail that was handed in; a forward itself stays whole beside it."""
        came = handed_in.came if handed_in.how == "forward" else None
        stored = StoredBody(text=handed_in.note, full_text=came.text if came else None, html=came.html if came else None)
        return self._placed(stored, f"{arrival.identity}.note", handed_in.files)

    def keep_written(self, text: str, name: str, files: Sequence[Attachment]) -> Body:
        """The same for what an agent wrote; `name` tells it from all others."""
        return self._placed(StoredBody(text=text), name, files)

    def _placed(self, stored: StoredBody, name: str, files: Sequence[Attachment]) -> Body:
        attachments = tuple(self._kept(file) for file in files)
        content = msgspec.json.encode(stored)
        if len(content) <= INLINE_BYTES:
            return Body(text=stored.text, full_text=stored.full_text, html=stored.html, attachments=attachments)
        key = f"bodies/{name}.json"
        self.bucket.put(key, content)
        return Body(text=stored.text[:_PREVIEW_CHARACTERS], key=key, attachments=attachments)

    def _kept(self, attachment: Attachment) -> StoredAttachment:
        self.bucket.put(f"attachments/{attachment.sha256}", attachment.content)
        return StoredAttachment(
            filename=attachment.filename,
            content_type=attachment.content_type,
            size=attachment.size,
            sha256=attachment.sha256,
            inline=attachment.inline,
            content_id=attachment.content_id,
        )

    def read(self, message: Message) -> StoredBody:
        """The whole body of a message, wherever it is."""
        if message.body_key is None:
            return StoredBody(text=message.text, full_text=message.full_text, html=message.html)
        return msgspec.json.decode(self.bucket.get(message.body_key), type=StoredBody)

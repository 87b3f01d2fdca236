"""`attach_original`: the mail as it came, as a file among its own attachments."""

from dataclasses import replace

from maildesk.mail.attachments import named_apart
from maildesk.mail.message import Attachment, Mail

_LONGEST_NAME = 100


def with_original_attached(mail: Mail, raw: bytes) -> Mail:
    name = f"{mail.subject[:_LONGEST_NAME].strip().replace('/', '-') or 'original'}.eml"
    original = Attachment(name, "message/rfc822", inline=False, content_id=None, decode=lambda: raw)
    return replace(mail, attachments=tuple(named_apart((*mail.attachments, original))))

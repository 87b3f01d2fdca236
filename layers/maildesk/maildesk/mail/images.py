"""`inline_images: attach`: the pictures a mail shows in its HTML become ordinary attachments."""

import re
from dataclasses import replace

from maildesk.mail.message import Attachment, Mail

SHOWN = re.compile(r'<img\b(?=[^>]*? src="cid:)[^>]*>')


def with_images_attached(mail: Mail) -> Mail:
    """HTML without them, and no picture that counts as inline; remote pictures stay."""
    if not any(attachment.inline for attachment in mail.attachments):
        return mail
    html = SHOWN.sub("", mail.html) if mail.html else mail.html
    return replace(mail, html=html, attachments=tuple(_apart(attachment) for attachment in mail.attachments))


def _apart(attachment: Attachment) -> Attachment:
    is_image = attachment.content_type.startswith("image/")
    return replace(attachment, inline=False) if attachment.inline and is_image else attachment

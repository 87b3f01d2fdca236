"""A mail as JSON: what `python -m maildesk.mail` prints, and what `receipt.inspect` shows."""

from typing import Any

from maildesk.mail.message import Address, Attachment, Automatic, Bounce, Mail


def describe(mail: Mail) -> dict[str, Any]:
    return {
        "subject": mail.subject,
        "from": _address(mail.sender) if mail.sender else None,
        "reply_to": [_address(address) for address in mail.reply_to],
        "to": [_address(address) for address in mail.to],
        "cc": [_address(address) for address in mail.cc],
        "date": mail.date.isoformat() if mail.date else None,
        "message_id": mail.message_id,
        "in_reply_to": mail.in_reply_to[0] if mail.in_reply_to else None,
        "references": list(mail.references),
        "text": mail.text,
        "html": mail.html,
        "reply_text": mail.reply_text,
        "attachments": [_attachment(attachment) for attachment in mail.attachments],
        "automatic": _automatic(mail.automatic) if mail.automatic else None,
        "bounce": _bounce(mail.bounce) if mail.bounce else None,
        "problems": list(mail.problems),
    }


def _address(address: Address) -> dict[str, str]:
    return {"name": address.name, "address": address.address}


def _attachment(attachment: Attachment) -> dict[str, Any]:
    return {
        "filename": attachment.filename,
        "content_type": attachment.content_type,
        "size": attachment.size,
        "sha256": attachment.sha256,
        "inline": attachment.inline,
        "content_id": attachment.content_id,
    }


def _automatic(automatic: Automatic) -> dict[str, str]:
    return {"kind": automatic.kind, "reason": automatic.reason}


def _bounce(bounce: Bounce) -> dict[str, Any]:
    return {
        "original_message_id": bounce.original_message_id,
        "recipients": [
            {"address": found.address, "status": found.status, "action": found.action, "hard": found.hard} for found in bounce.recipients
        ],
    }

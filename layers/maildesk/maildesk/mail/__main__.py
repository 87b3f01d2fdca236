"""`python -m maildesk.mail FILE.eml …`: one JSON object per file, one per line, in order."""

import json
import sys
from pathlib import Path
from typing import Any

from maildesk.mail.message import Address, Attachment, Automatic, Bounce, Mail
from maildesk.mail.parse import parse


def main(files: list[str]) -> int:
    if not files:
        print("usage: python -m maildesk.mail FILE.eml …", file=sys.stderr)
        return 2
    for file in files:
        sys.stdout.write(json.dumps(describe(_read(file)), ensure_ascii=False) + "\n")
    return 0


def _read(file: str) -> Mail:
    try:
        return parse(Path(file).read_bytes())
    except OSError as error:
        problem = f"The file {file} cannot be read: {error.strerror}."
        print(problem, file=sys.stderr)
        return Mail(subject="", sender=None, problems=(problem,))


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


if __name__ == "__main__":
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8")
    sys.exit(main(sys.argv[1:]))

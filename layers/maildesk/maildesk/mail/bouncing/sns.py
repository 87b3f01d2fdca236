"""Amazon SES's notices by Amazon SNS: JSON in a mail (docs.aws.amazon.com/ses, "notification contents")."""

import json
import re
from typing import Any

from maildesk.mail.bouncing.fields import Fields

FOLDED = re.compile(r"!?\n ?")  # SNS breaks lines that are too long for mail, inside strings too
CLASSES = {"Permanent": "5.0.0", "Transient": "4.0.0", "Undetermined": "5.0.0"}


def read_notice(text: str) -> tuple[list[Fields], str]:
    """The recipients as RFC 3464 fields, and our Message-ID as a header line; nothing where it is no such notice."""
    notice = _load(text)
    if "Message" in notice:
        notice = _load(str(notice["Message"]))
    mail = _dict(notice.get("mail"))
    recipients = _bounced(_dict(notice.get("bounce"))) + _delivered(_dict(notice.get("delivery")))
    our_id = _dict(mail.get("commonHeaders")).get("messageId") or mail.get("messageId")
    return recipients, f"Message-ID: {our_id}\n" if our_id else ""


def _load(text: str) -> dict[str, Any]:
    start = text.find("{")
    if start < 0 or "notificationType" not in text:
        return {}
    try:
        return _dict(json.JSONDecoder(strict=False).raw_decode(FOLDED.sub("", text[start:]))[0])
    except (ValueError, RecursionError):
        return {}


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _bounced(bounce: dict[str, Any]) -> list[Fields]:
    default = CLASSES.get(str(bounce.get("bounceType")), "5.0.0")
    return [
        {
            "final-recipient": str(each.get("emailAddress", "")),
            "action": str(each.get("action", "failed")),
            "status": str(each.get("status") or default),
            "diagnostic-code": str(each.get("diagnosticCode", "")),
        }
        for each in map(_dict, bounce.get("bouncedRecipients") or [])
    ]


def _delivered(delivery: dict[str, Any]) -> list[Fields]:
    answer = str(delivery.get("smtpResponse", ""))
    return [
        {"final-recipient": str(address), "action": "delivered", "status": "2.0.0", "diagnostic-code": answer}
        for address in delivery.get("recipients") or []
    ]

"""Mail that no person wrote."""

from collections.abc import Callable

from maildesk.mail.message import Automatic, Bounce


def classify(header: Callable[[str], str | None], content_type: str, subject: str, bounce: Bounce | None) -> Automatic | None:
    if bounce:
        return Automatic("bounce", "The mail is a delivery status.")
    submitted = (header("Auto-Submitted") or "no").strip().lower()
    return None if submitted == "no" else Automatic("auto-reply", f"Auto-Submitted: {submitted}")

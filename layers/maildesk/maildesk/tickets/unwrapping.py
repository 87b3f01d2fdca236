"""An agent's forward, unwrapped: the mail inside with the rights of its own writer, the agent's words beside it."""

from dataclasses import replace

from maildesk.mail.forwards import Forward, attached_mail, read_forward, without_prefix
from maildesk.mail.message import Attachment, Mail
from maildesk.mail.parse import parse
from maildesk.settings import Settings
from maildesk.tickets.handing_in import HandedIn

_NO_WORDS = "(forwarded without a word)"


def unwrapped(mail: Mail, settings: Settings) -> tuple[Mail, HandedIn] | None:
    """What an agent forwards, as if its writer had sent it here, and the agent's own words; None for any other mail,
    and for one of our own or of the agent's own that goes round."""
    forward = read_forward(mail)
    assert mail.sender
    if forward is None or settings.owns(forward.sender.address) or forward.sender.address.lower() == mail.sender.address.lower():
        return None
    original, files = _attached(mail, forward) if forward.attached else (_inline(mail, forward), ())
    note = forward.comment or _NO_WORDS
    return original, HandedIn(how="forward", by=mail.sender, came=mail, note=note, files=files)


def _inline(mail: Mail, forward: Forward) -> Mail:
    """Its HTML would show the agent's words too: that stays with the note."""
    subject = without_prefix(forward.subject)
    return replace(mail, sender=forward.sender, reply_to=(), cc=(), message_id=None, subject=subject, text=forward.text, html=None)


def _attached(mail: Mail, forward: Forward) -> tuple[Mail, tuple[Attachment, ...]]:
    """Whoever else the original went to does not learn that it came here."""
    file = attached_mail(mail)
    assert file
    original = replace(parse(file.content), cc=(), subject=without_prefix(forward.subject))
    if original.message_id == mail.message_id:
        original = replace(original, message_id=None)
    return original, tuple(other for other in mail.attachments if other is not file)

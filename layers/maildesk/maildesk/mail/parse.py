"""Raw bytes → `Mail`. Never raises, never hangs: what could not be read is named in `problems`."""

import email
from collections.abc import Callable

from maildesk.mail import automatic
from maildesk.mail.addresses import read_addresses
from maildesk.mail.bouncing.signs import may_be_bounce
from maildesk.mail.content import read_content
from maildesk.mail.headers import decode_text, read_date, read_ids, read_message_id, read_subject
from maildesk.mail.message import Address, Bounce, Mail
from maildesk.mail.structure import Part, read_structure

BOUNCE_LENGTH = 500_000  # bytes; what a bounce tells stands at its start
SENDERS = ("from", "reply-to", "return-path", "sender")


def parse(raw: bytes) -> Mail:
    try:
        return _parse(raw)
    except Exception as error:
        return Mail(subject="", sender=None, problems=(f"The mail could not be read ({type(error).__name__}).",))


def _parse(raw: bytes) -> Mail:
    root, problems = read_structure(raw)
    signatures: list[str] = []
    content = read_content(_without_signatures(root, signatures))
    sender = _read_sender(root, problems)
    problems += content.problems
    problems += [found for found in signatures if "not verified" in found]
    subject = read_subject(root.get("subject"))
    bounce = _read_bounce(root, content.text)
    return Mail(
        subject=subject,
        sender=sender,
        reply_to=read_addresses(root.get("reply-to")),
        to=read_addresses(root.get("to")),
        cc=read_addresses(root.get("cc")),
        date=read_date(root.get("date")),
        message_id=read_message_id(root.get("message-id")),
        in_reply_to=read_ids(root.get("in-reply-to")),
        references=read_ids(root.get("references")),
        text=content.text,
        html=content.html,
        attachments=content.attachments,
        automatic=automatic.classify(_decoded_headers(root), root.get("content-type"), subject, bounce, root.first),
        bounce=bounce,
        signatures=tuple(signatures),
        problems=tuple(dict.fromkeys(problems)),
        headers=tuple(root.fields),
    )


def _without_signatures(root: Part, signatures: list[str]) -> Part:
    if root.content_type.main == "text" or (b"pkcs7-" not in root.raw and b"pgp-signature" not in root.raw):
        return root
    from maildesk.mail.smime import open_signed

    return open_signed(root, signatures)


def _decoded_headers(root: Part) -> Callable[[str], str | None]:
    def header(name: str) -> str | None:
        value = root.first.get(name.lower())
        return decode_text(value) if value else value

    return header


def _read_bounce(root: Part, text: str) -> Bounce | None:
    if not may_be_bounce(root.get):
        return None
    from maildesk.mail.bounces import read_bounce

    try:
        return read_bounce(email.message_from_bytes(root.raw[:BOUNCE_LENGTH]), text)
    except RecursionError:
        return None


def _read_sender(root: Part, problems: list[str]) -> Address | None:
    for name in SENDERS:
        found = read_addresses(root.get(name))
        if found:
            if name != "from":
                problems.append(f"The mail has no usable From; the sender is taken from {name.title()}.")
            return found[0]
    problems.append("The mail names no sender.")
    return None

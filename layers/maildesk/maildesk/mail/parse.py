"""Raw bytes → `Mail`. Never raises, never hangs: what could not be read is named in `problems`."""

import email
from collections.abc import Callable

from maildesk.mail import automatic, bounces
from maildesk.mail.addresses import read_addresses
from maildesk.mail.content import read_content
from maildesk.mail.headers import decode_text, read_date, read_ids, read_message_id, read_subject
from maildesk.mail.message import Address, Bounce, Mail
from maildesk.mail.structure import Part, read_structure

SENDER_FALLBACKS = ("reply-to", "return-path", "sender")


def parse(raw: bytes) -> Mail:
    try:
        return _parse(raw)
    except Exception as error:
        return Mail(subject="", sender=None, problems=(f"The mail could not be read ({type(error).__name__}).",))


def _parse(raw: bytes) -> Mail:
    root, problems = read_structure(raw)
    content = read_content(root)
    headers = tuple((name, decode_text(value)) for name, value in root.fields)
    subject = read_subject(root.get("subject"))
    sender = _read_sender(root, problems)
    bounce = _read_bounce(root, content.text)
    return Mail(
        subject=subject,
        sender=sender,
        reply_to=_all_addresses(root, "reply-to"),
        to=_all_addresses(root, "to"),
        cc=_all_addresses(root, "cc"),
        date=read_date(root.get("date")),
        message_id=read_message_id(root.get("message-id")),
        in_reply_to=read_ids(root.get("in-reply-to")),
        references=read_ids(root.get("references")),
        text=content.text,
        html=content.html,
        attachments=content.attachments,
        automatic=automatic.classify(_first_of(headers), root.get("content-type"), subject, bounce),
        bounce=bounce,
        problems=tuple(dict.fromkeys(problems + content.problems)),
        headers=headers,
    )


def _first_of(headers: tuple[tuple[str, str], ...]) -> Callable[[str], str | None]:
    first: dict[str, str] = {}
    for name, value in headers:
        first.setdefault(name.lower(), value)
    return lambda name: first.get(name.lower())


def _read_bounce(root: Part, text: str) -> Bounce | None:
    if not bounces.may_be_bounce(root.get):
        return None
    try:
        return bounces.read_bounce(email.message_from_bytes(root.raw), text)
    except RecursionError:
        return None


def _all_addresses(root: Part, name: str) -> tuple[Address, ...]:
    if name not in root.first:
        return ()
    return tuple(address for key, value in root.fields if key.lower() == name for address in read_addresses(value))


def _read_sender(root: Part, problems: list[str]) -> Address | None:
    for name in ("from", *SENDER_FALLBACKS):
        found = _all_addresses(root, name)
        if found:
            if name != "from":
                problems.append(f"The mail has no usable From; the sender is taken from {name.title()}.")
            return found[0]
    problems.append("The mail names no sender.")
    return None

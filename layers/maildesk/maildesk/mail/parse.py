"""Raw bytes → `Mail`. Never raises, never hangs: what could not be read is named in `problems`."""

import email
from collections.abc import Callable

from maildesk.mail import automatic, bounces, reply_text
from maildesk.mail.addresses import read_addresses
from maildesk.mail.attachments import content_id, disposition, make_attachments
from maildesk.mail.bodies import Bodies, part_text, sort_parts
from maildesk.mail.headers import decode_text, read_date, read_ids, read_message_id, read_subject
from maildesk.mail.message import Address, Bounce, Mail
from maildesk.mail.structure import Part, read_structure

SENDER_FALLBACKS = ("reply-to", "return-path", "sender")


def parse(raw: bytes) -> Mail:
    try:
        return _parse(raw)
    except Exception as error:  # noqa: BLE001 a mail that cannot be read is still a mail
        return Mail(subject="", sender=None, problems=(f"The mail could not be read ({type(error).__name__}).",))


def _parse(raw: bytes) -> Mail:
    root, problems = read_structure(bytes(raw))
    bodies = sort_parts(root)
    text = _read_text(bodies, problems)
    html = _read_html(bodies, problems)
    headers = tuple((name, decode_text(value)) for name, value in root.fields)
    subject = read_subject(root.get("subject"))
    bounce = _read_bounce(root, text)
    inline = {id(part) for part in bodies.files if _is_inline(part)}
    return Mail(
        subject=subject,
        sender=_read_sender(root, problems),
        reply_to=_all_addresses(root, "reply-to"),
        to=_all_addresses(root, "to"),
        cc=_all_addresses(root, "cc"),
        date=read_date(root.get("date")),
        message_id=read_message_id(root.get("message-id")),
        in_reply_to=read_ids(root.get("in-reply-to")),
        references=read_ids(root.get("references")),
        text=text,
        html=html,
        reply_text=reply_text.split_reply(text).shown or text,
        attachments=tuple(make_attachments(bodies.files, inline)),
        automatic=automatic.classify(_first_of(headers), root.get("content-type"), subject, bounce),
        bounce=bounce,
        problems=tuple(dict.fromkeys(problems)),
        headers=headers,
    )


def _first_of(headers: tuple[tuple[str, str], ...]) -> Callable[[str], str | None]:
    first: dict[str, str] = {}
    for name, value in headers:
        first.setdefault(name.lower(), value)
    return lambda name: first.get(name.lower())


def _read_bounce(root: Part, text: str) -> Bounce | None:
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


def _read_text(bodies: Bodies, problems: list[str]) -> str:
    chunks = []
    for part in bodies.text:
        text, wrong = part_text(part)
        problems += wrong
        if part.content_type.sub == "html":
            from maildesk.mail.html_text import html_to_text

            text = html_to_text(text)
        chunks.append(text)
    text = "\n".join(chunks)
    if not text.strip():
        problems.append("The mail has no text.")
    return text


def _read_html(bodies: Bodies, problems: list[str]) -> str | None:
    if not any(part.content_type.sub == "html" for part in bodies.html):
        return None
    from html import escape

    from maildesk.mail.html import safe_html

    images = _images(bodies)
    chunks = []
    for part in bodies.html:
        text, wrong = part_text(part)
        problems += wrong
        chunks.append(text if part.content_type.sub == "html" else f"<pre>{escape(text)}</pre>")
    return safe_html("\n".join(chunks), images)


def _images(bodies: Bodies) -> dict[str, str]:
    return {f"cid:{cid}".lower(): cid for part in bodies.files if (cid := content_id(part))}


def _is_inline(part: Part) -> bool:
    return disposition(part) == "inline" or (content_id(part) is not None and disposition(part) != "attachment")

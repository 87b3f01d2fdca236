"""What Exchange answers, read from its XML."""

import io
from base64 import b64decode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

from exchangelib.errors import ErrorItemNotFound
from exchangelib.properties import DistinguishedFolderId, FolderId
from exchangelib.util import TNS

from maildesk.connecting.exchange import header_of
from maildesk.mailboxes.ews.operations import Xml
from maildesk.mailboxes.pages import New

Place: TypeAlias = FolderId | DistinguishedFolderId
"""A folder, as it is told to the server."""

_PART = 1 << 20
"""Characters of Base64 at once; a multiple of four."""


@dataclass(frozen=True, slots=True)
class Folder:
    place: Place
    name: str
    mails: int
    unread: int


@dataclass(frozen=True, slots=True)
class Changes:
    """Up to `state`, which is the last for now where `all_told`."""

    new: tuple[New, ...]
    state: str
    all_told: bool


def sound(answer: Any) -> Xml:
    """The library gives some errors in place of what was asked for."""
    if isinstance(answer, Exception):
        raise answer
    return answer


def done(answers: Iterable[Any]) -> None:
    """A mail that is gone has been put away by somebody, perhaps by us."""
    for answer in answers:
        if not isinstance(answer, ErrorItemNotFound):
            sound(answer)


def folder(element: Xml) -> Folder:
    """Calendars and the like do not tell what is unread.
    https://learn.microsoft.com/exchange/client-developer/web-service-reference/folder"""
    key = _inside(element, "FolderId").get("Id")
    return Folder(FolderId(id=key), _text(element, "DisplayName"), _count(element, "TotalCount"), _count(element, "UnreadCount"))


def created(element: Xml) -> Place:
    return FolderId(id=_inside(element, "FolderId").get("Id"))


def new(item: Xml) -> New:
    key = _inside(item, "ItemId").get("Id")
    return New(key, _count(item, "Size"), _moment(_text(item, "DateTimeReceived")), _text(item, "IsRead") == "true")


def mime(item: Any) -> bytes | None:
    """Decoded in parts: a large mail is there as text, and then once."""
    if isinstance(item, Exception) or (content := _inside(item, "MimeContent")) is None:
        return None
    text = content.text or ""
    content.clear()
    text = "".join(text.split()) if "\n" in text else text
    whole = io.BytesIO()
    for start in range(0, len(text), _PART):
        whole.write(b64decode(text[start : start + _PART]))
    return whole.getvalue()


def header(key: str, item: Any) -> bytes | None:
    """None for a mail that is gone."""
    if isinstance(item, ErrorItemNotFound):
        return None
    if isinstance(item, Exception):
        return header_of(key, (), {})
    headers = ((one.get("HeaderName"), one.text) for one in item.iter(_t("InternetMessageHeader")))
    writer = item.findtext("/".join(map(_t, ("From", "Mailbox", "EmailAddress"))))
    return header_of(key, headers, {"From": writer, "Subject": _text(item, "Subject"), "Message-ID": _text(item, "InternetMessageId")})


def _inside(element: Xml, name: str) -> Xml:
    return element.find(_t(name))


def _text(element: Xml, name: str) -> str:
    return element.findtext(_t(name)) or ""


def _count(element: Xml, name: str) -> int:
    return int(_text(element, name) or 0)


def _t(name: str) -> str:
    return f"{{{TNS}}}{name}"


def _moment(stated: str) -> datetime | None:
    return datetime.fromisoformat(stated).astimezone(UTC) if stated else None

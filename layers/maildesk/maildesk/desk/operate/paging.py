"""Lists of several states, page by page: all of the first state, then all of the next one."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Annotated

from msgspec import DecodeError, Meta

from maildesk.desk.operate.errors import Refused
from maildesk.ports import Page

Limit = Annotated[int, Meta(ge=1, le=200)]
After = Annotated[str | None, Meta(description="what the page before gave as next; left out, the list begins")]
Read = Callable[[str, int, str | None], Page]


def page(read: Read, states: Sequence[str], limit: int, after: str | None) -> Page:
    """`read` gives a page of one state, as `ports.Store` does."""
    try:
        return _page(read, states, limit, *_place(states, after))
    except (ValueError, DecodeError):
        hint = "Give what the page before named as next, and ask for the same state."
        raise Refused("after", "after names no place in this list.", hint) from None


def _page(read: Read, states: Sequence[str], limit: int, position: int, inner: str | None) -> Page:
    found = read(states[position], limit, inner)
    if found.next:
        return Page(found.records, _token(states[position], found.next))
    if position + 1 == len(states):
        return found
    if len(found.records) >= limit:
        return Page(found.records, _token(states[position + 1], ""))
    rest = _page(read, states, limit - len(found.records), position + 1, None)
    return Page([*found.records, *rest.records], rest.next)


def _token(state: str, inner: str) -> str:
    return urlsafe_b64encode(f"{state}:{inner}".encode()).decode()


def _place(states: Sequence[str], token: str | None) -> tuple[int, str | None]:
    if token is None:
        return 0, None
    state, _, inner = urlsafe_b64decode(token).decode().partition(":")
    return states.index(state), inner or None

"""Why a command was not carried out, in words for the operator."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches

import msgspec
from msgspec import Struct


class Error(Struct, frozen=True):
    """`field`: where in the request, as in `port` or `mailboxes.support.port`; None where no field is to blame."""

    field: str | None
    message: str
    hint: str | None = msgspec.field(default=None, name="try")


class Refused(Exception):  # noqa: N818
    """Nothing was changed."""

    def __init__(self, field: str | None, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.error = Error(field, message, hint)


@contextmanager
def within(place: str) -> Iterator[None]:
    """Names the place in a larger document that a refusal is about."""
    try:
        yield
    except Refused as refused:
        error = refused.error
        raise Refused(".".join(filter(None, (place, error.field))), error.message, error.hint) from None


def unknown(field: str, what: str, name: str, known: Iterable[str], otherwise: str) -> Refused:
    """There is no such thing; the nearest that there is, else `otherwise`, is what to try."""
    near = get_close_matches(name, list(known), n=1)
    return Refused(field, f"There is no {what} {name!r}.", f"Did you mean {near[0]!r}?" if near else otherwise)

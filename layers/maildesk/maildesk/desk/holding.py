"""How many mails are held in memory at once."""

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

READ_BYTES = 250 * 1024 * 1024
"""The largest mail that is read whole: it takes three times that at most, and a function has 1,024 MB."""


def why_left_unread(size: int, raw_key: str) -> str:
    return (
        f"The mail has {size >> 20} MB, more than the {READ_BYTES >> 20} MB that Maildesk reads. It is in the bucket, whole, as {raw_key}."
    )


class Sized(Protocol):
    @property
    def size(self) -> int: ...


T = TypeVar("T", bound=Sized)


def held_together(mails: Iterable[T], most_bytes: int, most: int | None = None) -> Iterator[list[T]]:
    """Neighbours together as far as bytes and number allow, a larger mail alone; in order."""
    together: list[T] = []
    held = 0
    for mail in mails:
        if together and (len(together) == most or held + mail.size > most_bytes):
            yield together
            together, held = [], 0
        together.append(mail)
        held += mail.size
    if together:
        yield together

"""How many mails are held in memory at once."""

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar


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

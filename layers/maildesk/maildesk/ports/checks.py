"""Connection tests: what each step looks at, and what it found."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from maildesk.ports.failures import GiveUp, TryAgain

Look = tuple[str, Callable[[], str]]
"""A step's name, and a function that returns its finding or raises TryAgain or GiveUp."""


LOOK_FOR_MAIL = "look for mail"
"""The one step of a request that only asks whether a mail is there."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a connection test."""

    name: str
    ok: bool
    detail: str
    milliseconds: int = 0


def steps(*looks: Look) -> Iterator[Step]:
    """Up to the first failure."""
    for name, look in looks:
        step = _timed(name, look)
        yield step
        if not step.ok:
            return


def _timed(name: str, look: Callable[[], str]) -> Step:
    started = time.perf_counter()
    try:
        ok, detail = True, look()
    except (TryAgain, GiveUp) as failure:
        ok, detail = False, str(failure)
    return Step(name, ok, detail, round((time.perf_counter() - started) * 1000))

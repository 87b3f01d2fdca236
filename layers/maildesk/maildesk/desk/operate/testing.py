"""Connection tests. The command itself succeeds whatever the test finds: `passed` says whether all is well."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from msgspec import Struct

from maildesk.ports import GiveUp, Look, Step, TryAgain, steps


class Tested(Struct, frozen=True):
    """The last step tells what is wrong where it did not pass."""

    passed: bool
    steps: tuple[Step, ...]


def tested(check: Callable[[], Iterable[Step]], advice: str, then: Iterable[Look] = ()) -> Tested:
    """`advice`: what to know where signing in fails; `then`: looked at where all else is well."""
    done = list[Step]()
    try:
        done.extend(check())
    except (TryAgain, GiveUp) as failure:
        done.append(Step("connection", False, str(failure)))
    if advice and done and not done[-1].ok and done[-1].name == "sign-in":
        done[-1] = replace(done[-1], detail=f"{done[-1].detail} {advice}")
    if all(step.ok for step in done):
        done.extend(steps(*then))
    return Tested(all(step.ok for step in done), tuple(done))

"""Connection tests. The command itself succeeds whatever the test finds: `passed` says whether all is well."""

from collections.abc import Callable, Iterable

from msgspec import Struct

from maildesk.ports import GiveUp, Step, TryAgain


class Tested(Struct, frozen=True):
    """The last step tells what is wrong where it did not pass."""

    passed: bool
    steps: tuple[Step, ...]


def tested(check: Callable[[], Iterable[Step]]) -> Tested:
    done = list[Step]()
    try:
        done.extend(check())
    except (TryAgain, GiveUp) as failure:
        done.append(Step("connection", False, str(failure)))
    return Tested(all(step.ok for step in done), tuple(done))

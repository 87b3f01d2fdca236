"""What may befall a poll: on the line (a Proxy), over HTTP (a WebServer), and in what the poller itself relies on.
Each takes a `Disturbed`, whose `line` it spoils, and a Random that says when."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from maildesk.ports import LeaseLost, TryAgain
from tests.disturbed import Disturbed, Killed
from tests.servers.web import Answer, Request

Disturbance = Callable[[Disturbed, Random], None]
TOO_LONG = 0.3
"""Seconds: beyond the time-out of a disturbed mailbox."""

# ---------------------------------------------------------------- on our own side


def own_fault(fault: Callable[..., Any]) -> Disturbance:
    def disturb(case: Disturbed, chance: Random) -> None:
        case.fault, case.fatal = fault, chance.randrange(1, 14)

    return disturb


def refused(_case: Disturbed, _call: Callable[..., Any], *_: Any, **__: Any) -> Any:
    raise TryAgain("This is refused just now.")


def lease_lost(_case: Disturbed, _call: Callable[..., Any], *_: Any, **__: Any) -> Any:
    raise LeaseLost("The mailbox went to another poll.")


def answer_lost(_case: Disturbed, call: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    call(*arguments, **named)
    raise TryAgain("This was done, but nobody heard.")


def half_taken(_case: Disturbed, call: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Of several messages the first are taken; what is one thing is refused."""
    if isinstance(arguments[0], Sequence) and len(arguments[0]) > 1 and len(arguments) == 1:
        call(arguments[0][: len(arguments[0]) // 2])
    raise TryAgain("Half of this was refused.")


def killed_before(case: Disturbed, _call: Callable[..., Any], *_: Any, **__: Any) -> Any:
    case.cut()
    raise Killed


def killed_after(case: Disturbed, call: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    call(*arguments, **named)
    case.cut()
    raise Killed


OWN_STRIKES = {"refused", "lease_lost", "answer_lost", "half_taken", "killed_before", "killed_after"}
OWN: tuple[Disturbance, ...] = tuple(map(own_fault, (refused, lease_lost, answer_lost, half_taken, killed_before, killed_after)))

# ---------------------------------------------------------------- on the line

GARBAGE = (b"\0\xff nonsense\r\n", b"* BYE\r\n", b"-ERR\r\n", b")\r\n", b"A" * 3000 + b"\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n")


def cut_at_a_command(case: Disturbed, chance: Random) -> None:
    step = chance.randrange(36)
    case.line.cut_at(step)
    case.line.when_cut = lambda: case.strike("cut after a command" if step % 2 else "cut before a command")


def cut_in_an_answer(case: Disturbed, chance: Random) -> None:
    case.line.cut_after_bytes = chance.randrange(4000)
    case.line.when_cut = lambda: case.strike("cut in an answer")


def spoiling(name: str, most: int, pieces: Callable[[bytes, Disturbed, Random], Iterator[bytes]], lasting: bool = False) -> Disturbance:
    """`pieces` takes the place of one answer out of the first `most`, or of all from there."""

    def disturb(case: Disturbed, chance: Random) -> None:
        answers, fatal = iter(range(100_000)), chance.randrange(most)

        def spoilt(data: bytes) -> Iterator[bytes]:
            answer = next(answers)
            if answer == fatal:
                case.strike(name)
            return pieces(data, case, chance) if answer == fatal or (lasting and answer > fatal) else iter([data])

        case.line.spoil = spoilt

    return disturb


def _garbage(data: bytes, _case: Disturbed, chance: Random) -> Iterator[bytes]:
    yield chance.choice(GARBAGE) + data


def _garbage_and_end(data: bytes, case: Disturbed, chance: Random) -> Iterator[bytes]:
    yield chance.choice(GARBAGE) + data
    case.cut()


def _half_and_silence(data: bytes, case: Disturbed, _chance: Random) -> Iterator[bytes]:
    yield data[: len(data) // 2]
    case.line.garble = lambda _: b""


def _half_and_end(data: bytes, case: Disturbed, _chance: Random) -> Iterator[bytes]:
    yield data[: len(data) // 2]
    case.cut()


def _late(data: bytes, _case: Disturbed, _chance: Random) -> Iterator[bytes]:
    time.sleep(TOO_LONG)
    yield data


def _drip(data: bytes, _case: Disturbed, chance: Random) -> Iterator[bytes]:
    step = chance.randrange(1, 50)
    return (data[start : start + step] for start in range(0, len(data), step))


def _untagged(data: bytes, _case: Disturbed, chance: Random) -> Iterator[bytes]:
    """What an IMAP server may say at any time (RFC 9051 §7)."""
    said = [
        b"* 9 EXISTS\r\n",
        b"* 0 RECENT\r\n",
        b"* OK Still here\r\n",
        b"* 2 FETCH (FLAGS (\\Answered))\r\n",
        b"* NO Disk nearly full\r\n",
    ]
    yield (b"" if data.startswith((b"+", b"* OK [CAP")) else chance.choice(said)) + data


LINE: tuple[Disturbance, ...] = (
    cut_at_a_command,
    cut_in_an_answer,
    spoiling("garbage", 18, _garbage),
    spoiling("garbage, then the end", 18, _garbage_and_end),
    spoiling("half an answer, then silence", 18, _half_and_silence),
    cut_at_a_command,
    spoiling("half an answer, then the end", 18, _half_and_end),
    spoiling("late", 18, _late),
    spoiling("slow drip", 5, _drip, lasting=True),
)
LINE_STRIKES = {
    *("cut before a command", "cut after a command", "cut in an answer", "garbage", "garbage, then the end", "late", "slow drip"),
    *("half an answer, then silence", "half an answer, then the end"),
}
UNTAGGED = spoiling("untagged lines", 3, _untagged, lasting=True)

# ---------------------------------------------------------------- over HTTP

Given = Callable[[], Answer]
"""Carries the request out."""


def any_request(_request: Request) -> bool:
    return True


def requests(
    name: str, most: int, spoilt: Callable[[Given, Disturbed, Random], Answer], of: Callable[[Request], bool] = any_request
) -> Disturbance:
    """One out of the first `most` requests of a kind comes to this."""

    def disturb(case: Disturbed, chance: Random) -> None:
        answered, numbers, fatal = case.line.disturb, iter(range(100_000)), chance.randrange(most)

        def disturbed(answer: Callable[[Request], Answer], request: Request) -> Answer:
            if not of(request) or next(numbers) != fatal:
                return answered(answer, request)
            case.strike(name)
            return spoilt(lambda: answered(answer, request), case, chance)

        case.line.disturb = disturbed

    return disturb


def _cut_before(_given: Given, _case: Disturbed, _chance: Random) -> Answer:
    raise ConnectionAbortedError


def _cut_after(given: Given, _case: Disturbed, _chance: Random) -> Answer:
    given()
    raise ConnectionAbortedError


def _half(given: Given, _case: Disturbed, chance: Random) -> Answer:
    """And then the end, or silence."""
    whole = given()
    ending = {"Connection": "close"} if chance.random() < 0.7 else {}
    body = whole.body[: len(whole.body) // 2]
    return replace(whole, body=body, headers={**whole.headers, "Content-Length": str(len(whole.body) + 1), **ending})


def _late_answer(given: Given, _case: Disturbed, _chance: Random) -> Answer:
    time.sleep(TOO_LONG)
    return given()


def _busy(_given: Given, _case: Disturbed, chance: Random) -> Answer:
    stated = chance.choice([{"Retry-After": "7"}, {"Retry-After": "Fri, 31 Dec 2027 23:59:59 GMT"}, {}])
    return Answer(chance.choice([429, 503]), b'{"error": {"code": "TooManyRequests"}}', headers=stated)


def _html(given: Given, _case: Disturbed, chance: Random) -> Answer:
    """From something between us and the server."""
    if chance.random() < 0.3:
        given()
    return Answer(chance.choice([200, 302, 404, 502]), b"<html><p>Sign in first.</p></html>", "text/html; charset=utf-8")


NOT_JSON = (b"", b'{"value": [{"id": "M', b"[]", b"{}", b"null", b'{"value": 7}', b'{"value": [{}]}', b'{"value": ["M1"]}', b"\xff\xfe")


def _garbled_json(given: Given, _case: Disturbed, chance: Random) -> Answer:
    return replace(given(), body=chance.choice(NOT_JSON), headers={})


def wants_json(request: Request) -> bool:
    return request.method != "DELETE" and not request.target.endswith("/$value")


SPOILT: dict[str, Callable[[Given, Disturbed, Random], Answer]] = {
    "cut before a request": _cut_before,
    "cut after a request": _cut_after,
    "half a body": _half,
    "late": _late_answer,
    "busy": _busy,
    "HTML": _html,
    "garbled JSON": _garbled_json,
}
HTTP: tuple[Disturbance, ...] = tuple(
    requests(name, 8, spoilt, of=wants_json) if spoilt is _garbled_json else requests(name, 14, spoilt) for name, spoilt in SPOILT.items()
)

# ---------------------------------------------------------------- all in all

MEANWHILE = {"another program: delete", "another program: read", "another program: file", "renumbered"}


def assert_all_struck(struck: Counter[str], cases: int, *expected: Iterable[str]) -> None:
    """Where all cases ran in this process."""
    if struck["case"] == cases:
        assert set().union(MEANWHILE, *expected) <= struck.keys()

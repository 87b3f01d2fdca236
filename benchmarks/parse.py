"""Mails read per second by `parse`, against the stdlib's parser doing the structure and the headers only.

python benchmarks/parse.py [corpus script] [mails]
"""

import email
import email.policy
import sys
import time
from collections.abc import Callable
from importlib.machinery import SourceFileLoader
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "layers" / "maildesk"))

from maildesk.mail.parse import parse  # noqa: E402

HEADERS = ("From", "To", "Cc", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To", "References")
ROUNDS = 7


def read_with_stdlib(raw: bytes) -> list[str | None]:
    message = email.message_from_bytes(raw)
    return [message[name] for name in HEADERS]


def read_with_stdlib_decoded(raw: bytes) -> list[str | None]:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    return [message[name] for name in HEADERS]


def microseconds(read: Callable[[bytes], object], mails: list[bytes]) -> float:
    """Per mail; of each mail the best of some rounds, which other work on the machine disturbs least."""
    rounds = [[_duration(read, mail) for mail in mails] for _ in range(ROUNDS)]
    return sum(map(min, zip(*rounds, strict=True))) / len(mails) / 1000


def _duration(read: Callable[[bytes], object], mail: bytes) -> int:
    start = time.perf_counter_ns()
    read(mail)
    return time.perf_counter_ns() - start


def corpus(script: Path, count: int) -> dict[str, list[bytes]]:
    kinds: dict[str, list[bytes]] = {}
    for row, raw in SourceFileLoader("corpus", str(script)).load_module().build(count, 7):
        kinds.setdefault(row["kind"], []).append(raw)
    return kinds


def main(script: str = str(ROOT.parent / "shared" / "corpus" / "make_corpus.py"), count: str = "1000") -> None:
    print(f"{'kind':8} {'mails':>6} {'stdlib µs':>10} {'decoded µs':>11} {'parse µs':>9} {'ratio':>6} {'mails/s':>8}")
    for kind, mails in sorted(corpus(Path(script), int(count)).items()):
        stdlib, decoded, ours = (microseconds(read, mails) for read in (read_with_stdlib, read_with_stdlib_decoded, parse))
        print(f"{kind:8} {len(mails):6} {stdlib:10.1f} {decoded:11.1f} {ours:9.1f} {ours / stdlib:6.2f} {1e6 / ours:8.0f}")


if __name__ == "__main__":
    main(*sys.argv[1:])

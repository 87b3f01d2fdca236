"""Every forwarded mail below tests/mails/forwards/ names its original sender, as its twin says; null where it is none."""

import json
from dataclasses import asdict
from pathlib import Path
from time import monotonic

import pytest

from maildesk.mail.forwards import read_forward
from maildesk.mail.message import Mail
from maildesk.mail.parse import parse

FORWARDS = Path(__file__).parents[1] / "mails" / "forwards"


@pytest.mark.parametrize("eml", sorted(FORWARDS.glob("*.eml")), ids=lambda path: path.stem)
def test_a_forward_reads_like_its_twin(eml: Path):
    forward = read_forward(parse(eml.read_bytes()))
    assert (asdict(forward) if forward else None) == json.loads(eml.with_suffix(".json").read_text("utf-8"))["forward"]


HANGS = 10  # seconds


@pytest.mark.parametrize(
    "line", ["From: a", "From: a\n", "--- Forwarded message ---", "> a", "On 1 May 2020 a@example.com wrote:", "", "From: a To: b Cc: c"]
)
def test_hostile_text_does_not_hang(line: str):
    started = monotonic()
    read_forward(Mail(subject="Fwd: x", sender=None, text=f"{line}\n" * (5_000_000 // (len(line) + 1))))
    assert monotonic() - started < HANGS

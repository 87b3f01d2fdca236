"""Every forwarded mail below tests/mails/forwards/ names its original sender, as its twin says; null where it is none."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from maildesk.mail.forwards import read_forward
from maildesk.mail.parse import parse

FORWARDS = Path(__file__).parents[1] / "mails" / "forwards"


@pytest.mark.parametrize("eml", sorted(FORWARDS.glob("*.eml")), ids=lambda path: path.stem)
def test_a_forward_reads_like_its_twin(eml: Path):
    forward = read_forward(parse(eml.read_bytes()))
    assert (asdict(forward) if forward else None) == json.loads(eml.with_suffix(".json").read_text("utf-8"))["forward"]

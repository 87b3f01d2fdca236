"""Every odd mail met is an .eml below tests/mails/, with a twin .json: what the command says of it, or the part of it that matters."""

import json
from pathlib import Path

import pytest

from maildesk.mail.__main__ import describe
from maildesk.mail.parse import parse

MAILS = Path(__file__).parents[1] / "mails"


@pytest.mark.parametrize("eml", sorted(MAILS.rglob("*.eml")), ids=lambda path: str(path.relative_to(MAILS).with_suffix("")))
def test_a_mail_reads_like_its_twin(eml: Path):
    expected = json.loads(eml.with_suffix(".json").read_text("utf-8"))
    expected.pop("forward", None)  # test_forwards.py
    mail = parse(eml.read_bytes())
    read = describe(mail) | {"signatures": list(mail.signatures)}
    assert {key: read[key] for key in expected} == expected

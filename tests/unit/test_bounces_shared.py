"""Real bounces of some sixty mail systems: how many are read as they should be."""

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from maildesk.mail.message import Bounce
from maildesk.mail.parse import parse

BOUNCES = Path(__file__).parents[3] / "shared" / "mails" / "bounces"
NO_BOUNCE = {"vacation", "feedback"}
WANTED = {"is a bounce": 0.99, "status class": 0.97, "hard or soft": 0.95, "recipient found": 0.97}

pytestmark = pytest.mark.skipif(not BOUNCES.is_dir(), reason=f"{BOUNCES} is not there")


def expected() -> list[dict[str, str]]:
    with (BOUNCES / "expected.tsv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def judged(row: dict[str, str], siblings: int) -> Iterator[tuple[str, bool]]:
    mail = parse((BOUNCES / row["file"]).read_bytes())
    wanted = row["reason"] not in NO_BOUNCE
    yield "is a bounce", (mail.bounce is not None) == wanted
    if not wanted or mail.bounce is None:
        return
    number = int(row["recipient_no"])
    recipient = next(iter(mail.bounce.recipients[number : number + 1]), None)
    yield "recipient found", len(mail.bounce.recipients) == siblings and names_a_recipient(mail.bounce, str(mail.sender))
    yield "status class", recipient is not None and recipient.status[0] == row["status"][0]
    yield "hard or soft", recipient is not None and recipient.hard == (row["hard_bounce"] == "true")


def names_a_recipient(bounce: Bounce, mail_system: str) -> bool:
    return all("@" in found.address and found.address not in mail_system for found in bounce.recipients)


def test_nearly_all_real_bounces_are_understood():
    rows = expected()
    recipients = Counter(row["file"] for row in rows)
    verdicts = [(question, right, row) for row in rows for question, right in judged(row, recipients[row["file"]])]
    asked = Counter(question for question, _, _ in verdicts)
    answered = Counter(question for question, right, _ in verdicts if right)
    for question, right, row in verdicts:
        if not right:
            print(f"{question}: {row['file']} should be {row['status']} {row['reason']}, hard: {row['hard_bounce']}")
    assert not {
        question: answered[question] / asked[question] for question in WANTED if answered[question] < WANTED[question] * asked[question]
    }

"""The sample mails, and what is to become of each (local/sample_mails/expected.yaml)."""

from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.utils import parseaddr
from functools import cached_property
from pathlib import Path

import yaml

ANSWERED_BY_AN_AGENT = "01-printer"
REPLY = "Good morning Anna,\n\nsomebody had paused its queue. It runs again: please try once more.\n\nBest wishes\nthe support desk\n"
FOLDER = Path(__file__).resolve().parent.parent / "sample_mails"


@dataclass(frozen=True)
class Sample:
    name: str
    to: tuple[str, ...] = ("support",)
    becomes: str = "new ticket"
    joins: str | None = None
    answered: bool | None = None
    answers: str | None = None

    @cached_property
    def raw(self) -> bytes:
        return (FOLDER / f"{self.name}.eml").read_bytes()

    @cached_property
    def headers(self) -> Message:
        return message_from_bytes(self.raw)

    @property
    def message_id(self) -> str | None:
        value = self.headers["Message-ID"]
        return value.strip("<>") if value else None

    @property
    def writer(self) -> str:
        """Whom an answer goes to; empty where the mail does not say."""
        return parseaddr(self.headers["Reply-To"] or self.headers["From"] or "")[1]

    @property
    def is_answered(self) -> bool:
        return self.becomes == "new ticket" if self.answered is None else self.answered


def samples() -> list[Sample]:
    """In the order they are delivered."""
    listed = yaml.safe_load((FOLDER / "expected.yaml").read_text("utf-8"))
    return [Sample(name, **fields | {"to": tuple(fields.get("to", ("support",)))}) for name, fields in listed.items()]

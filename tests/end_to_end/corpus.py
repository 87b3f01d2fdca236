"""A thousand varied mails, each with a token of its own, and what must become of them. The same mails for the same seed."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parsedate_to_datetime

WORDS = [
    "printer",
    "invoice",
    "network",
    "password",
    "account",
    "order",
    "delivery",
    "screen",
    "update",
    "server",
    "Grüße",
    "façade",
    "日本語",
    "Привет",
]
KINDS = ("plain",) * 12 + ("html",) * 3 + ("attachment",) * 2 + ("reply",) * 2 + ("automatic",)
START = parsedate_to_datetime("Mon, 05 Jan 2026 08:00:00 +0000")


@dataclass(frozen=True)
class Expected:
    """`root`: the token of the mail whose ticket a reply belongs to; None for a mail that opens one, or none at all."""

    token: str
    kind: str
    root: str | None = None

    @property
    def opens_ticket(self) -> bool:
        return self.kind in {"plain", "html", "attachment"}


def corpus(count: int, seed: int = 7) -> Iterator[tuple[Expected, bytes]]:
    chance = random.Random(seed)
    roots: list[tuple[str, str]] = []
    for number in range(count):
        kind = chance.choice(KINDS) if roots else "plain"
        token, message_id = f"TKN{seed:02d}{number:05d}X", f"<m{number}.{seed}@client.example.net>"
        root, root_id = chance.choice(roots) if kind == "reply" else (None, None)
        person = root[-4:-1] if root else f"{number:05d}"[-3:]
        mail = _mail(number, f"customer{person}@client.example.net", message_id, chance)
        text = f"{token}\n\n{' '.join(chance.choices(WORDS, k=60))}\n"
        if root_id:
            mail["In-Reply-To"] = mail["References"] = root_id
            text += "\nOn Mon, 5 Jan 2026 the helpdesk wrote:\n> earlier words\n"
        if kind == "automatic":
            mail["Auto-Submitted"] = "auto-replied"
        mail.set_content(text)
        if kind == "html":
            mail.add_alternative(f"<p>{text}</p><script>alert(1)</script>", subtype="html")
        if kind == "attachment":
            mail.add_attachment(chance.randbytes(40_000), maintype="application", subtype="pdf", filename=f"scan-{number}.pdf")
        expected = Expected(token, kind, root)
        if expected.opens_ticket:
            roots.append((token, message_id))
        yield expected, mail.as_bytes(policy=SMTP)


def _mail(number: int, sender: str, message_id: str, chance: random.Random) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = f"Customer <{sender}>"
    mail["To"] = "Support <support@example.test>"
    mail["Subject"] = f"{chance.choice(WORDS)} {number}"
    mail["Date"] = format_datetime(START)
    mail["Message-ID"] = message_id
    return mail

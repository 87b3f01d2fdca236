"""The mails the desk sent: as they come in at the SMTP receiver, and kept for the next run."""

from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from local.mail.smtp_receiver import SmtpReceiver


@dataclass(frozen=True)
class Sent:
    recipients: tuple[str, ...]
    mail: EmailMessage

    @property
    def message_id(self) -> str:
        return str(self.mail["Message-ID"]).strip("<> ")

    @property
    def subject(self) -> str:
        return str(self.mail["Subject"])

    @property
    def answers(self) -> str:
        """The Message-IDs it threads with."""
        return f"{self.mail['In-Reply-To']} {self.mail['References']}"

    @property
    def lines(self) -> list[str]:
        body = self.mail.get_body(("plain",))
        return [line.strip() for line in body.get_content().splitlines() if line.strip()] if body else []

    @property
    def gist(self) -> str:
        """The first line that is neither our marker nor a greeting."""
        return next((line for line in self.lines if not line.endswith((")", ","))), "")


class MailsSent:
    def __init__(self, receiver: SmtpReceiver, folder: Path) -> None:
        self.receiver, self.folder = receiver, folder
        folder.mkdir(parents=True, exist_ok=True)
        self.all = [read(path.read_bytes()) for path in sorted(folder.glob("*.eml"))]
        self._taken = 0

    def new(self) -> list[Sent]:
        """Those that came since the last call; they are in `all` from now on."""
        raws = [mail.raw for mail in self.receiver.mails[self._taken :]]
        self._taken += len(raws)
        for number, raw in enumerate(raws, start=len(self.all)):
            (self.folder / f"{number:06}.eml").write_bytes(raw)
        fresh = [read(raw) for raw in raws]
        self.all += fresh
        return fresh

    def to(self, address: str) -> list[Sent]:
        return [mail for mail in self.all if address.lower() in mail.recipients]


def read(raw: bytes) -> Sent:
    mail = message_from_bytes(raw, policy=policy.default)
    return Sent(tuple(address.addr_spec.lower() for header in ("To", "Cc") if mail[header] for address in mail[header].addresses), mail)

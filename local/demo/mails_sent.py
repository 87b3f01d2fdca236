"""The mails the desk sent: as they come in at the SMTP receiver, and kept for the next run."""

from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from local.mail.smtp_receiver import ReceivedMail


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


class Kept(list[ReceivedMail]):
    """What the SMTP receiver appends to, each mail in a file before its sender is told that it was taken."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def append(self, mail: ReceivedMail) -> None:
        (self.folder / f"{len(self.files()):06}.eml").write_bytes(mail.raw)
        super().append(mail)

    def files(self) -> list[Path]:
        return sorted(self.folder.glob("*.eml"))


class MailsSent:
    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self.all: list[Sent] = []
        self.new()

    def new(self) -> list[Sent]:
        """Those that came since the last call; they are in `all` from now on."""
        fresh = [read(path.read_bytes()) for path in self._kept.files()[len(self.all) :]]
        self.all += fresh
        return fresh

    def to(self, address: str) -> list[Sent]:
        return [mail for mail in self.all if address.lower() in mail.recipients]


def read(raw: bytes) -> Sent:
    mail = message_from_bytes(raw, policy=policy.default)
    return Sent(tuple(address.addr_spec.lower() for header in ("To", "Cc") if mail[header] for address in mail[header].addresses), mail)

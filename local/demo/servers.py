"""What runs while the demo does: the local AWS with the desk on it, a mail server, and an SMTP server that keeps what it is sent."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from local.aws import ROOT, CannotStart, LocalAws
from local.demo.mails_sent import Kept, MailsSent
from local.demo.screen import Screen
from local.desk import LocalDesk, deployed
from local.mail import dovecot
from local.mail.dovecot import Dovecot
from local.mail.pymap import Pymap
from local.mail.smtp_receiver import SmtpReceiver

FOLDER = ROOT / ".local/demo"
SAMPLE_DESK = ROOT / "local/sample_desk.yaml"
PASSWORD = "demo"  # noqa: S105


@dataclass
class Running:
    desk: LocalDesk
    mail: Dovecot | Pymap
    sent: MailsSent
    folder: Path
    settings: dict[str, Any]

    def deliver(self, mailbox: str, raw: bytes) -> None:
        self.mail.deliver(self.addresses[mailbox], raw)

    @property
    def addresses(self) -> dict[str, str]:
        return addresses(self.settings)


@contextmanager
def servers(screen: Screen, port: int | None, folder: Path = FOLDER) -> Iterator[Running]:
    """All started, in order; all stopped, their state kept, at the end."""
    settings = yaml.safe_load(SAMPLE_DESK.read_text("utf-8"))
    with ExitStack() as stack:
        stack.enter_context(alone(folder))
        kept = Kept(folder / "sent")
        smtp = stack.enter_context(SmtpReceiver(mails=kept))
        with screen.step("mail server") as step:
            mail = stack.enter_context(mail_server(folder / "mail", settings))
            step.say(f"{type(mail).__name__} on 127.0.0.1:{mail.imap_port}; mail sent goes to 127.0.0.1:{smtp.port} and no further")
        with screen.step("local AWS") as step:
            aws = stack.enter_context(LocalAws(folder / "aws", port, smtp=f"127.0.0.1:{smtp.port}"))
            (folder / "port").write_text(str(aws.port))
            stack.callback((folder / "port").unlink)
            step.say(f"MiniStack on {aws.endpoint}")
        with screen.step("desk") as step:
            desk = deployed(aws)
            step.say("template.yaml, built and deployed by the SAM CLI")
        yield Running(desk, mail, MailsSent(kept), folder, with_servers(settings, mail.imap_port, smtp.port))


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Two demos at once would overwrite each other's state."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStart("The demo is running already, in another terminal: end that one with Ctrl-C first.") from None
        lock.write(str(os.getpid()))
        yield


def mail_server(folder: Path, settings: dict[str, Any]) -> AbstractContextManager[Dovecot | Pymap]:
    users = dict.fromkeys(addresses(settings).values(), PASSWORD)
    return Pymap(folder, users) if dovecot.missing() else Dovecot(folder, users)


def addresses(settings: dict[str, Any]) -> dict[str, str]:
    return {mailbox["name"]: mailbox["address"] for mailbox in settings["mailboxes"]}


def with_servers(settings: dict[str, Any], imap: int, smtp: int) -> dict[str, Any]:
    """The sample desk with the places of the servers just started, which change from run to run."""
    here = {"host": "127.0.0.1", "security": "none"}
    mailboxes = [mailbox | here | {"port": imap, "password": PASSWORD} for mailbox in settings["mailboxes"]]
    return settings | {"mailboxes": mailboxes, "senders": [sender | here | {"port": smtp} for sender in settings["senders"]]}

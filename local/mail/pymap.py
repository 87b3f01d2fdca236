"""pymap, an IMAP server from PyPI, where Dovecot is missing: STARTTLS or plain, MOVE and UIDPLUS, no CONDSTORE, no POP3."""

import imaplib
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from pysasl.hashing import BuiltinHash

from .certificates import Certificate, self_signed
from .maildir import quoted
from .ports import free_ports, wait_until_it_answers


class Pymap:
    """`with Pymap(folder, {"alice@example.test": "secret"}) as server:` Mails stay in `folder`."""

    host = "127.0.0.1"

    def __init__(self, folder: Path, users: dict[str, str], base_port: int | None = None, certificate: Certificate | None = None) -> None:
        self.folder, self.users = folder.absolute(), users
        self._certificate = certificate or self_signed()
        self.imap_port = base_port or free_ports(1)[0]

    def __enter__(self) -> Self:
        cert, key = self._certificate.save(self.folder)
        self._write_users()
        options = ["--host", self.host, "--port", str(self.imap_port), "--cert", str(cert), "--key", str(key), "--no-service", "admin"]
        program = "from pymap.main import main; main()"
        self._process = subprocess.Popen([sys.executable, "-c", program, *options, "maildir", str(self.folder)], stderr=subprocess.DEVNULL)
        if not wait_until_it_answers(self.imap_port):
            self.__exit__(None, None, None)
            raise RuntimeError(f"pymap did not start on port {self.imap_port}")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.kill()  # on SIGTERM it waits for every client to leave
        self._process.wait(15)

    def deliver(self, user: str, raw: bytes, folder: str = "INBOX", read: bool = False) -> None:
        """A new mail in the folder, which is created where missing."""
        name = quoted(folder)
        with imaplib.IMAP4(self.host, self.imap_port) as client:
            client.authenticate("PLAIN", lambda _: f"\0{user}\0{self.users[user]}".encode())
            if folder != "INBOX":
                client.create(name)
            client.append(name, r"\Seen" if read else "", "", raw)

    def _write_users(self) -> None:
        passwords = BuiltinHash(rounds=1000)
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "pymap-etc-passwd").write_text("".join(f"{name}:x::::{name}:\n" for name in self.users))
        (self.folder / "pymap-etc-shadow").write_text("".join(f"{name}:{passwords.hash(pw)}\n" for name, pw in self.users.items()))

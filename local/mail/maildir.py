"""Puts mails into Maildir++ folders directly, as a delivery agent does: thousands a second, no server needed."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from imapclient.imap_utf7 import encode as modified_utf7


class Maildir:
    """One user's mail. `owner` (uid, gid) is who the server reads it as; None: whoever runs this."""

    def __init__(self, root: Path, owner: tuple[int, int] | None = None, separator: str = "/") -> None:
        self.root, self.owner, self.separator = root, owner, separator

    def deliver(self, raw: bytes, folder: str = "INBOX", read: bool = False) -> None:
        name = next(_names)
        tmp = self.folder(folder) / "tmp" / name
        tmp.write_bytes(raw)
        self._give(tmp)
        tmp.rename(tmp.parent.parent / (f"cur/{name}:2,S" if read else f"new/{name}"))

    def mails(self, folder: str = "INBOX") -> list[bytes]:
        """Raw mails in the order they were delivered."""
        return [path.read_bytes() for path in self._files(folder)]

    def flags(self, folder: str = "INBOX") -> list[str]:
        """One string of Maildir flags per mail (S seen, T deleted), in the order of `mails`."""
        return [path.name.partition(":2,")[2] for path in self._files(folder)]

    def folder(self, name: str) -> Path:
        path = self.root if name == "INBOX" else self.root / self._directory(name)
        for part in (path, *(path / sub for sub in ("cur", "new", "tmp"))):
            if not part.exists():
                part.mkdir(parents=True, mode=0o700)
                self._give(part)
        return path

    def _files(self, folder: str) -> list[Path]:
        root = self.root if folder == "INBOX" else self.root / self._directory(folder)
        found = [path for sub in ("cur", "new") if (root / sub).exists() for path in (root / sub).iterdir()]
        return sorted(found, key=lambda path: path.name.partition(".M")[0::2])

    def _directory(self, name: str) -> str:
        return "." + encoded(name).replace(self.separator, ".")

    def _give(self, path: Path) -> None:
        if self.owner:
            os.chown(path, *self.owner)


def encoded(folder: str) -> str:
    """A folder's name in modified UTF-7 (RFC 3501 §5.1.3)."""
    name = modified_utf7(folder)
    return name.decode("ascii") if isinstance(name, bytes) else name


def quoted(folder: str) -> str:
    """A folder's name as imaplib wants it."""
    return '"' + encoded(folder).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _unique_names() -> Iterator[str]:
    """`seconds.M microseconds …`, never going back: servers hand out UIDs in this order."""
    host, last, lock = socket.gethostname().replace("/", "-").replace(":", "-"), 0, threading.Lock()
    while True:
        with lock:
            last = max(last + 1, time.time_ns() // 1000)
            seconds, micros = divmod(last, 1_000_000)
        yield f"{seconds}.M{micros:06d}P{os.getpid()}.{host}"


_names = _unique_names()

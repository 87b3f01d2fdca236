"""Servers that say what a test wants them to say, and nothing else."""

import contextlib
import socket
import threading
from typing import Self

HANG = b""
"""As an answer: none at all, while the connection stands."""


class ScriptedServer:
    """Greets, then answers each line by the whole of it, or its command word: the first for SMTP, the second for IMAP (`{tag}` in answers).
    `answers["*"]` is for all others; an answer that ends with b"<close>" is the last one."""

    def __init__(self, greeting: bytes, answers: dict[str, bytes] | None = None, word: int = 1) -> None:
        self.greeting, self.answers, self.word = greeting, answers or {}, word

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._clients: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        for each in (*self._clients, self._listener):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._clients.append(client)
                threading.Thread(target=self._talk, args=(client,), daemon=True).start()

    def _talk(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError):
            if self._say(client, self.greeting):
                return
            for line in client.makefile("rb"):
                words = line.decode("utf-8", "replace").split() or [""]
                command = words[self.word].upper() if len(words) > self.word else ""
                whole = line.decode("utf-8", "replace").strip()
                answer = self.answers.get(whole) or self.answers.get(command, self.answers.get("*", HANG))
                if self._say(client, answer.replace(b"{tag}", words[0].encode())):
                    return

    def _say(self, client: socket.socket, answer: bytes) -> bool:
        """True where that was the last word."""
        client.sendall(answer.removesuffix(b"<close>"))
        if last := answer.endswith(b"<close>"):
            client.shutdown(socket.SHUT_RDWR)
            client.close()
        return last


def imap_server(**answers: bytes) -> ScriptedServer:
    """An IMAP server that agrees to all, except as told: imap_server(LOGIN=b"{tag} NO [UNAVAILABLE] Sorry.\\r\\n")."""
    usual = {
        "CAPABILITY": b"* CAPABILITY IMAP4rev1\r\n{tag} OK Done.\r\n",
        "LOGOUT": b"* BYE Bye.\r\n{tag} OK Done.\r\n<close>",
        "EXAMINE": b"* 0 EXISTS\r\n* OK [UIDVALIDITY 1] Ok.\r\n{tag} OK [READ-ONLY] Done.\r\n",
        "SELECT": b"* 0 EXISTS\r\n* OK [UIDVALIDITY 1] Ok.\r\n{tag} OK [READ-WRITE] Done.\r\n",
        "*": b"{tag} OK Done.\r\n",
    }
    return ScriptedServer(b"* OK Hello.\r\n", usual | answers)


def pop3_server(greeting: bytes = b"+OK Hello.\r\n", **answers: bytes) -> ScriptedServer:
    """A POP3 server with one mail, that agrees to all, except as told: pop3_server(PASS=b"-ERR [AUTH] No.\\r\\n")."""
    usual = {
        "CAPA": b"+OK\r\nUIDL\r\nTOP\r\n.\r\n",
        "STAT": b"+OK 1 60\r\n",
        "UIDL": b"+OK\r\n1 first\r\n.\r\n",
        "LIST": b"+OK\r\n1 60\r\n.\r\n",
        "LIST 1": b"+OK 1 60\r\n",
        "RETR": b"+OK\r\nSubject: first\r\n\r\n..\r\n.\r\n",
        "TOP": b"+OK\r\nSubject: first\r\n\r\n.\r\n",
        "QUIT": b"+OK Bye.\r\n<close>",
        "*": b"+OK Done.\r\n",
    }
    return ScriptedServer(greeting, usual | answers, word=0)

"""The connection test of an SMTP sender: what each step looks at, and what it says."""

from collections.abc import Iterator
from socket import socket

from maildesk.connecting.checks import ServerCheck
from maildesk.ports import Login, Look, Step
from maildesk.senders.smtp.sender import connect, leave, server_of, sign_in
from maildesk.settings import Sender


def check_smtp(sender: Sender, login: Login | None) -> Iterator[Step]:
    """The connection test, up to the first failure."""
    return _Check(sender, login).run()


class _Check(ServerCheck):
    def __init__(self, sender: Sender, login: Login | None) -> None:
        super().__init__(server_of(sender))
        self._sender, self._login = sender, login

    def looks(self) -> Iterator[Look]:
        yield "limits", self._limits

    def connect(self) -> socket | None:
        self.client = connect(self.server, self._sender)
        return self.client.sock  # type: ignore[no-any-return]

    def sign_in(self) -> str:
        if not self._login:
            return "not needed"
        sign_in(self.client, self.server, self._login)
        return f"{self._login.user} signed in"

    def leave(self) -> None:
        leave(self.client)

    def _limits(self) -> str:
        size = int(self.client.esmtp_features.get("size") or 0)
        return f"mails up to {size / 1_000_000:.1f} MB" if size else "the server states no limit of size"

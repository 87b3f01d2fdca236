"""The connection test of an SMTP sender: what each step looks at, and what it says."""

import smtplib
from collections.abc import Iterator

from maildesk.connecting import Look, describe_tls, reach, resolve, steps
from maildesk.ports import Login, Step
from maildesk.senders.smtp import connect, leave, server_of, sign_in
from maildesk.settings import Sender


def check_smtp(sender: Sender, login: Login | None) -> Iterator[Step]:
    """The connection test, up to the first failure."""
    check = _Check(sender, login)
    try:
        yield from steps(*check.looks())
    finally:
        if check.client:
            leave(check.client)


class _Check:
    """`client` is there once the encryption step is done."""

    def __init__(self, sender: Sender, login: Login | None) -> None:
        self._sender, self._login, self._server = sender, login, server_of(sender)
        self.client: smtplib.SMTP | None = None

    def looks(self) -> Iterator[Look]:
        yield "name", lambda: resolve(self._server)
        yield "connection", lambda: reach(self._server)
        yield "encryption", self._encryption
        yield "sign-in", self._sign_in
        yield "limits", self._limits

    def _encryption(self) -> str:
        self.client = connect(self._server, self._sender)
        return describe_tls(self.client.sock)

    def _sign_in(self) -> str:
        if not self._login:
            return "not needed"
        assert self.client
        sign_in(self.client, self._server, self._login)
        return f"{self._login.user} signed in"

    def _limits(self) -> str:
        assert self.client
        size = int(self.client.esmtp_features.get("size") or 0)
        return f"mails up to {size / 1_000_000:.1f} MB" if size else "the server states no limit of size"

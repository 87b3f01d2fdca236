"""An SMTP server that keeps what it is sent, and refuses what it is told to refuse."""
# ruff: noqa: ARG002, N802
# aiosmtpd calls handle_… by these names with these arguments.

import logging
import ssl
import tempfile
from base64 import b64decode
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from .certificates import Certificate, self_signed
from .ports import free_ports

logging.getLogger("mail.log").setLevel(logging.ERROR)  # it tells every connection


@dataclass(frozen=True)
class ReceivedMail:
    """`user` signed in for it, or None; `encrypted` where it came over TLS; `options` are those of MAIL FROM."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    user: str | None = None
    encrypted: bool = False
    options: tuple[str, ...] = ()


@dataclass
class SmtpReceiver:
    """`with SmtpReceiver() as server:` then `server.port` and `server.mails`.

    `security`: none, starttls (offered, not forced) or tls. With `users` ({name: password}) nobody sends without signing in,
    with `tokens` ({name: access token}) they may do so by XOAUTH2.
    `answers` maps a recipient, or the words "MAIL" and "DATA", to what the server says instead of 250: "550 5.1.1 no such user"."""

    port: int = 0
    security: str = "none"
    users: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    certificate: Certificate | None = None
    max_size: int = 33_554_432
    utf8: bool = True
    mails: list[ReceivedMail] = field(default_factory=list)
    host: str = "127.0.0.1"

    def __enter__(self) -> Self:
        self.port = self.port or free_ports(1)[0]
        self._controller = _Controller(self)
        self._controller.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._controller.stop()

    def tls(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory() as folder:
            context.load_cert_chain(*(self.certificate or self_signed()).save(Path(folder)))
        return context

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if (self.users or self.tokens) and not session.authenticated:
            return "530 5.7.0 Authentication required"
        if refusal := self.answers.get("MAIL"):
            return refusal
        envelope.mail_from, envelope.mail_options = address, options
        return "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if refusal := self.answers.get(address):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if refusal := self.answers.get("DATA"):
            return refusal
        mail = ReceivedMail(
            sender=(envelope.mail_from or "").removeprefix("<>"),
            recipients=tuple(envelope.rcpt_tos),
            raw=bytes(envelope.content or b""),
            user=session.auth_data,
            encrypted=session.ssl is not None or self.security == "tls",
            options=tuple(envelope.mail_options),
        )
        self.mails.append(mail)
        return f"250 2.0.0 OK: queued as {len(self.mails)}"

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:
        """https://developers.google.com/workspace/gmail/imap/xoauth2-protocol"""
        user, _, token = b64decode(args[1]).decode().removeprefix("user=").partition("\1auth=Bearer ")
        if self.tokens.get(user) == token.removesuffix("\1\1"):
            return AuthResult(success=True, auth_data=user)
        await server.challenge_auth('{"status":"400","schemes":"Bearer"}', log_client_response=False)
        return AuthResult(success=False, handled=False)

    def authenticate(self, _server: SMTP, _session: Session, _envelope: Envelope, mechanism: str, data: object) -> AuthResult:
        if not isinstance(data, LoginPassword):
            return AuthResult(success=False, handled=False)
        user = data.login.decode()
        return AuthResult(success=self.users.get(user) == data.password.decode(), handled=False, auth_data=user)


class _Controller(Controller):
    def __init__(self, receiver: SmtpReceiver) -> None:
        self.receiver = receiver
        super().__init__(receiver, receiver.host, receiver.port, ssl_context=receiver.tls() if receiver.security == "tls" else None)

    def factory(self) -> SMTP:
        receiver = self.receiver
        return SMTP(
            receiver,
            hostname="mail.example.test",
            data_size_limit=receiver.max_size,
            enable_SMTPUTF8=receiver.utf8,
            tls_context=receiver.tls() if receiver.security == "starttls" else None,
            authenticator=receiver.authenticate,
            auth_require_tls=receiver.security == "starttls",
            auth_exclude_mechanism=(*(() if receiver.users else ("PLAIN", "LOGIN")), *(() if receiver.tokens else ("XOAUTH2",))),
        )

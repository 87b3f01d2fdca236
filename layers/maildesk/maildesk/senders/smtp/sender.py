"""Senders by SMTP submission (RFC 5321, RFC 6409): one connection, any number of mails."""

import smtplib
from base64 import b64encode
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Self

from maildesk.connecting.bearer import TOKEN_REFUSED, Bearer, bearer
from maildesk.connecting.servers import Server, server_words, tls_context
from maildesk.ports import Envelope, GiveUp, Login, Refused, Sent, TryAgain
from maildesk.senders.smtp.failures import Answer, is_temporary, smtp_failures
from maildesk.settings import Sender

_PATIENCE_WITH_QUIT = 5  # seconds
_SIGNED_IN = 235
_OK = 250
_FORWARDED = 251  # taken, too (RFC 5321 §3.4)


def open_smtp(sender: Sender, login: Login | None) -> "SmtpSender":
    server = server_of(sender)
    client = connect(server, sender)
    try:
        if login:
            sign_in(client, server, login)
    except BaseException:
        client.close()
        raise
    return SmtpSender(client, server)


def server_of(sender: Sender) -> Server:
    if not sender.host:
        raise GiveUp(f"Sender {sender.name} has no host.")
    return Server(sender.host, sender.effective_port, sender.security, sender.verify_tls, sender.timeout_ms / 1000)


class SmtpSender:
    """`ports.SenderConnection`."""

    def __init__(self, client: smtplib.SMTP, server: Server) -> None:
        self._client, self._server = client, server

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        leave(self._client)

    def send(self, envelope: Envelope, mime: bytes) -> Sent:
        try:
            with smtp_failures(self._server, "while a mail was sent"):
                return self._send(envelope, mime)
        except (TryAgain, GiveUp):
            with suppress(OSError):
                self._client.rset()
            raise

    def _send(self, envelope: Envelope, mime: bytes) -> Sent:
        sender, recipients = _wire(envelope.sender), [(address, _wire(address)) for address in envelope.recipients]
        answer = Answer(*self._client.mail(sender, self._options(mime, sender, *(wire for _, wire in recipients))))
        if answer.code != _OK:
            raise answer.failure(
                f"{self._server} refused mail from {envelope.sender or '<>'}", "Check that this account may send from there."
            )
        refused = list(self._offer(recipients))
        if len(refused) == len(recipients):
            raise self._all_refused(refused)
        answer = Answer(*self._client.data(mime))
        if answer.code != _OK:
            raise answer.failure(f"{self._server} refused the mail")
        return Sent(str(answer), tuple(refused))

    def _offer(self, recipients: Iterable[tuple[str, str]]) -> Iterator[Refused]:
        for address, wire in recipients:
            answer = Answer(*self._client.rcpt(wire))
            if answer.code not in {_OK, _FORWARDED}:
                yield Refused(address, str(answer), is_temporary(answer.code))

    def _all_refused(self, refused: list[Refused]) -> TryAgain | GiveUp:
        kind = TryAgain if any(each.temporary for each in refused) else GiveUp
        return kind(f"{self._server} took no recipient: " + ", ".join(f'{each.address} ("{each.words}")' for each in refused) + ".")

    def _options(self, mime: bytes, *addresses: str) -> list[str]:
        options = [f"SIZE={len(mime)}"] if self._client.has_extn("size") else []
        if not all(address.isascii() for address in addresses):
            options.append("SMTPUTF8")
        if not mime.isascii() and self._client.has_extn("8bitmime"):
            options.append("BODY=8BITMIME")
        return options


def connect(server: Server, sender: Sender) -> smtplib.SMTP:
    own_name = _domain(sender.address)
    with smtp_failures(server):
        if server.security == "tls":
            client: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, own_name, timeout=server.seconds, context=tls_context(server))
        else:
            client = smtplib.SMTP(server.host, server.port, own_name, timeout=server.seconds)
        try:
            _greet(client, server)
        except BaseException:
            client.close()
            raise
    return client


def _greet(client: smtplib.SMTP, server: Server) -> None:
    client.ehlo_or_helo_if_needed()
    if server.security != "starttls":
        return
    if not client.has_extn("starttls"):
        raise GiveUp(f"{server} does not offer STARTTLS. Set security to tls, with its port, or to none.")
    client.starttls(context=tls_context(server))
    client.ehlo_or_helo_if_needed()


def sign_in(client: smtplib.SMTP, server: Server, login: Login) -> None:
    ways = client.esmtp_features.get("auth", "").split()
    if not ways:
        raise GiveUp(f"{server} offers no sign-in. Many servers do so only after STARTTLS: check port and security, or set auth to none.")
    how = None if login.auth == "password" else bearer(ways, login.user, login.password, server)
    with smtp_failures(server, f"while {login.user} signed in"):
        try:
            _try_to_sign_in(client, ways, login, how)
        except smtplib.SMTPAuthenticationError as refusal:
            words = server_words(refusal.smtp_error, login.password, how.encoded if how else _plain_token(login))
            what = f"{server} does not let {login.user} sign in"
            raise Answer(refusal.smtp_code, words).failure(what, TOKEN_REFUSED if how else "Check user and password.") from None


def _try_to_sign_in(client: smtplib.SMTP, ways: list[str], login: Login, how: Bearer | None) -> None:
    """PLAIN by hand: RFC 4616 is UTF-8, and the library stops at characters beyond ASCII."""
    if how:
        client.auth(how.mechanism, how)
    elif "PLAIN" not in ways:
        client.login(login.user, login.password)
    else:
        code, words = client.docmd("AUTH", f"PLAIN {_plain_token(login)}")
        if code != _SIGNED_IN:
            raise smtplib.SMTPAuthenticationError(code, words)


def _plain_token(login: Login) -> str:
    return b64encode(f"\0{login.user}\0{login.password}".encode()).decode()


def leave(client: smtplib.SMTP) -> None:
    with suppress(Exception):
        if client.sock:
            client.sock.settimeout(_PATIENCE_WITH_QUIT)
            client.quit()
    client.close()


def _domain(address: str) -> str:
    return _wire(address).rpartition("@")[2]


def _wire(address: str) -> str:
    """Domains travel as ASCII (RFC 5891); only a local part beyond ASCII needs SMTPUTF8.
    A line break would be a command of its own (smtplib of Python 3.11 lets it pass): ValueError."""
    if not address.isprintable():
        raise ValueError("control character in an address")
    local, at, domain = address.rpartition("@")
    try:
        return local + at + domain.encode("idna").decode()
    except UnicodeError:
        return address

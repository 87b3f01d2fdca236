"""The connection test of a mail server, as far as it is alike in all protocols."""

import socket
import ssl
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

from maildesk.connecting.servers import Server, network_failures
from maildesk.ports import Look, Step, steps

_SOON_OVER = 21
"""Days before its end that a certificate is worth a warning: most are replaced a month ahead."""


def _looked_up(server: Server) -> list[Any]:
    try:
        return socket.getaddrinfo(server.host, server.port, type=socket.SOCK_STREAM)
    except UnicodeError:  # a part that is empty or of more than 63 characters
        raise socket.gaierror(socket.EAI_NONAME, "no name") from None


def resolve(server: Server) -> str:
    with network_failures(server):
        found = _looked_up(server)
    return f"{server.host} is {', '.join(dict.fromkeys(str(address[0]) for *_, address in found))}"


def reach(server: Server) -> str:
    with network_failures(server), socket.create_connection((server.host, server.port), server.seconds):
        return f"port {server.port} is open"


def reaching(server: Server) -> Iterator[Look]:
    """The first steps of every test."""
    yield "name", lambda: resolve(server)
    yield "connection", lambda: reach(server)


def encrypt(server: Server, context: ssl.SSLContext) -> str:
    """Of a server that speaks TLS from the start."""
    with (
        network_failures(server),
        socket.create_connection((server.host, server.port), server.seconds) as plain,
        context.wrap_socket(plain, server_hostname=server.host) as line,
    ):
        return describe_tls(line)


def describe_tls(connection: socket.socket | None) -> str:
    """TLS version, issuer and days left of a connection that stands."""
    if not isinstance(connection, ssl.SSLSocket):
        return "not encrypted: everybody on the way can read along"
    certificate: dict[str, Any] = connection.getpeercert() or {}
    if not certificate:
        return f"{connection.version()}, the certificate was not verified"
    issuer = dict(pair for group in certificate["issuer"] for pair in group)
    named = issuer.get("organizationName") or issuer.get("commonName")
    return f"{connection.version()}, certificate by {named}, {_time_left(certificate['notAfter'])}"


def _time_left(end: str) -> str:
    days = round((ssl.cert_time_to_seconds(end) - time.time()) / 86_400)
    warning = "" if days > _SOON_OVER else ": when it has ended, nothing works here. See that the server gets a new one in time"
    return f"{days} days left{warning}"


class ServerCheck(ABC):
    """The connection test of a mail server: what is alike in all protocols, and between it what is a protocol's own.
    `client` is there once the server was reached."""

    client: Any = None

    def __init__(self, server: Server) -> None:
        self.server = server

    def run(self) -> Iterator[Step]:
        """Up to the first failure."""
        try:
            yield from steps(*reaching(self.server), ("encryption", self._encryption), ("sign-in", self.sign_in), *self.looks())
        finally:
            if self.client:
                self.leave()

    def _encryption(self) -> str:
        return describe_tls(self.connect())

    @abstractmethod
    def connect(self) -> socket.socket | None:
        """Sets `client`, encrypted as the settings say, and returns its socket."""

    @abstractmethod
    def sign_in(self) -> str: ...

    @abstractmethod
    def looks(self) -> Iterator[Look]:
        """The protocol's own."""

    @abstractmethod
    def leave(self) -> None:
        """Never raises."""

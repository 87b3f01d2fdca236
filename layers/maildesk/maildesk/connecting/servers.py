"""What every mail protocol shares: reaching a server, TLS, and saying in one plain sentence what went wrong."""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from maildesk.ports import GiveUp, TryAgain
from maildesk.settings import Mailbox, Security
from maildesk.telemetry import logger

HELD_BYTES = 20_000_000
"""Of mail, in memory at once. A larger one is read in parts where the protocol can."""

PART_BYTES = 4_000_000

Failure = TryAgain | GiveUp
Advice = tuple[type[TryAgain] | type[GiveUp], str]
"""What a refusal means, and what to do, in a sentence or nothing."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where to connect to and how; `seconds` is how long one answer may take."""

    host: str
    port: int
    security: Security
    verify_tls: bool
    seconds: float

    def __str__(self) -> str:
        return f"{self.host} port {self.port}"


@dataclass(frozen=True, slots=True)
class Doing:
    """What goes on with a server, for its failures: `what` as in "folder INBOX was opened"; `password` is struck from its words,
    and is an access token where `by_token`."""

    server: Server
    user: str
    password: str = ""
    what: str = ""
    by_token: bool = False

    def now(self, what: str) -> "Doing":
        return replace(self, what=what)

    def __str__(self) -> str:
        return f"while {self.what} for {self.user}" if self.what else ""


def server_of(mailbox: Mailbox) -> Server:
    if not mailbox.host:
        raise GiveUp(f"Mailbox {mailbox.name} names no host. Give one with mailbox.put.")
    return Server(mailbox.host, mailbox.effective_port, mailbox.security, mailbox.verify_tls, mailbox.timeout_ms / 1000)


@cache
def tls_context(server: Server) -> ssl.SSLContext:
    """Warns once of each server that is trusted blindly."""
    if not server.verify_tls:
        logger.warning("the server's certificate is not verified", server=str(server))
    return trust(server.verify_tls)


@cache
def trust(verify: bool) -> ssl.SSLContext:
    """Kept: reading all trusted authorities takes 20 ms."""
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def network_failure(error: OSError, server: Server, doing: str = "") -> Failure:
    """`doing` says what was going on, as in "while folder INBOX was open"; empty while connecting."""
    for kind, explain in _EXPLANATIONS:
        if isinstance(error, kind):
            return explain(error, server, doing)
    return TryAgain(f"{server} cannot be reached{_during(doing)}: {error.strerror or type(error).__name__}.")


def closed(server: Server, doing: str = "") -> TryAgain:
    return TryAgain(f"{server} closed the connection{_during(doing)}. If this goes on, look into the server's log.")


def server_words(text: str | bytes, *secrets: str) -> str:
    """What a server said, fit for an operator: one line, printable, short, no secret."""
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    for secret in filter(None, secrets):
        said = said.replace(secret, "***")
    return " ".join("".join(char if char.isprintable() else " " for char in said).split())[:200]


def _no_such_name(error: socket.gaierror, server: Server, _doing: str) -> Failure:
    if error.errno in {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}:
        return GiveUp(f"There is no host named {server.host}. Check the host for a typing error.")
    return TryAgain(f"The name {server.host} could not be looked up just now. If this goes on, check the host and the name service.")


def _refused(_error: OSError, server: Server, _doing: str) -> Failure:
    return TryAgain(f"{server.host} refuses connections on port {server.port}. Check the port, and that the server is running.")


def _silent(_error: OSError, server: Server, doing: str) -> Failure:
    if doing:
        return TryAgain(
            f"{server} stopped answering for {server.seconds:g} s{_during(doing)}. If this goes on, look into the server's log."
        )
    hint = "" if server.security == "tls" else " A port made for TLS from the start is silent too: then set security to tls."
    return TryAgain(f"{server} did not answer within {server.seconds:g} s. Check host, port and firewalls.{hint}")


def _untrusted(error: ssl.SSLCertVerificationError, server: Server, _doing: str) -> Failure:
    reason = _CERTIFICATE_REASONS.get(error.verify_code, f"cannot be trusted ({error.verify_message})")
    advice = "Set host to the name it is for" if error.verify_code in _OTHER_NAME else "Give the server a valid one"
    return GiveUp(
        f"The certificate of {server} {reason.format(host=server.host)}. {advice}, or set verify_tls to false if you accept the risk."
    )


def _no_tls(error: ssl.SSLError, server: Server, _doing: str) -> Failure:
    if error.reason in _NOT_TLS and server.security == "tls":
        return GiveUp(
            f"{server} does not speak TLS from the start; it looks like a port for STARTTLS or no encryption."
            " Set security to starttls, or use the port for TLS."
        )
    return TryAgain(f"TLS with {server} failed ({(error.reason or 'no reason given').lower().replace('_', ' ')}). Check port and security.")


def _cut(_error: OSError, server: Server, doing: str) -> Failure:
    return closed(server, doing)


_EXPLANATIONS: tuple[tuple[type[OSError], Callable[[Any, Server, str], Failure]], ...] = (
    (socket.gaierror, _no_such_name),
    (ssl.SSLCertVerificationError, _untrusted),
    (ssl.SSLEOFError, _cut),
    (ssl.SSLZeroReturnError, _cut),
    (TimeoutError, _silent),
    (ssl.SSLError, _no_tls),
    (ConnectionRefusedError, _refused),
    (ConnectionError, _cut),
)

# What a plain-text greeting looks like to a TLS client, by OpenSSL version.
_NOT_TLS = {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG", "UNKNOWN_PROTOCOL", "UNEXPECTED_MESSAGE"}

_OTHER_NAME = {62, 64}
# X509_V_ERR_… of OpenSSL's x509_vfy.h.
_CERTIFICATE_REASONS = {
    9: "is not valid yet",
    10: "has expired",
    18: "is self-signed",
    19: "is signed by a private authority that is not trusted here",
    20: "is signed by an authority that is not trusted here",
    21: "is signed by an authority that is not trusted here",
    62: "is for another name than {host}",
    64: "is for another name than {host}",
}


def _during(doing: str) -> str:
    return f" {doing}" if doing else ""


@contextmanager
def network_failures(server: Server, doing: str = "") -> Iterator[None]:
    try:
        yield
    except OSError as error:
        # Without its cause: what a library says about a broken answer may hold mail text, and tracebacks end in logs.
        raise network_failure(error, server, doing) from None

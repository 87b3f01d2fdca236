"""Connecting and signing in to an IMAP server."""

import imaplib
import logging
import socket
from contextlib import suppress

from imapclient import IMAPClient, SocketTimeout  # type: ignore[import-untyped]

from maildesk.connecting.bearer import bearer
from maildesk.connecting.servers import Doing, server_of, tls_context
from maildesk.mailboxes.imap.failures import imap_failures
from maildesk.ports import GiveUp
from maildesk.settings import Mailbox

PATIENCE_WITH_LOGOUT = 5  # seconds

# The library logs each line of the conversation: names, folders, mail text.
logging.getLogger("imapclient").setLevel(logging.ERROR)
# One line may list a million UIDs; the default ends at some 140,000.
imaplib._MAXLINE = 20_000_000  # type: ignore[attr-defined]


def doing_for(mailbox: Mailbox, password: str) -> Doing:
    return Doing(server_of(mailbox), mailbox.login, password, by_token=mailbox.auth != "password")


def connect(doing: Doing) -> IMAPClient:
    """Connected, encrypted as the settings say, not signed in."""
    server = doing.server
    context = None if server.security == "none" else tls_context(server)
    with imap_failures(doing):
        client = IMAPClient(
            server.host,
            server.port,
            ssl=server.security == "tls",
            ssl_context=context,
            timeout=SocketTimeout(server.seconds, server.seconds),
        )
        # The library sends a literal and its line end apart: the second would wait 40 ms for the server to confirm the first.
        client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if server.security == "starttls":
            _start_tls(client, context)
    client.normalise_times = False
    return client


def _start_tls(client: IMAPClient, context: object) -> None:
    try:
        client.starttls(context)
    except BaseException:
        leave(client, politely=False)
        raise


def sign_in(client: IMAPClient, doing: Doing) -> None:
    with imap_failures(doing.now("signing in")):
        capabilities = client.capabilities()
        if doing.by_token:
            offered = [name.decode("ascii", "replace").removeprefix("AUTH=") for name in capabilities]
            how = bearer(offered, doing.user, doing.password, doing.server)
            client.sasl_login(how.mechanism, how)
        elif b"LOGINDISABLED" in capabilities:
            raise GiveUp(f"{doing.server} takes no password without encryption. Set security to starttls, or to tls with its port.")
        elif b"AUTH=PLAIN" in capabilities:
            client.plain_login(doing.user, doing.password)
        else:
            client.login(_quoted(doing.user), doing.password)
        client.capabilities()  # kept from the answer to sign-in; the next answer would wipe them, and SEARCH asks for them again


def _quoted(user: str) -> str:
    """The library quotes passwords in LOGIN, but not names (RFC 9051 §4.3)."""
    return '"' + user.replace("\\", "\\\\").replace('"', '\\"') + '"'


def leave(client: IMAPClient, politely: bool) -> None:
    """Never raises, and never waits long: a server that stopped answering would not answer LOGOUT either."""
    with suppress(Exception):
        if politely:
            client.socket().settimeout(PATIENCE_WITH_LOGOUT)
            client.logout()
            return
    with suppress(Exception):
        client.shutdown()

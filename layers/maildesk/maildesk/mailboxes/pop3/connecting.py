"""Connecting and signing in to a POP3 server."""

import re
from base64 import b64encode
from contextlib import suppress
from poplib import POP3, POP3_SSL, error_proto

from maildesk.connecting.bearer import bearer
from maildesk.connecting.servers import Doing, tls_context
from maildesk.mailboxes.pop3.failures import SIGNING_IN, pop3_failures, said
from maildesk.ports import GiveUp
from maildesk.telemetry import logger

PATIENCE_WITH_QUIT = 5  # seconds; where mails are deleted with it, it gets the mailbox's own


class _InStep(POP3):
    """Answers bear no tag. One that no command asked for would be taken for the answer to the next, and one mail for another."""

    def _putcmd(self, line: str) -> None:
        if self._has_more_to_say():
            raise error_proto("more than was asked for")
        super()._putcmd(line)  # type: ignore[misc]

    def _has_more_to_say(self) -> bool:
        seconds = self.sock.gettimeout()
        self.sock.settimeout(0)
        try:
            return bool(self.file.peek(1))  # type: ignore[attr-defined]
        except OSError:
            return False  # TLS has nothing; or the connection has ended, as the next answer shows
        finally:
            self.sock.settimeout(seconds)


class _InStepOverTls(_InStep, POP3_SSL):
    pass


def connect(doing: Doing) -> POP3:
    """Connected, encrypted as the settings say, not signed in."""
    server = doing.server
    with pop3_failures(doing):
        if server.security == "tls":
            return _InStepOverTls(server.host, server.port, timeout=server.seconds, context=tls_context(server))
        client = _InStep(server.host, server.port, server.seconds)
        if server.security == "starttls":
            _start_tls(client, doing)
    return client


def _start_tls(client: POP3, doing: Doing) -> None:
    try:
        if "STLS" not in abilities(client):
            raise GiveUp(f"{doing.server} does not offer STLS. Set security to tls, with its port, or to none.")
        client.stls(tls_context(doing.server))
    except BaseException:
        hang_up(client)
        raise


def abilities(client: POP3) -> dict[str, list[str]]:
    """By name in upper case, with what each says of itself (RFC 2449 §5); empty where the server does not tell."""
    try:
        return {name.upper(): words for name, words in client.capa().items()}
    except error_proto as error:
        if not said(error):
            raise
        return {}


def sign_in(client: POP3, doing: Doing) -> None:
    """Without encryption, not even an eavesdropper learns the password where the server offers APOP (RFC 1939 §7)."""
    with pop3_failures(doing.now(SIGNING_IN)):
        mechanisms = [name.upper() for name in abilities(client).get("SASL", [])]
        if doing.by_token:
            how = bearer(mechanisms, doing.user, doing.password, doing.server)
            _prove(client, how.mechanism, how.encoded, how(b"refused"))
        elif doing.server.security == "none" and _offers_apop(client):
            client.apop(doing.user, doing.password)
        elif "PLAIN" in mechanisms:
            _prove(client, "PLAIN", _encoded(f"\0{doing.user}\0{doing.password}"), "*")
        else:
            client.user(doing.user)
            client.pass_(doing.password)


def _offers_apop(client: POP3) -> bool:
    """A greeting with a time stamp (RFC 1939 §7)."""
    return re.search(rb"<[^<>\s]+@[^<>\s]*>", client.welcome) is not None


def _prove(client: POP3, mechanism: str, response: str, ending: str) -> None:
    """In one line (RFC 5034 §4); `ending` answers the challenge by which some servers explain a refusal before they refuse."""
    answer = client._shortcmd(f"AUTH {mechanism} {response}")  # type: ignore[attr-defined]
    if not answer.startswith(b"+OK"):
        client._shortcmd(ending if ending == "*" else _encoded(ending))  # type: ignore[attr-defined]


def _encoded(text: str) -> str:
    return b64encode(text.encode()).decode()


def leave(client: POP3, seconds: float = PATIENCE_WITH_QUIT) -> None:
    """Never raises. QUIT is what really deletes the mails that were to be deleted (RFC 1939 §6)."""
    try:
        client.sock.settimeout(seconds)
        client.quit()
    except error_proto as error:
        if said(error):
            logger.warning("the server did not delete all mails it was told to")
    except Exception:  # noqa: S110  what was to be deleted is told so again next time
        pass
    hang_up(client)


def hang_up(client: POP3) -> None:
    with suppress(Exception):  # the library raises where TLS has failed before
        client.close()

"""Microsoft Graph, as mailboxes and senders ask it: one session, and every failure in a sentence.
https://learn.microsoft.com/graph/errors, …/graph/throttling"""

import os
import ssl
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import msgspec
import requests
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from maildesk.connecting.checks import encrypt, reaching
from maildesk.connecting.exchange import WITHHELD, retry_after
from maildesk.connecting.servers import Server, server_words, trust
from maildesk.connecting.web import json_object, web_failure
from maildesk.ports import GiveUp, Look, TryAgain, Withheld

READ, WRITE, SEND = "Mail.Read", "Mail.ReadWrite", "Mail.Send"

_BUSY = {429, 503, 509}
_NOT_FOUND = {"ErrorItemNotFound", "ErrorFolderNotFound"}


class Missing(GiveUp):
    """What was asked for is not there (any more)."""


class Expired(GiveUp):
    """A link that leads nowhere: its delta token is forgotten (410 Gone), or it is of another server."""


class Graph:
    """As one app, in one user's mailbox."""

    def __init__(self, server: Server, user: str, token: str) -> None:
        self.server, self.user, self._token = server, user, token
        self.origin = f"https://{server.host.lower()}" + (f":{server.port}" if server.port != 443 else "")  # noqa: PLR2004
        self._session = requests.Session()
        # Immutable: a mail keeps its id when it is moved within the mailbox.
        self._session.headers.update({"Authorization": f"Bearer {token}", "Prefer": 'IdType="ImmutableId"'})
        if not server.verify_tls:
            self._session.verify = False

    def close(self) -> None:
        self._session.close()

    def url(self, path: str) -> str:
        return f"{self.origin}/v1.0/users/{quote(self.user)}/{path}"

    def ask(self, method: str, url: str, permission: str, **more: Any) -> requests.Response:
        """`permission`: what the app needs for this. Raises TryAgain or GiveUp, Missing, Expired and Withheld among it."""
        if not url.startswith(self.origin + "/"):
            raise Expired(f"{self.server.host} points to another server, which is not told the access token.")
        with self.failures():
            response = self._session.request(method, url, timeout=self.server.seconds, allow_redirects=False, **more)
        if response.status_code >= requests.codes.multiple_choices:
            raise self._refusal(response, permission)
        with self.legible():
            if "html" in response.headers.get("Content-Type", ""):
                raise ValueError
        return response

    def json(self, method: str, url: str, permission: str, **more: Any) -> dict[str, Any]:
        response = self.ask(method, url, permission, **more)
        with self.legible():
            return dict(response.json())

    @contextmanager
    def legible(self) -> Iterator[None]:
        """For what takes an answer apart. One that Graph would not give comes from something in between."""
        try:
            yield
        except (KeyError, TypeError, ValueError, AttributeError):
            sentence = f"{self.server.host} gave an answer that is not Microsoft Graph's. If this goes on, check host and any proxy."
            raise TryAgain(sentence) from None

    @contextmanager
    def failures(self) -> Iterator[None]:
        """Without the cause: what the library says may hold mail text or the token."""
        try:
            yield
        except requests.RequestException as error:
            raise web_failure(error, self.server) from None

    def _refusal(self, response: requests.Response, permission: str) -> TryAgain | GiveUp:
        error = json_object(response).get("error")
        told = error if isinstance(error, dict) else {}
        code = str(told.get("code", ""))
        words = server_words(f"{response.status_code} {code}: {told.get('message', '')}".rstrip(": "), self._token)
        said = f'{self.server.host} refused for {self.user}: "{words}".'
        if response.status_code in _BUSY:
            return TryAgain(f"{said} It is busy.", retry_after(response))
        if code in WITHHELD:
            return Withheld(said)
        kinds: dict[int, TryAgain | GiveUp] = {
            401: TryAgain(f"{said} It does not take the access token. If this goes on, check tenant_id and authority."),
            403: GiveUp(f"{said} Give the app the application permission {permission}, with an administrator's consent."),
            404: (Missing if code in _NOT_FOUND else GiveUp)(f"{said} Check user and folder."),
            410: Expired(said),
        }
        if response.status_code in kinds:
            return kinds[response.status_code]
        return GiveUp(said) if requests.codes.bad_request <= response.status_code < requests.codes.server_error else TryAgain(said)


def reaching_graph(server: Server) -> Iterator[Look]:
    """The first steps of a connection test."""
    yield from reaching(server)
    yield "encryption", lambda: encrypt(server, _trusted_by_requests() if server.verify_tls else trust(verify=False))


def _trusted_by_requests() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=os.environ.get("REQUESTS_CA_BUNDLE") or DEFAULT_CA_BUNDLE_PATH)


class _Claims(msgspec.Struct):
    """`roles` of an app, `scp` of one that acts for a person
    (https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference)."""

    roles: tuple[str, ...] = ()
    scp: str = ""


def permissions(token: str, permission: str) -> str:
    """What the token says of the app's permissions; GiveUp where it shows that this one is missing. Exchange can grant them
    too (https://learn.microsoft.com/exchange/permissions-exo/application-rbac): then the token knows of none."""
    granted = [one for one in _granted(token) if one.startswith("Mail.")]
    if not granted:
        return f"the access token names none for mail: {permission} must be granted in Exchange"
    if permission not in granted and permission.replace(READ, WRITE) not in granted:
        raise GiveUp(
            f"The app has {', '.join(granted)}, but not {permission}. Give it the application permission {permission},"
            " with an administrator's consent; a new access token may take some minutes to show it."
        )
    return f"the app has {', '.join(granted)}"


def _granted(token: str) -> tuple[str, ...]:
    try:
        claims = msgspec.json.decode(urlsafe_b64decode(token.split(".")[1] + "=="), type=_Claims)
    except (IndexError, ValueError):
        return ()
    return (*claims.roles, *(one.removesuffix(".Shared") for one in claims.scp.split()))

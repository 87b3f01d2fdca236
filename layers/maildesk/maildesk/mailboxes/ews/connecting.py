"""The line to an Exchange server. exchangelib keeps connections for the life of a process, finds out by further requests how to
sign in, and tries again; here each poll has a line of its own, the server's first answer tells, and every failure is told at once."""

import logging
import random
from dataclasses import dataclass
from typing import Any

import requests
from exchangelib import DELEGATE, Build, Configuration, FailFast, Version
from exchangelib.protocol import BaseProtocol, NoVerifyHTTPAdapter
from requests.auth import HTTPBasicAuth
from requests_ntlm import HttpNtlmAuth

from maildesk.connecting.servers import Doing, Server, server_of
from maildesk.mailboxes.ews.failures import against_status
from maildesk.settings import Mailbox
from maildesk.telemetry import logger

# Its errors quote requests and answers.
logging.getLogger("exchangelib").setLevel(logging.CRITICAL)

_OLDEST = Version(Build(14, 2))
"""Exchange 2010 SP2: its operations do all that is needed here, and every later server knows them."""


def doing_for(mailbox: Mailbox, password: str) -> Doing:
    return Doing(server_of(mailbox), mailbox.login, password)


def endpoint(server: Server) -> str:
    return f"https://{server.host}:{server.port}/EWS/Exchange.asmx"


@dataclass
class Access:
    """What exchangelib's operations need of an account: `primary_smtp_address` is the mailbox, whoever signs in."""

    protocol: "Line"
    version: Version
    primary_smtp_address: str
    access_type: str = DELEGATE
    default_timezone: None = None

    @classmethod
    def to(cls, address: str, doing: Doing) -> "Access":
        return cls(Line(doing), _OLDEST, address)


class Line(BaseProtocol):  # type: ignore[misc]
    """One connection: NTLM signs a connection in, not a request."""

    USERAGENT = "maildesk"
    version = _OLDEST

    def __init__(self, doing: Doing) -> None:
        super().__init__(Configuration(service_endpoint=endpoint(doing.server), version=_OLDEST, retry_policy=_Plainly(doing)))
        self._doing, self.TIMEOUT = doing, doing.server.seconds

    def create_session(self) -> Any:
        session: Any = self.raw_session(self.service_endpoint)
        session.auth = AsOffered(self._doing.user, self._doing.password)
        if not self._doing.server.verify_tls:
            logger.warning("the server's certificate is not verified", server=str(self._doing.server))
            session.mount(self.service_endpoint, NoVerifyHTTPAdapter())
        session.session_id, session.usage_count = random.randint(10000, 99999), 0  # noqa: S311  # names it in the library's log
        return session


class AsOffered(HttpNtlmAuth):
    """NTLM, or Basic where the server offers nothing else."""

    def __init__(self, user: str, password: str) -> None:
        super().__init__(user, password)
        self._basic = HTTPBasicAuth(user.encode(), password.encode())
        self._only_basic = False

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return self._basic(request) if self._only_basic else super().__call__(request)

    def response_hook(self, r: requests.Response, **kwargs: Any) -> requests.Response:
        offered = r.headers.get("WWW-Authenticate", "").lower()
        if r.status_code != requests.codes.unauthorized or "basic" not in offered or "ntlm" in offered or "negotiate" in offered:
            return super().response_hook(r, **kwargs)
        self._only_basic = True
        r.content  # noqa: B018  # the connection is free once all is read
        r.raw.release_conn()
        answer: requests.Response = r.connection.send(self._basic(r.request.copy()), **kwargs)
        return answer


class _Plainly(FailFast):  # type: ignore[misc]
    """What the server refuses by its HTTP status is told in our words."""

    def __init__(self, doing: Doing) -> None:
        self._doing = doing

    def raise_response_errors(self, response: requests.Response) -> None:
        if failure := against_status(response, self._doing):
            raise failure

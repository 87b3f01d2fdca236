"""Commands that reach real servers: the adapters as `wiring` chooses them, over a desk in memory."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from local.mail.certificates import Certificate
from local.mail.dovecot import Dovecot
from local.mail.smtp_receiver import SmtpReceiver
from maildesk import wiring
from maildesk.connecting.servers import tls_context, trust
from maildesk.desk.operate.operator import Operator
from maildesk.oauth.tokens import AccessTokens
from tests.operating import MemoryDesk
from tests.servers.graph import USER, GraphServer
from tests.servers.tokens import CLIENT, CLIENT_SECRET, TENANT, EntraEndpoint, signed


class WiredDesk(MemoryDesk):
    """Waiting takes no time, but for the clock."""

    def operator(self) -> Operator:
        ports = self.settings, self.states, self.secrets, self.store, self.bucket, self.queues
        accounts = wiring.check_mailbox, wiring.check_sender, wiring.open_sender, wiring.find_mail
        return Operator(*ports, *accounts, self.clock, self.wait)


@pytest.fixture
def wired(monkeypatch: pytest.MonkeyPatch) -> WiredDesk:
    desk = WiredDesk()
    tokens = AccessTokens(desk.secrets)
    monkeypatch.setattr(wiring, "access_tokens", lambda: tokens)
    in_this_process = SimpleNamespace(check=wiring.look_at_mailbox, find=wiring.look_for_mail)
    monkeypatch.setattr(wiring, "exchange_function", lambda: in_this_process)
    return desk


@pytest.fixture
def trusting(tmp_path, monkeypatch) -> Iterator[object]:
    """Call it with an authority to trust."""

    def trusted(authority) -> None:
        file = tmp_path / "authority.pem"
        file.write_bytes(authority.pem)
        for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
            monkeypatch.setenv(name, str(file))
        trust.cache_clear()
        tls_context.cache_clear()

    yield trusted
    trust.cache_clear()
    tls_context.cache_clear()


class AppOf(EntraEndpoint):
    """Where an app gets the access token that this Graph takes, which names `roles`."""

    roles: tuple[str, ...] = ("Mail.ReadWrite", "Mail.Send")

    def __init__(self, graph: GraphServer, certificates: Certificate) -> None:
        super().__init__(USER, certificates=certificates)
        self.graph = graph

    @property
    def auth(self) -> dict[str, str]:
        return {"kind": "microsoft", "tenant_id": TENANT, "client_id": CLIENT, "client_secret": CLIENT_SECRET, "authority": self.origin}

    def granted(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        status, answer = super().granted(form)
        token = signed(USER, roles=list(self.roles))
        self.graph.tokens, self.graph.permissions = {token}, frozenset(self.roles)
        return status, answer | ({"access_token": token} if "access_token" in answer else {})


class LocalPost(SmtpReceiver):
    """Takes mail in, and delivers it to the accounts of a Dovecot at once."""

    dovecot: Dovecot

    async def handle_DATA(self, server, session, envelope) -> str:
        answer = await super().handle_DATA(server, session, envelope)
        if answer.startswith("250"):
            for recipient in envelope.rcpt_tos:
                self.dovecot.deliver(recipient, bytes(envelope.content))
        return answer

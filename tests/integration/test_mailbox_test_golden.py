"""What mailbox.test tells of set-ups that are broken in one way or another, as a person reads it: tests/golden/mailbox_test.
A file that is missing is written, for somebody to read; what differs from one machine to the next is made alike."""

import json
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from local.answers import shown
from local.mail.certificates import authority, self_signed
from local.mail.dovecot import Dovecot, missing
from tests.servers.ews import ADDRESS, PASSWORD, EwsServer
from tests.servers.ews import USER as DESK
from tests.servers.graph import USER, GraphServer
from tests.servers.scripted import HANG, ScriptedServer, imap_server, pop3_server
from tests.servers.tokens import CLIENT, CLIENT_SECRET, EntraEndpoint, TokenEndpoint
from tests.wired import AppOf, LocalPost, WiredDesk, trusting, wired  # noqa: F401  fixtures

GOLDEN = Path(__file__).parents[1] / "golden/mailbox_test"
ALICE, SECRET = "alice@example.test", "s3cret"
SENDER = {"name": "outgoing", "address": "desk@example.test", "host": "127.0.0.1", "security": "none", "auth": "none"}
AUTHORITY = authority()
Fields = dict[str, Any]

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))


class Here:
    """The servers of one case; `with_…` starts one and gives the fields that reach it."""

    def __init__(self, desk: WiredDesk, folder: Path, stack: ExitStack) -> None:
        self.desk, self._folder, self._stack = desk, folder, stack

    def start(self, server: Any) -> Any:
        return self._stack.enter_context(server)

    def dovecot(self, **settings: Any) -> Dovecot:
        return self.start(Dovecot(self._folder, {ALICE: SECRET}, **({"certificate": AUTHORITY.issue()} | settings)))

    def imaps(self, **settings: Any) -> Fields:
        return {"host": "localhost", "port": self.dovecot(**settings).imaps_port}

    def on(self, server: ScriptedServer, **fields: Any) -> Fields:
        return {"host": "localhost", "port": self.start(server).port, "security": "none"} | fields

    def graph(self, *roles: str, **fields: Any) -> Fields:
        server = self.start(GraphServer(AUTHORITY))
        entra = self.start(AppOf(server, AUTHORITY))
        entra.roles = roles
        return self.on_graph(server, entra.auth) | fields

    def on_graph(self, server: GraphServer, auth: Fields) -> Fields:
        port = int(server.origin.rpartition(":")[2])
        return {"protocol": "graph", "address": USER, "host": "localhost", "port": port, "auth": auth, "password": None}

    def exchange(self, **fields: Any) -> Fields:
        self.ews = self.start(EwsServer(AUTHORITY))
        port = int(self.ews.origin.rpartition(":")[2])
        return {"protocol": "ews", "address": ADDRESS, "user": DESK, "host": "localhost", "port": port, "password": PASSWORD} | fields

    def sending(self, **answers: str) -> Fields:
        """With a sender whose server gives these answers, and delivers."""
        post = self.start(LocalPost(answers=answers))
        post.dovecot = self.dovecot()
        self.desk.do("sender.put", **SENDER, port=post.port)
        return {"host": "localhost", "port": post.dovecot.imaps_port, "full": True}


def refused_token(here: Here) -> Fields:
    endpoint = here.start(TokenEndpoint(ALICE, certificates=AUTHORITY))
    endpoint.refresh_token = "another"
    auth = {"kind": "oauth2", "token_url": endpoint.url.replace("127.0.0.1", "localhost"), "client_id": CLIENT}
    secrets = {"client_secret": CLIENT_SECRET, "refresh_token": "withdrawn"}
    return here.imaps() | {"auth": auth | secrets, "password": None}


def refused_app(here: Here) -> Fields:
    entra = here.start(EntraEndpoint(USER, certificates=AUTHORITY))
    entra.refuses = (401, "invalid_client")
    auth = {"kind": "microsoft", "tenant_id": "the-tenant", "client_id": CLIENT, "client_secret": "ended", "authority": entra.origin}
    return here.on_graph(here.start(GraphServer(AUTHORITY)), auth)


def not_allowed(here: Here) -> Fields:
    fields = here.exchange()
    here.ews.rights.clear()
    return fields


def closed_port(here: Here) -> Fields:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return {"host": "127.0.0.1", "port": server.getsockname()[1]}


def lost(here: Here) -> Fields:
    """Mail to this address goes to another account."""
    return here.sending() | {"address": "elsewhere@example.test", "user": ALICE}


def unknown_name(here: Here) -> Fields:
    return {"host": "imap..example.com"}


CASES: dict[str, Callable[[Here], Fields]] = {
    "all-well": lambda here: here.imaps() | {"after_fetch": "move"},
    "all-well-and-mail-arrives": lambda here: here.sending(),
    "host-mistyped": unknown_name,
    "port-closed": closed_port,
    "server-silent": lambda here: here.on(ScriptedServer(HANG), timeout_ms=300),
    "port-of-another-protocol": lambda here: here.on(ScriptedServer(b"220 mail.example.test ESMTP\r\n")),
    "tls-on-a-starttls-port": lambda here: {"host": "localhost", "port": here.dovecot().imap_port},
    "tls-on-port-143": lambda here: {"host": "localhost", "port": 143},
    "starttls-not-offered": lambda here: here.on(imap_server(), security="starttls"),
    "certificate-expired": lambda here: here.imaps(certificate=AUTHORITY.issue(days=-1)),
    "certificate-self-signed": lambda here: here.imaps(certificate=self_signed()),
    "certificate-for-another-name": lambda here: here.imaps(certificate=AUTHORITY.issue(["mail.example.com"])),
    "certificate-ends-soon": lambda here: here.imaps(certificate=AUTHORITY.issue(days=5)),
    "password-wrong": lambda here: here.imaps() | {"password": "wrong"},
    "folder-missing": lambda here: here.imaps() | {"folder": "Support"},
    "folder-read-is-the-archive": lambda here: here.imaps() | {"after_fetch": "move", "archive_folder": "INBOX"},
    "pop3-without-uidl": lambda here: here.on(pop3_server(CAPA=b"-ERR Unknown.\r\n", UIDL=b"-ERR Unknown command.\r\n"), protocol="pop3"),
    "pop3-cannot-move": lambda here: {"protocol": "pop3", "host": "localhost", "after_fetch": "move"},
    "oauth2-consent-withdrawn": refused_token,
    "microsoft-secret-ended": refused_app,
    "graph-without-permission": lambda here: here.graph("User.Read.All"),
    "graph-may-read-but-not-move": lambda here: here.graph("Mail.Read", after_fetch="move"),
    "graph-all-well": lambda here: here.graph("Mail.ReadWrite", after_fetch="move"),
    "exchange-all-well": lambda here: here.exchange(after_fetch="move"),
    "exchange-password-wrong": lambda here: here.exchange(password="wrong"),
    "exchange-without-permission": not_allowed,
    "exchange-is-online": lambda here: here.exchange(host="outlook.office365.com", port=None),
    "no-sender": lambda here: here.imaps() | {"full": True},
    "sender-refused": lambda here: here.sending(MAIL="550 5.7.1 You may not send from there"),
    "mail-does-not-arrive": lost,
}


@pytest.fixture
def here(wired, trusting, tmp_path) -> Iterator[Here]:  # noqa: F811
    trusting(AUTHORITY)
    with ExitStack() as stack:
        yield Here(wired, tmp_path / "mail", stack)


@pytest.mark.parametrize("case", CASES)
def test_what_a_person_reads(here: Here, case: str) -> None:
    fields = {"name": "support", "address": ALICE, "password": SECRET} | CASES[case](here)
    given = {name: value for name, value in fields.items() if value is not None}
    answer = alike(here.desk.asked("mailbox.test", **given))
    text = f"$ local/operate mailbox.test {words(alike(given))}\n\n{shown(answer)}\n"
    file = GOLDEN / f"{case}.txt"
    if not file.exists():
        file.write_text(text, "utf-8")
        pytest.fail(f"{file} is new: read it")
    assert text == file.read_text("utf-8")


def test_every_file_is_of_a_case() -> None:
    assert {file.stem for file in GOLDEN.iterdir()} == set(CASES)


def words(given: Fields) -> str:
    """As they are typed, without what is secret."""
    shown = {name: value.get("kind") if isinstance(value, dict) else value for name, value in given.items() if name != "password"}
    return " ".join(f"{name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in shown.items())


def alike(told: Fields) -> Fields:
    """Ports, addresses and times are those of any machine, any time."""
    text = json.dumps(told)
    for varying, usual in _VARYING:
        text = re.sub(varying, usual, text)
    return dict(json.loads(text))


_VARYING = (
    (r'"milliseconds": \d+', '"milliseconds": 1'),
    (r"localhost is [0-9a-f.:, ]+", "localhost is 127.0.0.1"),
    (r'"port": \d{4,5}', '"port": "PORT"'),
    (r"(\bport |:)\d{4,5}\b", r"\1PORT"),
)

"""Whatever is wrong with a mailbox is told in a plain sentence, tried again later, and does not touch the others."""

import socket
from collections.abc import Iterator
from datetime import datetime

import pytest

from local.desk import LocalDesk
from local.mail.dovecot import Dovecot, missing
from tests.end_to_end.disturbance import let_lease_expire, wait_until_idle
from tests.end_to_end.oracle import books

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))

MAIL = b"From: anna@example.net\r\nTo: well@example.test\r\nSubject: Hello\r\nMessage-ID: <%d@example.net>\r\n\r\nHello\r\n"


@pytest.fixture(scope="module")
def dovecot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dovecot]:
    with Dovecot(tmp_path_factory.mktemp("dovecot"), {"well@example.test": "right"}) as server:
        yield server


@pytest.fixture(scope="module")
def silent_port() -> Iterator[int]:
    """A server that takes the connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture(scope="module")
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture(scope="module")
def mailboxes(dovecot: Dovecot, silent_port: int, closed_port: int) -> dict[str, dict[str, object]]:
    here = {"host": "127.0.0.1", "port": dovecot.imap_port, "security": "none"}
    return {
        "wrong-password": here | {"password": "wrong"},
        "unknown-host": here | {"host": "mail.example.invalid"},
        "closed-port": here | {"port": closed_port},
        "untrusted-certificate": here | {"host": "localhost", "port": dovecot.imaps_port, "security": "tls"},
        "missing-folder": here | {"folder": "Support/Inbox"},
        "server-that-hangs": here | {"port": silent_port, "timeout_ms": 1000},
        "well": here,
    }


WORDS = {
    "wrong-password": ["password", "127.0.0.1"],
    "unknown-host": ["mail.example.invalid"],
    "closed-port": ["127.0.0.1"],
    "untrusted-certificate": ["certificate"],
    "missing-folder": ["Support/Inbox"],
    "server-that-hangs": ["127.0.0.1"],
}


def test_each_failure_is_a_sentence_on_its_mailbox_and_nobody_elses(
    desk: LocalDesk, dovecot: Dovecot, mailboxes: dict[str, dict[str, object]]
) -> None:
    usual = {"user": "well@example.test", "password": "right", "autoresponse": False}
    document = {"mailboxes": [{"name": name, "address": f"{name}@example.test", **usual, **one} for name, one in mailboxes.items()]}
    assert desk.operate({"command": "settings.apply", "document": document})["ok"]
    dovecot.deliver("well@example.test", MAIL % 1)
    poll_all(desk, mailboxes)

    assert len(books(desk, "well").tickets) == 1
    for name, words in WORDS.items():
        state = health(desk, name)
        assert state["failures"] == 1, name
        assert all(word in state["last_error"] for word in words), state["last_error"]
        assert state["last_error"].endswith("."), state["last_error"]
        assert "right" not in state["last_error"].split(), "a password"

    dovecot.deliver("well@example.test", MAIL % 2)
    poll_all(desk, mailboxes)
    assert len(books(desk, "well").tickets) == 2
    for name in WORDS:
        state = health(desk, name)
        assert state["failures"] == 2, name
        assert 60 < pause(state) <= 130, "the second failure waits two minutes"


def poll_all(desk: LocalDesk, mailboxes: dict[str, dict[str, object]]) -> None:
    for name in mailboxes:
        let_lease_expire(desk, name)
    desk.invoke("SchedulePolls", {})
    wait_until_idle(desk, 120)


def health(desk: LocalDesk, name: str) -> dict[str, object]:
    answer = desk.operate({"command": "mailbox.get", "name": name})
    assert answer["ok"], answer
    return answer["state"]


def pause(state: dict[str, object]) -> float:
    times = [datetime.fromisoformat(str(state[name])) for name in ("next_poll_at", "last_polled_at")]
    return (times[0] - times[1]).total_seconds()

"""Start, stop, sync now and status of a mailbox on the deployed desk."""

import time
from collections.abc import Iterator

import pytest

from local.desk import LocalDesk
from local.mail.dovecot import Dovecot, missing
from tests.end_to_end.disturbance import wait_until_idle
from tests.end_to_end.oracle import books

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))

NAME, ADDRESS = "hasty", "hasty@example.test"
MAIL = b"From: anna@example.net\r\nTo: hasty@example.test\r\nSubject: Hello\r\nMessage-ID: <hasty-%d@example.net>\r\n\r\nHello\r\n"
HANGS = 30
"""Seconds after which a poll will not begin any more. What is promised is two."""


@pytest.fixture
def dovecot(tmp_path) -> Iterator[Dovecot]:
    with Dovecot(tmp_path, {ADDRESS: "right"}) as server:
        yield server


def test_a_mailbox_is_polled_when_told_to_and_says_how_it_does(desk: LocalDesk, dovecot: Dovecot) -> None:
    account = {"name": NAME, "address": ADDRESS, "host": "127.0.0.1", "port": dovecot.imap_port, "security": "none", "password": "right"}
    do(desk, "mailbox.put", **account, poll_every_minutes=600, autoresponse=False)
    sync(desk)
    first = status(desk)
    assert (first["taken_today"], first["failures"], first["last_error"]) == (0, 0, None)

    dovecot.deliver(ADDRESS, MAIL % 1)
    seconds = sync(desk)
    print(f"the poll began {seconds:.2f} s after sync_now")
    after = status(desk)
    assert len(books(desk, NAME).tickets) == 1
    assert after["last_success_at"] == after["last_polled_at"] > first["last_polled_at"]
    assert (after["taken_today"], after["backlog"], after["last_error"], after["polling_now"]) == (1, 0, None, False)
    assert after["next_poll_at"] > after["last_polled_at"]
    assert after["summary"].startswith("Works: polled ") and "Next poll " in after["summary"]

    do(desk, "mailbox.stop", name=NAME)
    dovecot.deliver(ADDRESS, MAIL % 2)
    refused = desk.operate({"command": "mailbox.sync_now", "name": NAME})["error"]
    assert refused == {"field": "name", "message": "Mailbox hasty is stopped.", "try": "Switch it on with mailbox.start."}
    stopped = status(desk)
    assert stopped["summary"].endswith("Stopped.") and stopped["next_poll_at"] is None

    do(desk, "mailbox.start", name=NAME)
    sync(desk)
    assert len(books(desk, NAME).tickets) == 2


def do(desk: LocalDesk, command: str, **fields: object) -> dict:
    answer = desk.operate({"command": command, **fields})
    assert answer["ok"], answer
    return answer


def status(desk: LocalDesk) -> dict:
    return do(desk, "mailbox.get", name=NAME)["state"]


def sync(desk: LocalDesk) -> float:
    """Seconds from the command to the first sign of a poll, after which all that it fetched is taken in."""
    before = status(desk)["last_polled_at"]
    told = time.monotonic()
    do(desk, "mailbox.sync_now", name=NAME)
    desk.wait_until(lambda: (now := status(desk))["polling_now"] or now["last_polled_at"] != before, HANGS)
    begun = time.monotonic() - told
    desk.wait_until(lambda: status(desk)["last_polled_at"] != before, HANGS)
    wait_until_idle(desk, 60)
    return begun

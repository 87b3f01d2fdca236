"""The full test of a mailbox with real servers: what it sends is what it finds."""

from collections.abc import Iterator

import pytest

from local.mail.certificates import authority
from local.mail.dovecot import Dovecot, missing
from tests.servers.graph import USER, GraphServer
from tests.servers.scripted import pop3_server
from tests.wired import AppOf, LocalPost, WiredDesk, trusting, wired  # noqa: F401  fixtures

ALICE, SECRET = "alice@example.test", "s3cret"
MAIL = b"Message-ID: <%d@example.net>\r\nSubject: %d\r\n\r\nHello\r\n"

needs_dovecot = pytest.mark.skipif(missing() is not None, reason=str(missing()))


@pytest.fixture
def post(tmp_path) -> Iterator[LocalPost]:
    with Dovecot(tmp_path, {ALICE: SECRET}) as dovecot, LocalPost() as post:
        post.dovecot = dovecot
        yield post


@pytest.fixture
def desk(wired, post) -> WiredDesk:  # noqa: F811
    sender = {
        "name": "outgoing",
        "address": "desk@example.test",
        "host": "127.0.0.1",
        "port": post.port,
        "security": "none",
        "auth": "none",
    }
    wired.do("sender.put", **sender)
    return wired


def full_test(desk, **fields):
    account = {"name": "support", "address": ALICE, "host": "127.0.0.1", "security": "none", "password": SECRET, "timeout_ms": 5000}
    tested = desk.do("mailbox.test", **account | fields, full=True)
    return tested["passed"], {step["name"]: step["detail"] for step in tested["steps"]}


def protocol(post, name):
    return {"protocol": name, "port": post.dovecot.imap_port if name == "imap" else post.dovecot.pop3_port}


@needs_dovecot
@pytest.mark.parametrize("name", ["imap", "pop3"])
def test_a_mail_sent_by_smtp_is_found(desk, post, name):
    for number in range(30):
        post.dovecot.deliver(ALICE, MAIL % (number, number))
    passed, steps = full_test(desk, **protocol(post, name))
    assert passed, steps
    assert steps["mail sent"] == f"sender outgoing gave it away, from desk@example.test to {ALICE}"
    assert steps["mail received"].startswith("after 0 s.")
    assert len(post.dovecot.mails(ALICE)) == 31


@needs_dovecot
@pytest.mark.parametrize("name", ["imap", "pop3"])
def test_a_mail_that_goes_elsewhere_is_not_taken_for_another_one(desk, post, name):
    post.dovecot.deliver(ALICE, MAIL % (1, 1))
    post.dovecot.users["bob@example.test"] = SECRET
    _, steps = full_test(desk, **protocol(post, name), address="bob@example.test", user=ALICE)
    assert steps["mail received"].startswith("It is not in INBOX after 60 s.")


@needs_dovecot
def test_a_mail_that_a_poll_moved_meanwhile_is_found_in_the_archive(desk, post):
    full_test(desk, **protocol(post, "imap"))
    (sent,) = post.dovecot.mails(ALICE)
    deliver = post.dovecot.deliver
    post.dovecot.deliver = lambda user, raw: deliver(user, raw, "Archive")
    passed, _ = full_test(desk, **protocol(post, "imap"), after_fetch="move")
    assert passed and post.dovecot.mails(ALICE) == [sent]


@needs_dovecot
def test_what_is_looked_for_is_not_marked_as_read(desk, post):
    full_test(desk, **protocol(post, "imap"))
    assert post.dovecot.flags(ALICE) == [""]


@needs_dovecot
def test_a_pop3_server_that_cannot_show_headers_says_so(desk, post):
    with pop3_server(TOP=b"-ERR Unknown command.\r\n") as server:
        _, steps = full_test(desk, protocol="pop3", port=server.port)
    assert "refused while a mail was looked for" in steps["mail received"]


def test_by_graph_alone(wired, trusting):  # noqa: F811
    certificates = authority()
    trusting(certificates)
    with GraphServer(certificates) as server, AppOf(server, certificates) as entra:
        port = int(server.origin.rpartition(":")[2])
        account = {"address": USER, "protocol": "graph", "host": "127.0.0.1", "port": port, "auth": entra.auth}
        wired.do("mailbox.put", name="support", **account)
        borrowed = {"kind": "graph", "host": "127.0.0.1", "port": port, "auth": "same_as_mailbox", "mailbox": "support"}
        wired.do("sender.put", name="outgoing", address=USER, **borrowed)
        tested = wired.do("mailbox.test", name="support", full=True)
    assert tested["passed"], tested
    assert [step["name"] for step in tested["steps"]][-3:] == ["folder", "mail sent", "mail received"]
    assert server.problems == [] and len(server.mail.sent) == 1

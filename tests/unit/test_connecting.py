"""What every protocol's connection has in common."""

from dataclasses import replace

import pytest

from maildesk.connecting.servers import Server, tls_context
from maildesk.mailboxes import imap
from maildesk.senders import smtp
from tests.make import mailbox, sender

BLIND = Server("mail.desk.example", 993, "tls", verify_tls=False, seconds=1)


def test_a_server_that_is_trusted_blindly_is_logged_once(caplog):
    tls_context.cache_clear()
    for server in (BLIND, BLIND, replace(BLIND, verify_tls=True)):
        tls_context(server)
    assert [(record.levelname, record.message, record.server) for record in caplog.records] == [
        ("WARNING", "the server's certificate is not verified", "mail.desk.example port 993")
    ]


@pytest.mark.parametrize(
    ("server", "port"), [(imap.connecting.server_of(mailbox(timeout_ms=1500)), 993), (smtp.sender.server_of(sender(timeout_ms=1500)), 587)]
)
def test_an_answer_may_take_as_long_as_timeout_ms_says(server, port):
    assert (server.seconds, server.port) == (1.5, port)

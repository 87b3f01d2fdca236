"""A mailbox that asks of its protocol what it cannot do is refused when it is stored."""

import pytest

from tests.operating import SUPPORT, MemoryDesk

POP3 = SUPPORT | {"protocol": "pop3", "host": "pop.example.com"}


@pytest.fixture
def desk() -> MemoryDesk:
    return MemoryDesk()


def test_pop3_has_ports_of_its_own(desk):
    for security, port in (("tls", 995), ("starttls", 110), ("none", 110)):
        desk.do("mailbox.put", **POP3, security=security)
        assert desk.mailbox().effective_port == port


@pytest.mark.parametrize("host", ["ssl://pop.example.com", "pop3s://pop.example.com:995"])
def test_pop3_takes_hints(desk, host):
    desk.do("mailbox.put", **POP3 | {"host": host})
    assert (desk.mailbox().host, desk.mailbox().effective_port, desk.mailbox().security) == ("pop.example.com", 995, "tls")


@pytest.mark.parametrize(
    ("asked", "field", "message"),
    [
        ({"after_fetch": "move"}, "after_fetch", "POP3 knows no folders, so mails cannot be moved."),
        ({"folder": "Support"}, "folder", "POP3 knows no folders, so Support cannot be read."),
        ({"folders": ["INBOX", "Sales"]}, "folders", "POP3 knows no folders, so Sales cannot be read."),
        ({"port": 995, "security": "starttls"}, "security", "Port 995 speaks TLS from the start, but security is starttls."),
        ({"port": 110}, "security", "Port 110 starts without TLS, but security is tls."),
    ],
)
def test_what_pop3_cannot_do(desk, asked, field, message):
    error = desk.refused("mailbox.put", **POP3, **asked)
    assert (error["field"], error["message"]) == (field, message) and error["try"]


def test_mails_are_not_moved_where_they_would_be_read_again(desk):
    moving = {"after_fetch": "move", "archive_folder": "Done"}
    for where in ({"folder": "Done"}, {"folders": ["INBOX", "Done"]}):
        error = desk.refused("mailbox.put", **SUPPORT, **moving, **where)
        assert (error["field"], error["message"]) == ("archive_folder", "Mails moved to Done would be read there again.")
    desk.do("mailbox.put", **SUPPORT, **moving, folders=["INBOX", "Sales"])

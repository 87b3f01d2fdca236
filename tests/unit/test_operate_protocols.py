"""A mailbox that asks of its protocol what it cannot do is refused when it is stored."""

import pytest

from tests.operating import SUPPORT, MemoryDesk

SES = {"name": "support", "address": "support@example.com", "protocol": "ses"}
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


def test_amazon_ses_needs_a_name_and_an_address_only(desk):
    desk.do("mailbox.put", **SES)
    assert desk.mailbox().host is None and desk.secrets.values == {}


def test_every_other_protocol_needs_a_host(desk):
    for protocol in ("imap", "pop3", "graph"):
        error = desk.refused("mailbox.put", **SES | {"protocol": protocol})
        assert (error["field"], error["message"]) == ("host", f"host is missing: a mailbox of protocol {protocol} needs one.")


@pytest.mark.parametrize(
    "asked",
    [
        *({"host": "mail.example.com"}, {"port": 993}, {"security": "none"}, {"user": "support"}, {"provider": "gmail"}),
        *({"after_fetch": "move"}, {"after_fetch": "delete"}, {"folder": "Support"}, {"folders": ["INBOX", "Sales"]}),
        *({"only_unread": False}, {"not_before": "now"}, {"poll_every_minutes": 1}, {"batch_size": 10}, {"timeout_ms": 1000}),
        {"auth": {"kind": "microsoft", "tenant_id": "t", "client_id": "c", "client_secret": "s"}},
    ],
    ids=lambda asked: next(iter(asked)),
)
def test_nothing_is_fetched_from_amazon_ses(desk, asked):
    error = desk.refused("mailbox.put", **SES, **asked)
    field = "host" if "provider" in asked else next(iter(asked))
    assert error["field"] == field
    assert error["message"].endswith(f"so {field} would have no effect.")
    assert error["try"] == f"Leave {field} out, or set protocol to imap."


def test_amazon_ses_asks_for_no_password(desk):
    assert desk.refused("mailbox.put", **SES, password="secret")["field"] == "password"


def test_mail_of_amazon_ses_cannot_be_stopped_here_because_it_would_have_nowhere_to_wait(desk):
    assert desk.refused("mailbox.put", **SES, active=False)["field"] == "active"
    desk.do("mailbox.put", **SES)
    error = desk.refused("mailbox.stop", name="support")
    assert (error["field"], error["message"]) == ("active", "Amazon SES goes on handing mail over, and it would have nowhere to wait.")
    assert error["try"].startswith("Take support@example.com off ReceivingAddresses of the stack")
    assert desk.refused("mailbox.start", name="support", not_before="now")["field"] == "not_before"
    assert desk.do("mailbox.start", name="support")["change"] == "unchanged"


def test_mails_are_not_moved_where_they_would_be_read_again(desk):
    moving = {"after_fetch": "move", "archive_folder": "Done"}
    for where in ({"folder": "Done"}, {"folders": ["INBOX", "Done"]}):
        error = desk.refused("mailbox.put", **SUPPORT, **moving, **where)
        assert (error["field"], error["message"]) == ("archive_folder", "Mails moved to Done would be read there again.")
    desk.do("mailbox.put", **SUPPORT, **moving, folders=["INBOX", "Sales"])


EWS = SUPPORT | {"protocol": "ews", "host": "mail.example.com"}


@pytest.mark.parametrize("host", ["https://mail.example.com/EWS/Exchange.asmx", "https://mail.example.com", "mail.example.com"])
def test_exchange_is_reached_by_tls_whatever_way_its_host_is_written(desk, host):
    desk.do("mailbox.put", **EWS | {"host": host})
    assert (desk.mailbox().host, desk.mailbox().effective_port, desk.mailbox().security) == ("mail.example.com", 443, "tls")


@pytest.mark.parametrize(
    ("asked", "field", "message"),
    [
        ({"security": "none"}, "security", "Exchange Web Services are reached by TLS only."),
        ({"host": "outlook.office365.com"}, "protocol", "Exchange Online is not read by Exchange Web Services."),
        ({"provider": "microsoft365", "host": None}, "protocol", "Exchange Online is not read by Exchange Web Services."),
        (
            {"password": None, "auth": {"kind": "microsoft", "tenant_id": "t", "client_id": "c", "client_secret": "s"}},
            "auth",
            "An Exchange server of one's own is opened by user and password.",
        ),
    ],
)
def test_what_exchange_cannot_do(desk, asked, field, message):
    given = {name: value for name, value in (EWS | asked).items() if value is not None}
    error = desk.refused("mailbox.put", **given)
    assert (error["field"], error["message"]) == (field, message) and error["try"]

"""Commands about senders."""

import json

import pytest

from maildesk.ports import Login, Step
from tests.operating import OUTGOING, SUPPORT, MemoryDesk


@pytest.fixture
def desk() -> MemoryDesk:
    return MemoryDesk()


@pytest.fixture
def outgoing(desk) -> MemoryDesk:
    """A desk with two senders, `outgoing` the default one."""
    desk.do("sender.put", **OUTGOING)
    desk.do("sender.put", **OUTGOING | {"name": "sales", "password": "of-sales"})
    return desk


def defaults(desk: MemoryDesk) -> list[str]:
    return [sender.name for sender in desk.settings.stored.senders if sender.default]


def test_a_new_sender_is_stored_with_its_password_apart(desk):
    assert desk.do("sender.put", **OUTGOING) == {"part": "sender outgoing", "change": "created", "fields": []}
    assert desk.secrets.values == {"sender/outgoing": "of-the-sender"}
    assert "of-the-sender" not in json.dumps([desk.do("sender.get", name="outgoing"), desk.do("sender.list")])


def test_the_first_sender_is_the_default_and_later_ones_are_not(outgoing):
    assert defaults(outgoing) == ["outgoing"]
    assert [row["default"] for row in outgoing.do("sender.list")["senders"]] == [True, False]


def test_a_later_one_becomes_the_default_by_saying_so(outgoing):
    outgoing.do("sender.put", **OUTGOING | {"name": "third"}, default=True)
    assert defaults(outgoing) == ["third"]


def test_set_default_moves_it(outgoing):
    assert outgoing.do("sender.set_default", name="sales")["fields"] == ["default"]
    assert defaults(outgoing) == ["sales"]
    assert outgoing.do("sender.set_default", name="sales")["change"] == "unchanged"


def test_putting_the_default_again_leaves_it_the_default(outgoing):
    assert outgoing.do("sender.put", **OUTGOING, display_name="Support")["fields"] == ["display_name"]
    assert outgoing.do("sender.put", **OUTGOING, display_name="Support", default=False)["change"] == "unchanged"
    assert defaults(outgoing) == ["outgoing"]


def test_the_default_is_not_deleted_while_there_are_others(outgoing):
    error = outgoing.refused("sender.delete", name="outgoing")
    assert error == {
        "field": "name",
        "message": "outgoing is the default sender.",
        "try": "Make another one the default with sender.set_default first.",
    }
    outgoing.do("sender.delete", name="sales")
    outgoing.do("sender.delete", name="outgoing")
    assert (outgoing.settings.stored.senders, outgoing.secrets.values) == ((), {})


def test_a_sender_that_a_mailbox_sends_through_is_kept(outgoing):
    outgoing.do("mailbox.put", **SUPPORT, sender="sales")
    assert outgoing.refused("sender.delete", name="sales")["message"] == "Mailbox support sends through sales."


def test_an_unknown_sender_and_the_one_that_was_meant(outgoing):
    for command in ("get", "delete", "test", "set_default"):
        assert outgoing.refused(f"sender.{command}", name="sale")["try"] == "Did you mean 'sales'?"


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"port": 25}, "port", "Port 25 is for servers that pass mail on, not for accounts."),
        ({"port": 465}, "security", "Port 465 speaks TLS from the start, but security is starttls."),
        ({"port": 587, "security": "tls"}, "security", "Port 587 starts without TLS, but security is tls."),
        ({"host": None}, "host", "host is missing: a sender of kind smtp needs one."),
        ({"password": None}, "password", "password is missing, and none is stored."),
        ({"auth": "none"}, "password", "A password is given, but auth is none."),
        ({"auth": "same_as_mailbox", "password": None}, "mailbox", "mailbox is missing: auth same_as_mailbox needs one."),
        ({"auth": "same_as_mailbox", "password": None, "mailbox": "nobody"}, "mailbox", "There is no mailbox 'nobody'."),
        ({"kind": "ses"}, "password", "A password is given, but SES needs no password."),
    ],
)
def test_what_cannot_work_is_refused(desk, fields, field, message):
    error = desk.refused("sender.put", **OUTGOING | fields)
    assert (error["field"], error["message"]) == (field, message)
    assert error["try"]


@pytest.mark.parametrize(
    "fields", [{"port": 587}, {"port": 465, "security": "tls"}, {"port": 2525}, {"port": 465, "host": "tls://smtp.example.com"}]
)
def test_ports_and_securities_that_belong_together(desk, fields):
    desk.do("sender.put", **OUTGOING | fields)


def test_ses_needs_neither_host_nor_password(desk):
    desk.do("sender.put", name="ses", address="support@example.com", kind="ses")
    assert desk.do("sender.test", name="ses")["passed"]
    [(sender, login)] = desk.office.checked
    assert (sender.kind, login) == ("ses", None)


def test_a_stored_sender_is_tested_with_its_password(outgoing):
    assert outgoing.do("sender.test", name="sales")["passed"]
    assert outgoing.office.checked[0][1] == Login("support@example.com", "of-sales", account="sender/sales")


def test_a_draft_is_tested_before_it_is_stored(desk):
    assert desk.do("sender.test", **OUTGOING)["passed"]
    assert desk.office.checked[0][1] == Login("support@example.com", "of-the-sender", account="sender/outgoing")
    assert (desk.settings.stored.senders, desk.secrets.values) == ((), {})


def test_a_sender_may_use_a_mailbox_s_login(desk):
    desk.do("mailbox.put", **SUPPORT, user="support-login")
    desk.do("sender.put", **OUTGOING | {"password": None}, auth="same_as_mailbox", mailbox="support")
    desk.do("sender.test", name="outgoing")
    assert desk.office.checked[0][1] == Login("support-login", "of-the-mailbox", account="mailbox/support")


def test_a_test_that_does_not_pass_is_an_answer_not_an_error(outgoing):
    outgoing.office.steps = (Step("name", False, "There is no host named smtp.example.com."),)
    tested = outgoing.do("sender.test", name="outgoing")
    assert (tested["passed"], tested["steps"][0]["detail"]) == (False, "There is no host named smtp.example.com.")


def test_a_login_that_cannot_be_had_is_a_failed_step(desk):
    desk.do("mailbox.put", **SUPPORT)
    desk.do("sender.put", **OUTGOING | {"password": None}, auth="same_as_mailbox", mailbox="support")
    desk.secrets.values.clear()
    [step] = desk.do("sender.test", name="outgoing")["steps"]
    assert (step["ok"], step["detail"]) == (False, "No password is stored for mailbox/support: give one with mailbox.put.")


def test_a_mailbox_of_amazon_ses_has_no_password_to_lend(desk):
    desk.do("mailbox.put", name="pushed", address="pushed@example.com", protocol="ses")
    lent = OUTGOING | {"kind": "smtp", "password": None, "auth": "same_as_mailbox", "mailbox": "pushed"}
    error = desk.refused("sender.put", **lent)
    assert (error["field"], error["message"]) == ("mailbox", "Mailbox pushed has no password: Amazon SES hands its mail over.")
    desk.do("sender.put", name="by-ses", mailbox="pushed")
    assert desk.sender("by-ses").kind == "ses"

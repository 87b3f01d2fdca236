"""A sender that names its mailbox needs to say no more: a mailbox can be its own sender."""

import pytest

from maildesk.desk.operate.following import submission_host
from maildesk.desk.operate.providers import PROVIDERS
from maildesk.ports import Login
from tests.operating import OUTGOING, SUPPORT, MemoryDesk

FOLLOWER = {"name": "support", "mailbox": "support"}
APP = {"kind": "microsoft", "tenant_id": "t", "client_id": "c", "client_secret": "planted"}


@pytest.fixture
def desk() -> MemoryDesk:
    return MemoryDesk()


def follower(desk, **mailbox):
    desk.do("mailbox.put", **SUPPORT | {"display_name": "Help", **mailbox})
    desk.do("sender.put", **FOLLOWER)
    return desk.sender("support")


def test_name_and_mailbox_are_enough(desk):
    sender = follower(desk)
    assert (sender.address, sender.display_name, sender.kind) == ("support@example.com", "Help", "smtp")
    assert (sender.host, sender.effective_port, sender.security) == ("smtp.example.com", 587, "starttls")
    assert (sender.auth, sender.default, sender.mailbox) == ("same_as_mailbox", True, "support")
    assert desk.do("sender.test", name="support")["passed"]
    assert desk.office.checked[0][1] == Login("support@example.com", "of-the-mailbox", account="mailbox/support")


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_with_a_known_provider_its_server_sends(desk, provider, protocol):
    if protocol == "pop3" and not PROVIDERS[provider].pop3:
        pytest.skip("no POP3 there")
    assert follower(desk, host=None, provider=provider, protocol=protocol).host == PROVIDERS[provider].smtp


@pytest.mark.parametrize(
    ("host", "sends"),
    [
        ("imap.example.com", "smtp.example.com"),
        ("IMAP.Example.com", "smtp.Example.com"),
        ("pop3.example.com", "smtp.example.com"),
        ("mail.example.com", "mail.example.com"),
        ("127.0.0.1", "127.0.0.1"),
        ("localhost", "localhost"),
        ("imap.com", None),
        ("exchange.example.com", None),
    ],
)
def test_by_the_usual_names_of_hosts(host, sends):
    assert submission_host(host) == sends


def test_where_the_host_cannot_be_told_the_field_to_add_is_named(desk):
    desk.do("mailbox.put", **SUPPORT | {"host": "exchange.example.com"})
    error = desk.refused("sender.put", **FOLLOWER)
    assert (error["field"], error["message"]) == ("host", "host is missing: where that mailbox sends cannot be told.")
    desk.do("sender.put", **FOLLOWER, host="ssl://out.example.com")
    assert (desk.sender("support").host, desk.sender("support").effective_port) == ("out.example.com", 465)


def test_a_mailbox_on_graph_sends_by_graph(desk):
    graph = {"protocol": "graph", "host": "graph.microsoft.us", "auth": APP, "password": None}
    sender = follower(desk, **graph)
    assert (sender.kind, sender.host, sender.auth) == ("graph", "graph.microsoft.us", "same_as_mailbox")


def test_where_ses_hands_mail_in_ses_sends_it(desk):
    desk.do("mailbox.put", name="support", address="support@example.com", protocol="ses")
    desk.do("sender.put", **FOLLOWER)
    assert (desk.sender("support").kind, desk.sender("support").address) == ("ses", "support@example.com")


def test_trust_and_plain_text_are_as_there_only_where_the_host_is(desk):
    trusting = {"host": "mail.example.com", "security": "none", "verify_tls": False}
    sender = follower(desk, **trusting)
    assert (sender.security, sender.verify_tls) == ("none", False)
    desk.do("sender.put", **FOLLOWER, host="smtp.example.net")
    assert (desk.sender("support").security, desk.sender("support").verify_tls) == ("starttls", True)


def test_what_is_given_is_not_followed(desk):
    desk.do("mailbox.put", **SUPPORT)
    desk.do("sender.put", **OUTGOING | {"address": "alias@example.com"}, mailbox="support", display_name="Alias", port=2525)
    sender = desk.sender()
    assert (sender.address, sender.display_name, sender.port, sender.auth) == ("alias@example.com", "Alias", 2525, "password")


def test_in_a_document_a_mailbox_may_stand_beside_it(desk):
    desk.do("settings.apply", document={"mailboxes": [SUPPORT], "senders": [FOLLOWER]})
    assert desk.sender("support").host == "smtp.example.com"
    text = "mailboxes: [{name: sales, address: sales@example.com, provider: gmail, password: x}]\nsenders: [{name: sales, mailbox: sales}]"
    desk.do("settings.apply", yaml=text)
    assert (desk.sender("sales").host, desk.sender("sales").address) == ("smtp.gmail.com", "sales@example.com")
    desk.do("settings.apply", document={"senders": [FOLLOWER | {"display_name": "Other"}]})
    assert (desk.sender("support").display_name, desk.sender("support").host) == ("Other", "smtp.example.com")


def test_an_export_applied_changes_nothing(desk):
    follower(desk)
    document = desk.do("settings.export")["document"]
    changes = desk.do("settings.apply", document=document, remove_missing=True)["changes"]
    assert {change["change"] for change in changes} == {"unchanged"}


@pytest.mark.parametrize("mailbox", ["nobody", 5, None, {}])
def test_a_mailbox_that_is_not_there_is_followed_by_nobody(desk, mailbox):
    assert desk.refused("sender.put", name="support", mailbox=mailbox)["field"] in {"mailbox", "address"}
    error = desk.refused("settings.apply", document={"mailboxes": 5, "senders": [{"name": "support", "mailbox": mailbox}, 7]})
    assert error["field"].startswith("document.")


def test_a_mailbox_to_follow_that_is_not_there_is_named(desk):
    error = desk.refused("sender.put", name="support", mailbox="suport")
    assert (error["field"], error["message"]) == ("mailbox", "There is no mailbox 'suport' to follow.")
    error = desk.refused("settings.apply", document={"senders": [{"name": "support", "mailbox": "suport"}]})
    assert error["field"] == "document.senders.support.mailbox"


def test_a_mailbox_sends_through_its_follower_unless_it_names_another(desk):
    desk.do("sender.put", **OUTGOING | {"address": "out@example.com"})
    desk.do("mailbox.put", **SUPPORT)
    desk.do("mailbox.put", **SUPPORT | {"name": "sales", "address": "sales@example.com"})
    desk.do("sender.put", **FOLLOWER)

    def through(name):
        settings = desk.settings.stored
        return settings.sender_for(settings.mailbox(name)).name

    assert (through("support"), through("sales")) == ("support", "outgoing")
    desk.do("mailbox.put", **SUPPORT, sender="outgoing")
    assert through("support") == "outgoing"


def test_a_sender_that_only_signs_in_as_a_mailbox_does_not_follow_it(desk):
    desk.do("mailbox.put", **SUPPORT)
    desk.do("sender.put", **OUTGOING | {"address": "out@example.com"})
    desk.do("sender.put", name="alias", mailbox="support", address="alias@example.com")
    assert desk.settings.stored.sender_for(desk.mailbox()).name == "outgoing"

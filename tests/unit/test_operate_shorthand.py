"""What operators may write for short: a provider for its hosts, a day or now for a moment. And whose address a mailbox may have."""

from datetime import UTC, datetime

import pytest

from maildesk.desk.operate.providers import PROVIDERS
from maildesk.ports import Step
from tests.fakes import NOW
from tests.operating import OUTGOING, SUPPORT, MemoryDesk

DAY = datetime(2026, 3, 1, tzinfo=UTC)
WITHOUT_HOST = {name: value for name, value in SUPPORT.items() if name != "host"}


@pytest.fixture
def desk() -> MemoryDesk:
    return MemoryDesk()


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_provider_fills_in_the_host(desk, provider):
    desk.do("mailbox.put", **WITHOUT_HOST, provider=provider)
    assert (desk.mailbox().host, desk.mailbox().effective_port) == (PROVIDERS[provider].imap, 993)
    desk.do("sender.put", name="outgoing", address="support@example.com", password="secret", provider=provider)
    assert (desk.sender().host, desk.sender().effective_port, desk.sender().security) == (PROVIDERS[provider].smtp, 587, "starttls")


def test_of_pop3_and_in_a_document_too(desk):
    entry = WITHOUT_HOST | {"provider": "gmail", "protocol": "pop3"}
    desk.do("settings.apply", document={"mailboxes": [entry]})
    assert (desk.mailbox().host, desk.mailbox().effective_port) == ("pop.gmail.com", 995)


def test_a_host_that_is_given_stays(desk):
    desk.do("mailbox.put", **SUPPORT, provider="zoho")
    assert desk.mailbox().host == SUPPORT["host"]


def test_a_provider_nobody_knows_and_one_without_pop3(desk):
    assert desk.refused("mailbox.put", **SUPPORT, provider="acme")["field"] == "provider"
    assert desk.refused("mailbox.put", **WITHOUT_HOST, provider="icloud", protocol="pop3")["field"] == "host"


def test_where_signing_in_fails_the_test_says_what_to_know_there(desk):
    desk.server.steps = (Step("name", True, "found"), Step("sign-in", False, "It does not let support@example.com sign in."))
    last = desk.do("mailbox.test", **WITHOUT_HOST, provider="gmail")["steps"][-1]["detail"]
    assert last.startswith("It does not let support@example.com sign in. ") and "app password" in last
    assert desk.do("mailbox.test", **SUPPORT)["steps"][-1]["detail"] == "It does not let support@example.com sign in."


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("2026-03-01", DAY),
        ("2026-03-01T00:00:00", DAY),
        ("2026-03-01T01:00:00+01:00", DAY),
        ("2026-03-01T00:00:00Z", DAY),
        ("now", NOW),
    ],
)
def test_a_moment(desk, given, meant):
    desk.do("mailbox.put", **SUPPORT, not_before=given)
    assert desk.mailbox().not_before == meant


def test_a_day_in_yaml(desk):
    yaml = "mailboxes: [{name: support, address: support@example.com, host: imap.example.com, password: x, not_before: 2026-03-01}]"
    desk.do("settings.apply", yaml=yaml)
    assert desk.mailbox().not_before == DAY


@pytest.mark.parametrize("given", ["yesterday", "", 5, "2026-13-01"])
def test_no_moment(desk, given):
    assert desk.refused("mailbox.put", **SUPPORT, not_before=given)["field"] == "not_before"


def test_now_given_again_is_still_the_moment_it_was_given_first(desk):
    desk.do("mailbox.put", **SUPPORT, not_before="now")
    desk.clock.wait(minutes=60)
    assert desk.do("mailbox.put", **SUPPORT, not_before="now")["change"] == "unchanged"


def test_a_start_from_now_means_now(desk):
    desk.do("mailbox.put", **SUPPORT, not_before="2026-03-01")
    desk.do("mailbox.stop", name="support")
    desk.clock.wait(minutes=60)
    desk.do("mailbox.start", name="support", not_before="now")
    assert desk.mailbox().not_before == desk.clock()
    desk.do("mailbox.stop", name="support")
    desk.do("mailbox.start", name="support")
    assert desk.mailbox().not_before == desk.clock()


def test_what_is_exported_is_applied_without_a_change(desk):
    desk.do("mailbox.put", **SUPPORT, not_before="now")
    document = desk.do("settings.export")["document"]
    assert {change["change"] for change in desk.do("settings.apply", document=document)["changes"]} == {"unchanged"}


def test_a_mailbox_has_an_address_of_its_own(desk):
    desk.do("mailbox.put", **SUPPORT)
    error = desk.refused("mailbox.put", **SUPPORT | {"name": "sales", "address": "Support@Example.com"})
    assert (error["field"], error["message"]) == ("address", "Support@Example.com is the address of mailbox support.")
    desk.do("sender.put", **OUTGOING)


def test_a_mailbox_does_not_have_an_agents_address(desk):
    desk.do("settings.apply", document={"desk": {"agents": ["anna@example.com"]}})
    error = desk.refused("mailbox.put", **SUPPORT | {"address": "anna@example.com"})
    assert (error["field"], error["message"]) == ("address", "anna@example.com is the address of an agent.")


def test_an_agent_does_not_get_a_mailboxs_address(desk):
    desk.do("mailbox.put", **SUPPORT)
    error = desk.refused("settings.apply", document={"desk": {"agents": ["support@example.com"]}})
    assert (error["field"], error["message"]) == ("document.desk.agents", "support@example.com is the address of mailbox support.")

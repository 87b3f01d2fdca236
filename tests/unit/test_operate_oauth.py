"""Accounts without a password: what an operator gives, what is kept where, and what is never shown."""

import json

import pytest

from maildesk.settings.auth import Credential, OAuth2, as_given
from tests.operating import OUTGOING, SUPPORT, MemoryDesk

CLIENT = {"tenant_id": "the-tenant", "client_id": "the-client"}
OAUTH2 = {"kind": "oauth2", "token_url": "https://id.example.com/token", "client_id": "the-client"}
KEY_FILE = {"client_email": "robot@example.com", "private_key": "planted-key", "private_key_id": "1"}

SIGN_INS = [
    {"kind": "microsoft", **CLIENT, "client_secret": "planted-secret"},
    {"kind": "microsoft", **CLIENT, "certificate": "planted-key " * 1000},
    {"kind": "microsoft", **CLIENT, "refresh_token": "planted-token", "authority": "https://login.microsoftonline.us"},
    {"kind": "google", "service_account": KEY_FILE},
    {"kind": "google", "service_account": json.dumps(KEY_FILE)},
    {"kind": "google", "client_id": "the-client", "client_secret": "planted-secret", "refresh_token": "planted-token"},
    {**OAUTH2, "client_secret": "planted-secret", "scope": "mail"},
    {**OAUTH2, "refresh_token": "planted-token"},
]


@pytest.fixture
def desk() -> MemoryDesk:
    return MemoryDesk()


def account(of, auth):
    return {**{name: value for name, value in of.items() if name != "password"}, "auth": auth}


@pytest.mark.parametrize("auth", SIGN_INS)
@pytest.mark.parametrize(("kind", "of"), [("mailbox", SUPPORT), ("sender", OUTGOING)])
def test_what_is_secret_goes_to_secrets_manager_and_nowhere_else(desk, kind, of, auth):
    desk.do(f"{kind}.put", **account(of, auth))
    shown = json.dumps([desk.do(f"{kind}.get", name=of["name"]), desk.do("settings.export"), repr(desk.settings.stored)])
    assert "planted" not in shown and auth["kind"] in shown
    assert "planted" in desk.secrets.values[f"{kind}/{of['name']}"]


@pytest.mark.parametrize("auth", SIGN_INS)
def test_putting_the_same_again_changes_nothing(desk, auth):
    desk.do("mailbox.put", **account(SUPPORT, auth))
    assert desk.do("mailbox.put", **account(SUPPORT, auth))["change"] == "unchanged"


def test_giving_the_first_refresh_token_again_does_not_undo_its_replacement(desk):
    entry = account(SUPPORT, {**OAUTH2, "refresh_token": "first"})
    desk.do("mailbox.put", **entry)
    desk.secrets.values["mailbox/support"] = newest = Credential(refresh_token="first", rotated="second").text()
    assert desk.do("settings.apply", document={"mailboxes": [entry]})["changes"][1]["change"] == "unchanged"
    assert desk.secrets.values["mailbox/support"] == newest
    desk.do("mailbox.put", **account(SUPPORT, {**OAUTH2, "refresh_token": "third"}))
    assert desk.secrets.values["mailbox/support"] == as_given(Credential(refresh_token="third").text())


def test_what_is_left_out_stays(desk):
    desk.do("mailbox.put", **account(SUPPORT, {**OAUTH2, "refresh_token": "planted-token"}))
    desk.do("mailbox.put", **account(SUPPORT, {**OAUTH2, "scope": "mail"}))
    assert desk.mailbox().auth == OAuth2(token_url=OAUTH2["token_url"], client_id="the-client", scope="mail")
    assert "planted-token" in desk.secrets.values["mailbox/support"]


def test_the_connection_is_tested_with_all_of_it_before_it_is_stored(desk):
    desk.do("mailbox.test", **account(SUPPORT, {**OAUTH2, "refresh_token": "planted-token"}))
    assert desk.server.did == ['check support with {"refresh_token":"planted-token"}']
    desk.do("sender.test", **account(OUTGOING, {**OAUTH2, "client_secret": "planted-secret"}))
    ((_, login),) = desk.office.checked
    assert (login.auth, login.password) == (
        OAuth2(token_url=OAUTH2["token_url"], client_id="the-client"),
        '{"client_secret":"planted-secret"}',
    )


def test_a_sender_signs_in_as_its_mailbox_does(desk):
    desk.do("mailbox.put", **account(SUPPORT, {**OAUTH2, "refresh_token": "planted-token"}))
    desk.do("sender.put", **account(OUTGOING, "same_as_mailbox"), mailbox="support")
    desk.do("sender.test", name="outgoing")
    ((_, login),) = desk.office.checked
    assert (login.auth, login.account) == (desk.mailbox().auth, "mailbox/support")


def test_a_new_refresh_token_has_a_stopped_mailbox_polled_at_once(desk):
    desk.do("mailbox.put", **account(SUPPORT, {**OAUTH2, "refresh_token": "first"}))
    desk.states.schedule("support", None)
    desk.do("mailbox.put", **account(SUPPORT, {**OAUTH2, "refresh_token": "second"}))
    assert desk.state().next_poll_at == desk.clock()


REFUSED = [
    ({**OAUTH2}, "auth", "What is secret of auth is missing, and none is stored.", "Give in auth client_secret, or refresh_token."),
    (
        {"kind": "google", "client_secret": "planted", "refresh_token": "planted"},
        "auth.client_id",
        "auth.client_id is missing: a refresh token of Google needs it.",
        "Add the client it was given to.",
    ),
    ({**OAUTH2, "token_url": "http://id.example.com/"}, "auth.token_url", None, None),
    ({**OAUTH2, "client_secret": 7}, "auth.client_secret", None, None),
    ({**OAUTH2, "clientsecret": "planted"}, "auth.clientsecret", "There is no field 'clientsecret' here.", "Did you mean 'client_secret'?"),
    ({"kind": "microsoft", "client_id": "x"}, "auth.tenant_id", "auth.tenant_id is missing.", None),
    (
        {"kind": "kerberos", "client_secret": "planted"},
        "auth.kind",
        'auth.kind must be one of google, microsoft, oauth2, not "kerberos".',
        None,
    ),
    ({"client_secret": "planted"}, "auth", None, None),
    ([], "auth", None, None),
    ("none", "auth", None, None),
]


@pytest.mark.parametrize(("auth", "field", "message", "hint"), REFUSED)
def test_what_is_wrong_is_told_without_what_is_secret(desk, auth, field, message, hint):
    error = desk.refused("mailbox.put", **account(SUPPORT, auth))
    assert error["field"] == field
    assert message in (None, error["message"])
    assert hint in (None, error["try"])
    assert "planted" not in json.dumps(error)


def test_a_password_beside_another_sign_in_is_refused(desk):
    entry = account(SUPPORT, {**OAUTH2, "refresh_token": "planted"})
    assert desk.refused("mailbox.put", **entry, password="planted")["field"] == "password"
    entry = account(OUTGOING, {**OAUTH2, "refresh_token": "planted"})
    assert desk.refused("sender.put", **entry, password="planted")["message"] == "A password is given, but auth is oauth2."


def test_a_word_may_be_written_as_an_object_too(desk):
    desk.do("mailbox.put", **SUPPORT, auth={"kind": "password"})
    desk.do("sender.put", **account(OUTGOING, {"kind": "same_as_mailbox"}), mailbox="support")
    assert (desk.mailbox().auth, desk.sender().auth) == ("password", "same_as_mailbox")


MICROSOFT = {"kind": "microsoft", **CLIENT, "client_secret": "planted-secret"}
ON_GRAPH = {**SUPPORT, "protocol": "graph", "host": "graph.microsoft.com"}


def test_a_mailbox_and_its_sender_on_microsoft_graph(desk):
    desk.do("mailbox.put", **account(ON_GRAPH, MICROSOFT))
    desk.do("sender.put", name="outgoing", address="support@example.com", kind="graph", auth="same_as_mailbox", mailbox="support")
    assert (desk.mailbox().effective_port, desk.sender().kind) == (443, "graph")


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"security": "starttls"}, "security", "Microsoft Graph speaks TLS only."),
        ({"auth": "password", "password": "planted"}, "auth", "Microsoft Graph takes no password."),
        ({"auth": {**OAUTH2, "refresh_token": "planted"}}, "auth", "Microsoft Graph takes no password."),
    ],
)
def test_what_microsoft_graph_does_not_take(desk, fields, field, message):
    error = desk.refused("mailbox.put", **account(ON_GRAPH, MICROSOFT) | fields)
    assert (error["field"], error["message"]) == (field, message)


@pytest.mark.parametrize("auth", ["password", "none", {**OAUTH2, "refresh_token": "planted"}])
def test_a_sender_on_microsoft_graph_needs_an_app_of_microsoft(desk, auth):
    sender = {"name": "outgoing", "address": "support@example.com", "kind": "graph", "auth": auth}
    assert desk.refused("sender.put", **sender)["message"] == "Microsoft Graph takes no password."

"""Whatever an operator sends: a plain sentence that names the field, nothing changed, nothing secret told."""

import json
from io import StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maildesk.desk.operate.asking import decoded
from maildesk.desk.operate.dispatch import COMMANDS, answer
from maildesk.desk.operate.settings import Apply
from maildesk.telemetry import logger
from tests.operating import OUTGOING, SUPPORT, MemoryDesk

JARGON = ("Expected", "regex", "$.", "`", "Struct", "array", "Traceback", "null, not null")


@pytest.fixture
def desk() -> MemoryDesk:
    return MemoryDesk()


@pytest.fixture
def log():
    """All that is logged meanwhile."""
    lines = StringIO()
    before = logger.registered_handler.setStream(lines)
    yield lines
    logger.registered_handler.setStream(before)


@pytest.mark.parametrize("event", [None, [], "help", 5, {}, {"command": None}, {"command": {"password": "planted"}}, {"Records": []}])
def test_an_event_without_a_command(desk, event):
    result = answer(desk.operator(), event)
    assert result["error"]["try"] == 'Send a JSON object such as {"command": "help"}.'


@pytest.mark.parametrize(
    ("command", "hint"),
    [("mailbox.putt", "Did you mean 'mailbox.put'?"), ("ticket.close", None), ("frobnicate", 'All commands: {"command": "help"}.')],
)
def test_an_unknown_command_and_the_nearest(desk, command, hint):
    error = desk.refused(command)
    assert (error["field"], error["message"]) == ("command", f"There is no command {command!r}.")
    assert hint in (None, error["try"])


REFUSED = [
    ({"hots": "x"}, "hots", "There is no field 'hots' here.", "Did you mean 'host'?"),
    ({"colour": "x"}, "colour", "There is no field 'colour' here.", None),
    ({"address": None}, "address", "address must be an address such as help@example.com, not null.", None),
    ({"address": "example.com"}, "address", 'address must be an address such as help@example.com, not "example.com".', None),
    ({"address": "a@b.c\n"}, "address", None, None),
    ({"name": "My box"}, "name", 'name must be lower-case letters, digits and hyphens, at most 63, not "My box".', None),
    ({"host": "imap example"}, "host", 'host must be a host name or IP address, or null, not "imap example".', None),
    ({"port": "993"}, "port", 'port must be a whole number from 1 to 65535, or null, not "993".', None),
    ({"port": 65536}, "port", "port must be a whole number from 1 to 65535, or null, not 65536.", None),
    ({"port": 993.5}, "port", "port must be a whole number from 1 to 65535, or null, not 993.5.", None),
    ({"poll_every_minutes": 0}, "poll_every_minutes", "poll_every_minutes must be a whole number from 1 to 1440, or null, not 0.", None),
    ({"active": "yes"}, "active", 'active must be true or false, not "yes".', None),
    ({"after_fetch": "burn"}, "after_fetch", 'after_fetch must be one of delete, keep, move, or null, not "burn".', None),
    ({"group": "Support team"}, "group", None, None),
    ({"folders": "INBOX"}, "folders", "folders must be a list of names.", None),
    (
        {"not_before": "yesterday"},
        "not_before",
        "not_before must be a day as 2026-03-02, a time as 2026-03-02T09:30, or now.",
        None,
    ),
    ({"auth": 5}, "auth", "auth must be password, or an object of kind google, microsoft, oauth2, not 5.", None),
    ({"ticket_type": ""}, "ticket_type", None, None),
    ({"priority": "top"}, "priority", 'priority must be one of high, low, normal, urgent, not "top".', None),
    ({"unknown_senders": "refuse"}, "unknown_senders", 'unknown_senders must be one of accept, ignore, or null, not "refuse".', None),
    ({"batch_size": 501}, "batch_size", "batch_size must be a whole number from 1 to 500, or null, not 501.", None),
    ({"timeout_ms": 99}, "timeout_ms", "timeout_ms must be a whole number from 100 to 300000, or null, not 99.", None),
    (
        {"destination": "kronodesk"},
        "destination",
        "There is no destination 'kronodesk'.",
        "The only one is maildesk: leave destination out.",
    ),
    ({"folder": ""}, "folder", 'folder must be text that is not empty, not "".', None),
    ({"display_name": "x" * 40 + "y" * 40, "port": -1}, "port", None, None),
    ({"sender": "nobody"}, "sender", "There is no sender 'nobody'.", "sender.list shows them, sender.put adds one."),
    ({"port": 143}, "security", "Port 143 starts without TLS, but security is tls.", "Set security to starttls, or port to 993."),
    (
        {"port": 993, "security": "starttls"},
        "security",
        "Port 993 speaks TLS from the start, but security is starttls.",
        "Set security to tls, or port to 143.",
    ),
    ({"host": "ssl://h", "security": "none"}, "security", "The host says ssl://h, but security is none.", None),
    ({"host": "ssl://h:993", "port": 994}, "port", "The host says ssl://h:993, but port is 994.", None),
    ({"host": "http://h"}, "host", None, None),
]


@pytest.mark.parametrize(("fields", "field", "message", "hint"), REFUSED)
def test_a_wrong_field_in_plain_words(desk, fields, field, message, hint):
    error = desk.refused("mailbox.put", **SUPPORT | fields)
    assert error["field"] == field
    assert message in (None, error["message"])
    assert hint in (None, error["try"])
    assert not any(word in error["message"] for word in JARGON)


def test_a_missing_field_says_what_to_give(desk):
    assert desk.refused("mailbox.put", name="support") == {
        "field": "address",
        "message": "address is missing.",
        "try": "Add address: an address such as help@example.com.",
    }


@pytest.mark.parametrize("password", [5, ["planted"], {"planted": 1}, "", "planted" * 1000])
@pytest.mark.parametrize("command", ["mailbox.put", "sender.put"])
def test_a_wrong_password_is_not_repeated(desk, command, password):
    error = desk.refused(command, **(SUPPORT if command == "mailbox.put" else OUTGOING) | {"password": password})
    assert error["field"] == "password"
    assert "planted" not in json.dumps(error)


def test_a_wrong_shape_around_a_password_is_not_repeated(desk):
    for document in ("planted", ["planted"], {"mailboxes": "planted"}, {"mailboxes": ["planted"]}, {"mailboxes": {"password": "planted"}}):
        assert "planted" not in json.dumps(desk.refused("settings.apply", document=document))


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("ssl://imap.example.com", ("imap.example.com", None, "tls")),
        ("TLS://imap.example.com:993/", ("imap.example.com", 993, "tls")),
        ("tls://imap.example.com:143", ("imap.example.com", 143, "starttls")),
        ("imaps://imap.example.com", ("imap.example.com", None, "tls")),
        ("imap.example.com", ("imap.example.com", None, "tls")),
    ],
)
def test_a_host_may_say_how_to_connect(desk, host, expected):
    desk.do("mailbox.put", **SUPPORT | {"host": host})
    mailbox = desk.mailbox()
    assert (mailbox.host, mailbox.port, mailbox.security) == expected


@pytest.mark.parametrize("port", [None, 0, "x", True, 2**70, [], {}])
@pytest.mark.parametrize("host", ["ssl://h", "ssl://h:99999", None, 5, [], {"host": "ssl://h"}])
def test_no_mixture_breaks_the_command(desk, host, port):
    assert desk.asked("mailbox.put", **SUPPORT | {"host": host, "port": port}).keys() <= {"ok", "error", "part", "change", "fields"}


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.sampled_from(["support", "ssl://h:1"])
)
KNOWN = sorted({name for command in COMMANDS.values() for name in command.request.__struct_fields__})
FIELDS = st.sampled_from(KNOWN) | st.text(max_size=5)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=4), max_leaves=8)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(COMMANDS)), st.dictionaries(FIELDS, VALUES, max_size=5))
def test_whatever_is_sent_the_answer_is_json_and_an_error_ours_to_explain(command, fields):
    result = MemoryDesk().asked(command, **{**COMMANDS[command].example, **fields})
    assert result["ok"] or "error of its own" not in result["error"]["message"], result


def test_an_error_of_our_own_is_told_without_its_words(desk, monkeypatch, log):
    def fail(name: str, value: str) -> None:
        raise ValueError(f"{value} does not fit")

    monkeypatch.setattr(desk.secrets, "put", fail)
    error = desk.asked("mailbox.put", **SUPPORT)["error"]
    assert error["message"] == "Maildesk met an error of its own (ValueError); the log of operate says where."
    assert "command broke off" in log.getvalue()
    assert "of-the-mailbox" not in log.getvalue()


@pytest.mark.parametrize("command", COMMANDS.values(), ids=lambda command: command.name)
def test_logs_name_the_command_and_neither_password_nor_text(desk, command, log):
    planted = {"password": "planted-password", "text": "planted-text", "yaml": "desk: {name: planted-name}"}
    fields = {**command.example, **{name: value for name, value in planted.items() if name in command.request.__struct_fields__}}
    desk.asked(command.name, **fields)
    assert command.name in log.getvalue()
    assert "planted" not in log.getvalue()
    assert "example-password" not in log.getvalue()


def test_a_request_shown_by_mistake_shows_no_password():
    given = {"document": {"mailboxes": [SUPPORT], "senders": [OUTGOING]}, "yaml": "planted"}
    shown = repr(decoded(Apply, given))
    assert "of-the" not in shown
    assert "planted" not in shown


def test_help_lists_every_command_with_fields_and_example(desk):
    commands = {one["command"]: one for one in desk.do("help")["commands"]}
    assert commands.keys() == COMMANDS.keys()
    assert all(one["about"].endswith(".") and one["example"]["command"] == name for name, one in commands.items())
    fields = {field["name"]: field for field in commands["mailbox.put"]["fields"]}
    assert fields["address"] == {"name": "address", "type": "an address such as help@example.com", "required": True}
    assert fields["priority"] == {"name": "priority", "type": "one of high, low, normal, urgent", "default": "normal"}


def test_help_about_one_command_or_one_subject(desk):
    assert [one["command"] for one in desk.do("help", about="mailbox.put")["commands"]] == ["mailbox.put"]
    assert {one["command"] for one in desk.do("help", about="outbox")["commands"]} == {"outbox.list", "outbox.retry"}
    assert desk.refused("help", about="mailbox.pit")["try"] == "Did you mean 'mailbox.put'?"

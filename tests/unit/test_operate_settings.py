"""The whole desk as one document."""

import json

import pytest
import yaml

from tests.fakes import NOW
from tests.operating import OUTGOING, SUPPORT, MemoryDesk

DOCUMENT = {"desk": {"name": "Example"}, "mailboxes": [SUPPORT], "senders": [OUTGOING]}
UNCHANGED = [
    {"part": "desk", "change": "unchanged", "fields": []},
    {"part": "mailbox support", "change": "unchanged", "fields": []},
    {"part": "sender outgoing", "change": "unchanged", "fields": []},
]


@pytest.fixture
def desk() -> MemoryDesk:
    return MemoryDesk()


@pytest.fixture
def applied(desk) -> MemoryDesk:
    desk.do("settings.apply", document=DOCUMENT)
    return desk


def test_a_desk_is_made_of_one_document(desk):
    assert desk.do("settings.apply", document=DOCUMENT) == {
        "dry_run": False,
        "changes": [
            {"part": "desk", "change": "changed", "fields": ["name"]},
            {"part": "mailbox support", "change": "created", "fields": []},
            {"part": "sender outgoing", "change": "created", "fields": []},
        ],
    }
    assert desk.settings.stored.desk.name == "Example"
    assert desk.secrets.values == {"mailbox/support": "of-the-mailbox", "sender/outgoing": "of-the-sender"}
    assert desk.states.due(NOW) == ["support"]
    assert desk.sender().default


def test_the_same_document_again_changes_nothing(applied):
    before = applied.everything()
    assert applied.do("settings.apply", document=DOCUMENT)["changes"] == UNCHANGED
    assert applied.everything() == before


def test_changed_fields_are_named_a_password_without_its_value(applied):
    changed = {"mailboxes": [SUPPORT | {"batch_size": 9, "password": "planted"}]}
    result = applied.do("settings.apply", document=changed)
    assert result["changes"][1] == {"part": "mailbox support", "change": "changed", "fields": ["batch_size", "password"]}
    assert "planted" not in json.dumps(result)
    assert applied.secrets.values["mailbox/support"] == "planted"


def test_a_dry_run_tells_and_does_nothing(desk):
    before = desk.everything()
    told = desk.do("settings.apply", document=DOCUMENT, dry_run=True)["changes"]
    assert [change["change"] for change in told] == ["changed", "created", "created"]
    assert desk.everything() == before


def test_what_the_document_does_not_name_stays(applied):
    applied.do("settings.apply", document={"mailboxes": [SUPPORT | {"name": "sales", "address": "sales@example.com"}]})
    assert [mailbox.name for mailbox in applied.settings.stored.mailboxes] == ["sales", "support"]
    assert applied.settings.stored.desk.name == "Example"


def test_unless_it_is_to_be_removed(applied):
    document = {"mailboxes": [SUPPORT | {"name": "sales", "address": "sales@example.com"}], "senders": []}
    result = applied.do("settings.apply", document=document, remove_missing=True)
    assert [(change["part"], change["change"]) for change in result["changes"]] == [
        ("desk", "unchanged"),
        ("mailbox sales", "created"),
        ("mailbox support", "removed"),
        ("sender outgoing", "removed"),
    ]
    assert applied.secrets.values == {"mailbox/sales": "of-the-mailbox"}
    assert list(applied.states.states) == ["sales"]


def test_a_list_the_document_does_not_have_stays_in_any_case(applied):
    applied.do("settings.apply", document={"desk": {"name": "Example"}}, remove_missing=True)
    assert (applied.mailbox().name, applied.sender().name) == ("support", "outgoing")


def test_nothing_that_is_needed_is_removed(applied):
    document = {"mailboxes": [SUPPORT | {"sender": "outgoing"}], "senders": []}
    error = applied.refused("settings.apply", document=document, remove_missing=True)
    assert (error["field"], error["message"]) == ("document.mailboxes.support.sender", "There is no sender 'outgoing'.")


def test_an_account_may_refer_to_another_of_the_same_document(desk):
    sender = OUTGOING | {"auth": "same_as_mailbox", "mailbox": "support", "password": None}
    desk.do("settings.apply", document={"mailboxes": [SUPPORT | {"sender": "outgoing"}], "senders": [sender]})


def test_an_export_applied_changes_nothing(applied):
    document = applied.do("settings.export")["document"]
    assert applied.do("settings.apply", document=document, remove_missing=True)["changes"] == UNCHANGED


def test_an_export_as_yaml_applied_changes_nothing(applied):
    text = applied.do("settings.export", format="yaml")["yaml"]
    assert applied.do("settings.apply", yaml=text, remove_missing=True)["changes"] == UNCHANGED
    assert "of-the" not in text


def test_yaml_and_json_text_are_understood(desk):
    desk.do("settings.apply", yaml=yaml.safe_dump(DOCUMENT))
    assert desk.do("settings.apply", yaml=json.dumps(DOCUMENT))["changes"] == UNCHANGED


def test_an_export_on_a_new_desk_says_whose_password_is_missing(applied):
    document = applied.do("settings.export")["document"]
    assert MemoryDesk().refused("settings.apply", document=document)["field"] == "document.mailboxes.support.password"


def test_what_is_left_out_of_the_desk_stays_as_it_is(applied):
    defaults = {"after_fetch": "move", "batch_size": 9}
    applied.do("settings.apply", document={"desk": {"agents": ["tom@example.com"], "mailbox_defaults": defaults}})
    for given in ({"document": {"desk": {"trace_logging": True}}}, {"yaml": "desk: {mailbox_defaults: {batch_size: null}}"}):
        applied.do("settings.apply", **given)
    desk = applied.settings.stored.desk
    assert (desk.name, desk.agents, desk.trace_logging) == ("Example", ("tom@example.com",), True)
    assert (desk.mailbox_defaults.after_fetch, desk.mailbox_defaults.batch_size) == ("move", None)


def test_the_default_sender_stays_where_the_document_names_none(applied):
    applied.do("settings.apply", document={"senders": [OUTGOING | {"name": "another"}]})
    assert applied.sender().default
    assert not applied.sender("another").default
    applied.do("settings.apply", document={"senders": [OUTGOING | {"name": "another", "default": True}]})
    assert not applied.sender().default


@pytest.mark.parametrize(
    ("document", "field", "message"),
    [
        ({"mailboxes": [SUPPORT, SUPPORT]}, "document.mailboxes", "Two of the mailboxes are named support."),
        (
            {"senders": [OUTGOING | {"default": True}, OUTGOING | {"name": "b", "default": True}]},
            "document.senders",
            "outgoing and b are both the default sender.",
        ),
        (
            {"mailboxes": [SUPPORT | {"port": 143}]},
            "document.mailboxes.support.security",
            "Port 143 starts without TLS, but security is tls.",
        ),
        ({"mailboxes": [SUPPORT | {"batch_size": 0}]}, "document.mailboxes.support.batch_size", None),
        ({"mailboxes": [SUPPORT, SUPPORT | {"name": 5}]}, "document.mailboxes.1.name", None),
        ({"senders": [OUTGOING, OUTGOING | {"name": "b", "port": 25}]}, "document.senders.b.port", None),
        ({"desk": {"poll_every_minutes": 0}}, "document.desk.poll_every_minutes", None),
        ({"desk": {"autoresponse": {"enabeld": True}}}, "document.desk.autoresponse.enabeld", "There is no field 'enabeld' here."),
        ({"mailbox": []}, "document.mailbox", "There is no field 'mailbox' here."),
        ({"mailboxes": SUPPORT}, "document.mailboxes", None),
        ({"mailboxes": ["support"]}, "document.mailboxes.0", None),
        ([], "document", None),
    ],
)
def test_one_wrong_thing_and_nothing_is_applied(applied, document, field, message):
    error = applied.refused("settings.apply", document=document)
    assert error["field"] == field
    assert message in (None, error["message"])


@pytest.mark.parametrize("given", [{}, {"document": DOCUMENT, "yaml": "desk: {}"}])
def test_one_document_must_be_given(desk, given):
    assert desk.refused("settings.apply", **given)["message"] == "Either document or yaml must be given."


def test_yaml_that_is_none_is_refused_without_its_words(desk):
    error = desk.refused("settings.apply", yaml="mailboxes:\n  - name: support\n    password: *planted-password\n")
    assert (error["field"], error["message"]) == ("yaml", "This is not valid YAML, line 3.")
    assert "planted" not in json.dumps(error)


def test_a_wrong_field_in_yaml_is_named(desk):
    assert desk.refused("settings.apply", yaml="desk: {nam: x}")["field"] == "yaml.desk.nam"
    assert desk.refused("settings.apply", yaml="just words")["field"] == "yaml"
    assert desk.refused("settings.apply", yaml="")["field"] == "yaml"

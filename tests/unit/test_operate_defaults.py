"""How mailboxes are read where they do not say so themselves: the desk's defaults, and those built in."""

import pytest
from msgspec import convert
from msgspec.structs import replace

from maildesk.settings import Desk, MailboxDefaults, MailboxSettings, Settings
from tests.operating import OUTGOING, SUPPORT, MemoryDesk

SALES = SUPPORT | {"name": "sales", "address": "sales@example.com"}


@pytest.fixture
def desk() -> MemoryDesk:
    """With one mailbox that says for itself how it is read, and one that does not."""
    desk = MemoryDesk()
    desk.do("mailbox.put", **SUPPORT, after_fetch="delete", batch_size=9, poll_every_minutes=1)
    desk.do("mailbox.put", **SALES)
    return desk


def defaults(desk: MemoryDesk, **defaults: object) -> None:
    desk.do("settings.apply", document={"desk": {"mailbox_defaults": defaults, "poll_every_minutes": 30}})


def shown(desk: MemoryDesk, name: str, *fields: str) -> tuple[object, ...]:
    mailbox = desk.do("mailbox.get", name=name)["mailbox"]
    return tuple(mailbox[field] for field in fields)


def test_what_a_mailbox_does_not_say_the_desk_does_and_what_neither_says_is_built_in(desk):
    fields = ("after_fetch", "batch_size", "poll_every_minutes", "timeout_ms")
    assert shown(desk, "sales", *fields) == ("keep", 50, 5, 30_000)
    defaults(desk, after_fetch="move", timeout_ms=5000)
    assert shown(desk, "support", *fields) == ("delete", 9, 1, 5000)
    assert shown(desk, "sales", *fields) == ("move", 50, 30, 5000)


def test_it_is_told_which_settings_are_no_mailboxs_own(desk):
    own = set(desk.do("mailbox.get", name="sales")["by_default"]) - set(desk.do("mailbox.get", name="support")["by_default"])
    assert own == {"after_fetch", "batch_size", "poll_every_minutes"}


def test_false_and_zero_are_said_too(desk):
    defaults(desk, only_unread=False, max_size_mb=0, autoresponse=False)
    assert shown(desk, "sales", "only_unread", "max_size_mb", "autoresponse") == (False, 0, False)
    desk.do("mailbox.put", **SALES, only_unread=True, max_size_mb=0, autoresponse=True)
    defaults(desk, only_unread=False, max_size_mb=7, autoresponse=False)
    assert shown(desk, "sales", "only_unread", "max_size_mb", "autoresponse") == (True, 0, True)


def test_every_default_can_be_set_for_the_whole_desk_and_for_a_mailbox():
    every = {
        "after_fetch": "delete",
        "archive_folder": "Done",
        "only_unread": False,
        "batch_size": 3,
        "timeout_ms": 4000,
        "max_size_mb": 2,
        "attach_original": True,
        "inline_images": "attach",
        "autoresponse": False,
        "unknown_senders": "ignore",
        "size_notice": True,
    }
    assert every.keys() == set(MailboxDefaults.__struct_fields__)
    mailbox = convert(SUPPORT | {"port": None}, MailboxSettings)
    of_the_desk = Settings(desk=Desk(mailbox_defaults=convert(every, MailboxDefaults)))
    of_its_own = convert(SUPPORT | every, MailboxSettings)
    assert of_the_desk.in_effect(mailbox) == Settings().in_effect(of_its_own) != Settings().in_effect(mailbox)


def test_a_mailbox_stored_before_there_were_defaults_means_what_it_meant():
    stored = {**SUPPORT, "after_fetch": "keep", "batch_size": 50, "timeout_ms": 30_000, "max_size_mb": 50, "poll_every_minutes": None}
    desk = Settings(desk=Desk(mailbox_defaults=MailboxDefaults(after_fetch="delete", batch_size=1, only_unread=False)))
    mailbox = desk.in_effect(convert(stored, MailboxSettings))
    assert (mailbox.after_fetch, mailbox.batch_size, mailbox.poll_every_minutes) == ("keep", 50, 5)


def test_an_export_keeps_apart_what_is_whose(desk):
    defaults(desk, after_fetch="move")
    document = desk.do("settings.export")["document"]
    assert [mailbox["after_fetch"] for mailbox in document["mailboxes"]] == [None, "delete"]
    changes = desk.do("settings.apply", document=document, remove_missing=True)["changes"]
    assert {change["change"] for change in changes} == {"unchanged"}


@pytest.mark.parametrize(
    ("given", "field", "message"),
    [
        ({"after_fetch": "burn"}, "after_fetch", 'must be one of delete, keep, move, or null, not "burn".'),
        ({"host": "x"}, "host", "There is no field 'host' here."),
        ({"batch_size": 0}, "batch_size", "must be a whole number from 1 to 500, or null, not 0."),
    ],
)
def test_wrong_defaults_in_plain_words(desk, given, field, message):
    error = desk.refused("settings.apply", document={"desk": {"mailbox_defaults": given}})
    assert error["field"] == f"document.desk.mailbox_defaults.{field}" and message in error["message"]


def test_a_default_that_a_mailbox_cannot_follow_is_refused(desk):
    desk.do("mailbox.put", **SUPPORT | {"name": "old", "address": "old@example.com", "protocol": "pop3"})
    assert desk.refused("settings.apply", document={"desk": {"mailbox_defaults": {"after_fetch": "move"}}}) == {
        "field": "document.desk.mailbox_defaults.after_fetch",
        "message": "Mailbox old cannot follow: POP3 knows no folders, so mails cannot be moved.",
        "try": "Give mailbox old a setting of its own first.",
    }


def test_what_is_wrong_with_a_mailbox_anyway_is_not_the_defaults_fault(desk):
    broken = convert({**SALES, "port": 143}, MailboxSettings)
    desk.settings.stored = replace(desk.settings.stored, mailboxes=(broken,))
    defaults(desk, batch_size=7)
    document = {"desk": {"mailbox_defaults": {"batch_size": 8}}, "mailboxes": [SALES | {"port": 143}]}
    assert desk.refused("settings.apply", document=document)["field"] == "document.mailboxes.sales.security"


def test_nor_does_a_mailbox_get_a_default_it_cannot_follow(desk):
    defaults(desk, after_fetch="move", archive_folder="Done")
    error = desk.refused("mailbox.put", **SALES, folder="Done")
    assert (error["field"], error["message"]) == ("archive_folder", "Mails moved to Done would be read there again.")


# ---------------------------------------------------------------- whose address is whose


@pytest.mark.parametrize(("address", "account"), [("Support@Example.com", "mailbox support"), ("out@example.com", "sender outgoing")])
def test_nobody_becomes_an_agent_under_an_address_of_the_desk(desk, address, account):
    desk.do("sender.put", **OUTGOING | {"address": "out@example.com"})
    error = desk.refused("settings.apply", document={"desk": {"agents": ["anna@example.com", address]}})
    assert error["field"] == "document.desk.agents"
    assert error["message"].lower() == f"{address} is the address of {account}.".lower()


def test_no_account_gets_the_address_of_an_agent(desk):
    desk.do("settings.apply", document={"desk": {"agents": ["anna@example.com"]}})
    for command, account in (("mailbox.put", SALES), ("sender.put", OUTGOING), ("sender.test", OUTGOING)):
        error = desk.refused(command, **account | {"address": "Anna@example.com"})
        assert (error["field"], error["message"]) == ("address", "Anna@example.com is the address of an agent.")

"""What is looked up in the settings of a desk."""

from msgspec.json import encode
from msgspec.structs import replace

from maildesk.settings import Settings
from tests.make import mailbox, sender, settings


def test_settings_that_were_asked_are_still_what_they_were():
    asked = settings()
    assert asked.mailbox("help").name == "help" and asked.owns("Help@Desk.example")
    assert asked == settings() and encode(asked) == encode(settings())


def test_changed_settings_know_nothing_of_what_was_found_before():
    before = settings()
    assert before.mailbox("help") and before.owns("help@desk.example")
    after = replace(before, mailboxes=(mailbox("sales"),), senders=(sender(address="out@desk.example"),))
    assert after.mailbox("help") is None and after.mailbox("sales")
    assert not after.owns("help@desk.example") and after.owns("sales@desk.example") and after.owns("OUT@desk.example")


def test_a_desk_without_anything_owns_nothing():
    assert not Settings().owns("help@desk.example") and Settings().mailbox("help") is None

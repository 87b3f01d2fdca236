"""A mailbox of several folders, and what is known of how far it has been read."""

from datetime import timedelta
from functools import partial

import pytest

from maildesk.ports import Progress
from tests.fakes import MailServer, MailServerConnection
from tests.make import NOW, mailbox, settings
from tests.polled import Polled, identities, raw, server

TODAY = NOW.date()


class Folders:
    """A server with folders: each is a `MailServer`."""

    def __init__(self, **folders: MailServer) -> None:
        self.folders = folders

    def open(self, mailbox, password):
        return self.folders[mailbox.folder].open(mailbox, password)


@pytest.fixture
def folders() -> Folders:
    return Folders(Sales=MailServer({"000": raw(0), "001": raw(1)}), Orders=MailServer({"000": raw(10)}))


def polled(on: Folders, **more) -> Polled:
    desk = Polled(**{"folders": ("Sales", "Orders"), **more})
    desk.server.open = on.open
    return desk


def test_each_folder_is_read_and_has_a_cursor_of_its_own(folders):
    desk = polled(folders)
    desk.poll()
    desk.poll_when_due()
    assert desk.queued == [*identities(folders.folders["Sales"]), *identities(folders.folders["Orders"])]
    assert [source.rpartition("/")[2] for source in desk.state.cursor] == ["Sales", "Orders"]


def test_a_folder_that_is_added_is_read_and_the_others_go_on(folders):
    desk = polled(folders, folders=("Sales",))
    desk.poll()
    desk.settings.stored = settings(mailboxes=(mailbox(folders=("Orders", "Sales")),))
    desk.settings.fresh()
    folders.folders["Sales"].mails["002"] = raw(2)
    desk.poll_when_due()
    assert desk.queued == identities(MailServer({"a": raw(0), "b": raw(1), "c": raw(10), "d": raw(2)}))


def test_with_no_time_left_the_next_poll_goes_on_in_the_next_folder(folders):
    desk = polled(folders, batch_size=2)
    seconds = iter([100.0, 10.0])
    desk.poll(seconds_left=lambda: next(seconds))
    assert (len(desk.queued), desk.queues.polls) == (2, ["help"])
    desk.poll()
    assert len(desk.queued) == 3


def test_mails_are_counted_by_day_and_the_first_import_ends_when_all_is_read():
    desk = Polled(server(5), batch_size=2)
    seconds = iter([100.0, 100.0, 10.0])
    desk.poll(seconds_left=lambda: next(seconds))
    assert desk.state.progress == Progress(day=TODAY, taken=4, left=1, imported=4)
    desk.poll()
    assert desk.state.progress == Progress(day=TODAY, taken=5, left=0, imported=None)
    desk.server.mails["900"] = raw(900)
    desk.clock.wait(minutes=24 * 60)
    desk.poll()
    assert desk.state.progress == Progress(day=TODAY + timedelta(days=1), taken=1, left=0, imported=None)


def test_a_poll_that_fails_keeps_what_it_counted():
    desk = Polled(server(4), batch_size=2)
    save = desk.states.save_cursor

    def saved_then_the_line_is_cut(*arguments):
        save(*arguments)
        desk.server.fails_at = "fetch"

    desk.states.save_cursor = saved_then_the_line_is_cut
    desk.poll()
    assert desk.state.last_error and desk.state.progress == Progress(day=TODAY, taken=2, left=2, imported=2)


def test_another_account_is_a_first_import_again():
    desk = Polled(server(2))
    desk.poll()
    desk.settings.stored = settings(mailboxes=(mailbox(host="other.example", batch_size=1),))
    desk.settings.fresh()
    desk.clock.wait(minutes=5)
    seconds = iter([100.0, 10.0])
    desk.poll(seconds_left=lambda: next(seconds))
    assert desk.state.progress == Progress(day=TODAY, taken=3, left=1, imported=1)


def test_what_a_server_has_beyond_its_list_waits_too():
    desk = Polled(server(4), batch_size=2)
    desk.server.open = partial(Short, desk.server)
    seconds = iter([100.0, 10.0])
    desk.poll(seconds_left=lambda: next(seconds))
    assert desk.state.progress == Progress(day=TODAY, taken=2, left=2, imported=2)


class Short(MailServerConnection):
    """Lists three mails at once."""

    def __init__(self, on, mailbox, password):
        super().__init__(on, mailbox)

    def list_new(self, cursor):
        new = super().list_new(cursor)
        self.beyond = len(new[3:])
        return new[:3]

    def more(self):
        return self.beyond

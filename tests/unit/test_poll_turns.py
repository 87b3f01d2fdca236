"""How long a poll goes on, and when it stops: others get their turn, a bad folder blocks no other, and the operator has the last word."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from maildesk.desk.poll import BACKOFF_MINUTES
from maildesk.desk.reading import TURN
from maildesk.ports import GiveUp, TryAgain
from maildesk.settings import Desk
from tests.fakes import MailServer
from tests.make import NOW, mailbox, settings
from tests.polled import Polled, identities, raw, server

USUAL = timedelta(minutes=5)


class Folders:
    """A server with folders: each is a `MailServer`. Each batch that is read takes `seconds`, and `meanwhile` happens."""

    def __init__(self, seconds=0, **folders: MailServer) -> None:
        self.folders, self.seconds, self.meanwhile = folders, seconds, lambda: None

    def polled(self, **more) -> Polled:
        self.desk = Polled(**{"folders": tuple(self.folders), "batch_size": 1, **more})
        self.desk.server.open = self._open
        save = self.desk.states.save_cursor

        def saved(*arguments):
            save(*arguments)
            self.desk.clock.wait(seconds=self.seconds)
            self.meanwhile()

        self.desk.states.save_cursor = saved
        return self.desk

    def _open(self, folder, password):
        return self.folders[folder.folder].open(folder, password)


def failing(failure, at="list"):
    return MailServer({"000": raw(9)}, fails_at=at, failure=failure)


# ---------------------------------------------------------------- turns


def test_a_poll_with_more_than_a_turn_to_do_queues_itself_behind_the_others():
    desk = Folders(seconds=25, INBOX=server(7)).polled()
    desk.poll()
    assert (len(desk.queued), desk.queues.polls) == (3, ["help"])
    assert (desk.state.next_poll_at, desk.state.lease_until, desk.state.last_error) == (desk.clock(), None, None)
    while len(desk.queues.polls) > 0:
        desk.queues.polls.pop()
        desk.poll()
    assert desk.queued == identities(server(7)) and desk.state.next_poll_at == desk.clock() + USUAL


def test_a_batch_that_takes_longer_than_a_turn_is_a_turn():
    desk = Folders(seconds=200, INBOX=server(3)).polled()
    desk.poll()
    assert len(desk.queued) == 1


def test_folders_share_a_turn_so_that_one_with_much_to_import_keeps_no_other_waiting():
    folders = Folders(seconds=10, Full=server(100), New=MailServer({"000": raw(1000)}))
    desk = folders.polled()
    desk.poll()
    assert identities(folders.folders["New"])[0] in desk.queued and desk.queues.polls == ["help"]
    assert desk.clock() - NOW <= TURN + timedelta(seconds=20)
    assert (desk.state.progress.left, desk.state.progress.taken) == (97, 4)


# ---------------------------------------------------------------- a folder that fails


@pytest.mark.parametrize("at", ["list", "fetch", "finish"])
@pytest.mark.parametrize("failure", [GiveUp("There is no folder Bad."), TryAgain("The server is busy."), ValueError("of our own")])
def test_a_folder_that_fails_blocks_no_other_and_is_told(failure, at):
    folders = Folders(Bad=failing(failure, at), Good=server(2))
    desk = folders.polled()
    desk.poll()
    assert set(identities(folders.folders["Good"])) <= set(desk.queued)
    assert desk.state.failures == 1 and (str(failure) == desk.state.last_error or "(ValueError)" in desk.state.last_error)
    assert desk.state.next_poll_at == desk.clock() + USUAL


def test_a_folder_that_works_again_goes_on_where_it_was():
    folders = Folders(Bad=failing(GiveUp("There is no folder Bad.")), Good=server(2))
    desk = folders.polled()
    desk.poll()
    folders.folders["Bad"].fails_at = ""
    desk.poll_when_due()
    assert len(desk.queued) == 3 and desk.state.last_error is None


def test_of_several_folders_that_fail_the_first_is_told_and_the_others_are_counted():
    desk = Folders(A=failing(GiveUp("There is no folder A.")), B=failing(GiveUp("There is no folder B.")), Good=server(1)).polled()
    desk.poll()
    assert desk.state.last_error == "There is no folder A. Reading 1 more of its folders failed, too."


def test_where_no_folder_can_be_read_the_pauses_grow():
    desk = Folders(A=failing(GiveUp("There is no folder A.")), B=failing(GiveUp("There is no folder B."))).polled()
    for minutes in BACKOFF_MINUTES:
        desk.poll()
        assert desk.state.next_poll_at == desk.clock() + timedelta(minutes=minutes)
        desk.clock.wait(minutes=minutes)


@pytest.mark.parametrize(("at", "failure"), [("open", GiveUp("It does not let help sign in.")), ("list", TryAgain("It is busy.", 600))])
def test_what_concerns_the_whole_account_is_not_tried_in_each_folder(at, failure):
    folders = Folders(A=server(1), B=failing(failure, at), C=server(1))
    desk = folders.polled()
    desk.poll()
    assert folders.folders["C"].did == [] and desk.state.last_error == str(failure)
    assert desk.state.next_poll_at == desk.clock() + max(USUAL, timedelta(seconds=getattr(failure, "seconds", 0)))


# ---------------------------------------------------------------- the operator


def stopped(before):
    return replace(before, mailboxes=(mailbox(active=False),))


def switched_off(before):
    return replace(before, desk=Desk(fetching_enabled=False))


def deleted(before):
    return replace(before, mailboxes=())


@pytest.mark.parametrize("change", [stopped, switched_off, deleted])
def test_a_poll_that_runs_when_it_is_stopped_finishes_the_mails_in_hand(change):
    folders = Folders(INBOX=server(5), Other=server(1))
    desk = folders.polled()

    def operator_acts():
        if len(desk.queued) == 2:
            desk.settings.stored = change(desk.settings.stored)
            desk.settings.fresh()

    folders.meanwhile = operator_acts
    desk.poll()
    assert len(desk.queued) == 2 and folders.folders["INBOX"].did[-2:] == ["finish", "close"] and folders.folders["Other"].did == []
    assert (desk.queues.polls, desk.state.last_error, desk.state.lease_until) == ([], None, None)
    assert (desk.state.progress.left, desk.state.progress.imported) == (3, 2)


def test_once_it_is_started_again_it_goes_on_where_it_was():
    folders = Folders(INBOX=server(5))
    desk = folders.polled()
    folders.meanwhile = lambda: setattr(desk.settings, "_cached", stopped(desk.settings.stored))
    desk.poll()
    folders.meanwhile = lambda: None
    desk.settings.fresh()
    desk.poll_when_due()
    assert desk.queued == identities(folders.folders["INBOX"])


def test_started_again_before_the_running_poll_has_ended_it_is_polled_again():
    """The running poll knows only that it was stopped: what it writes down at its end must not undo the start."""
    folders = Folders(INBOX=server(5))
    desk = folders.polled()
    desk.settings.stored = settings(mailboxes=(mailbox(batch_size=1),))
    folders.meanwhile = lambda: setattr(desk.settings, "_cached", stopped(desk.settings.stored))
    desk.poll()
    assert desk.state.next_poll_at is not None

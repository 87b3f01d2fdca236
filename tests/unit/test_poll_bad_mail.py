"""A mail at which polls break off each time: it holds up no other, and none stands in for a mail that is only held up itself."""

from random import Random

import pytest

from maildesk.desk.turn import SUSPECTED
from maildesk.mail.identity import fingerprint, header_of
from maildesk.ports import BrokeOff, GiveUp, MailboxState, SignInAgain, TryAgain
from tests.make import NOW, mailbox, settings
from tests.polled import Polled, identities, raw, server

MANY = 2 * SUSPECTED - 1
"""Polls that a bad mail amid others may break off."""

FAILURES = (TryAgain("It closed the connection."), TryAgain("It stopped answering."), GiveUp("It refused."), ValueError("of our own"))


def polled(on, polls=MANY, **more):
    desk = Polled(on, **more)
    for _ in range(polls):
        poll(desk)
    return desk


def poll(desk):
    desk.clock.wait(minutes=60)
    desk.poll()


def headers(desk):
    return [desk.bucket.get(mail.raw_key) for mail in desk.queues.mails if mail.header_only]


def whole(desk):
    return {mail.identity for mail in desk.queues.mails if not mail.header_only}


def all_but(on, *keys):
    return {fingerprint(mail).identity for key, mail in on.mails.items() if key not in keys}


# ---------------------------------------------------------------- what becomes of it, and of the others


@pytest.mark.parametrize("failure", FAILURES, ids=str)
@pytest.mark.parametrize("batch_size", [1, 2, 50])
@pytest.mark.parametrize("place", ["000", "003", "006"])
def test_its_header_stands_for_it_and_the_others_come(place, batch_size, failure):
    on = server(7)
    on.bad, on.failure = {place}, failure
    desk = polled(on, batch_size=batch_size, after_fetch="delete")
    assert whole(desk) == all_but(on, place)
    assert headers(desk) == [header_of(on.mails[place])] and [mail.broke_off for mail in desk.queues.mails if mail.header_only] == [True]
    assert sorted(on.gone) == sorted(on.mails.keys() - {place})
    assert (desk.state.last_error, desk.state.broke_off, desk.state.failures) == (None, None, 0)


def test_until_it_is_suspected_it_is_tried_like_any_other():
    on = server(3)
    on.bad = {"000"}
    desk = polled(on, SUSPECTED - 1)
    assert desk.queued == [] and desk.state.broke_off[mailbox().source].times == SUSPECTED - 1
    poll(desk)
    assert len(desk.queued) == 4 and whole(desk) == all_but(on, "000")


def test_where_not_even_its_header_comes_a_sentence_stands_for_it():
    on = server(3)
    on.bad = on.bad_headers = {"001"}
    desk = polled(on)
    assert whole(desk) == all_but(on, "001")
    (stand_in,) = headers(desk)
    assert stand_in == b"Subject: A mail at which the server breaks off\r\n\r\nINBOX: 001, 61 bytes\r\n"


def test_two_such_mails_do_not_become_one():
    on = server(5)
    on.bad = on.bad_headers = {"001", "003"}
    desk = polled(on, 4 * SUSPECTED)
    assert len({mail.identity for mail in desk.queues.mails if mail.header_only}) == 2 and whole(desk) == all_but(on, "001", "003")


@pytest.mark.parametrize("bad", [{"001", "002"}, {"000", "001", "002", "003"}, {"000", "005", "009"}])
def test_several_of_them_take_longer_and_block_nothing(bad):
    on = server(10)
    on.bad = bad
    desk = polled(on, 3 * MANY)
    assert whole(desk) == all_but(on, *bad) and len(headers(desk)) == len(bad) and desk.state.last_error is None


def test_a_mail_all_alone_is_told_by_its_header():
    on = server(1)
    on.bad = {"000"}
    desk = polled(on, SUSPECTED)
    assert headers(desk) == [header_of(on.mails["000"])] and desk.state.last_error is None


def test_one_that_comes_after_all_is_taken_whole():
    on = server(3)
    on.bad = {"000"}
    desk = polled(on, SUSPECTED - 1)
    finish = on.doing

    def recovers(what):
        finish(what)
        on.bad = set() if what == "finish" else on.bad

    on.doing = recovers
    poll(desk)
    assert whole(desk) == all_but(on) and headers(desk) == []


def test_one_that_only_cannot_be_put_away_is_taken_in_and_left_there():
    on = server(3)
    desk = Polled(on, after_fetch="move")
    opened = on.open

    def open_mailbox(*of):
        connection = opened(*of)
        finish = connection.finish

        def refusing(keys):
            if "000" in keys:
                raise GiveUp("It does not let this one go.")
            finish(keys)

        connection.finish = refusing
        return connection

    on.open = open_mailbox
    for _ in range(MANY):
        poll(desk)
    assert whole(desk) == all_but(on) and headers(desk) == []
    assert on.gone and "000" not in on.gone and desk.state.last_error is None


def test_a_folder_with_a_bad_mail_leaves_the_others_their_turn():
    on = server(2)
    on.bad = {"000"}
    desk = polled(on, 1, folders=("INBOX", "Other"))
    assert set(desk.state.broke_off) == {folder.source for folder in mailbox(folders=("INBOX", "Other")).each_folder}


# ---------------------------------------------------------------- what is no fault of the mail


@pytest.mark.parametrize("failure", FAILURES, ids=str)
@pytest.mark.parametrize("at", ["open", "list", "fetch", "finish"])
@pytest.mark.parametrize("count", [1, 4])
def test_a_server_that_fails_turns_no_mail_into_a_header(count, at, failure):
    on = server(count)
    on.fails_at, on.failure = at, failure
    desk = polled(on, 4 * SUSPECTED)
    assert not any(mail.header_only for mail in desk.queues.mails)
    assert desk.state.last_error is not None and desk.state.cursor is None
    on.fails_at = ""
    poll(desk)
    assert whole(desk) == all_but(on) and headers(desk) == [] and desk.state.last_error is None


def test_a_server_that_gives_headers_alone_turns_no_mail_into_one():
    on = server(4)
    on.bad = set(on.mails)
    desk = polled(on, 4 * SUSPECTED)
    assert desk.queued == []


@pytest.mark.parametrize("ailing", ["bucket", "queues"])
def test_a_bucket_or_a_queue_that_fails_turns_no_mail_into_a_header(ailing):
    desk = Polled(server(3))

    def refuse(*_):
        raise TryAgain("It takes nothing.")

    port, name = (desk.bucket, "put") if ailing == "bucket" else (desk.queues, "inbound")
    setattr(port, name, refuse)
    for _ in range(4 * SUSPECTED):
        poll(desk)
    delattr(port, name)
    poll(desk)
    assert desk.queued == identities(desk.server)


@pytest.mark.parametrize("failure", [SignInAgain("Sign in again."), TryAgain("It is busy.", 600)])
def test_who_must_sign_in_again_or_wait_does_so(failure):
    on = server(3)
    on.bad, on.failure = {"000"}, failure
    desk = Polled(on)
    for _ in range(4 * SUSPECTED):
        desk.states.schedule("help", desk.clock())
        desk.poll()
        assert on.did.count("open") == 1
        on.did.clear()
        desk.clock.wait(minutes=60)
    assert desk.queued == []


@pytest.mark.parametrize("seed", range(30))
def test_a_network_that_is_down_for_a_while_and_up_for_a_while_loses_no_mail(seed):
    """Down: nothing comes, at whatever a poll is. Up: all comes."""
    chance, on = Random(seed), server(6)
    desk, down, words, doing = Polled(on, batch_size=2, after_fetch="delete"), [False], [0], on.doing

    def over_the_network(what):
        doing(what)
        words[0] -= 1
        if words[0] <= 0:
            down[0], words[0] = not down[0], chance.randrange(1, 25)
        if down[0]:
            raise TryAgain("The network is down.")

    on.doing = over_the_network
    for number in range(100, 140):
        on.mails[str(number)] = raw(number)
        poll(desk)
    on.doing = doing
    poll(desk)
    poll(desk)
    assert whole(desk) == all_but(on) and headers(desk) == []


def test_a_suspect_that_is_gone_is_forgotten():
    on = server(2)
    on.bad = {"000"}
    desk = polled(on, SUSPECTED - 1)
    on.gone.append("000")
    poll(desk)
    assert desk.queued == identities(on)[1:] and desk.state.broke_off is None


def test_no_time_left_is_no_proof():
    on = server(2)
    on.bad = {"000"}
    desk = polled(on, SUSPECTED - 1)
    seconds = iter([300.0] * 1 + [10.0] * 9)
    desk.clock.wait(minutes=60)
    desk.poll(lambda: next(seconds))
    assert desk.queued == [] and desk.state.last_error is not None


def test_nothing_is_asked_of_the_server_that_was_not_before():
    desk = Polled(server(2))
    desk.poll()
    assert desk.server.did == ["open", "list", "fetch", "finish", "list", "close"]


def test_what_an_older_version_remembers_knows_of_no_such_mail():
    assert MailboxState(name="help", next_poll_at=NOW).broke_off is None


def test_another_servers_mail_is_not_suspected():
    on = server(2)
    on.bad = {"000"}
    desk = polled(on, SUSPECTED - 1)
    other = mailbox(host="other.example")
    desk.settings.stored = settings(mailboxes=(other,))
    desk.settings.fresh()
    poll(desk)
    assert desk.queued == [] and desk.state.broke_off == {other.source: BrokeOff("000", 1)}


# ---------------------------------------------------------------- killed


class Killed(BaseException):
    """The function is ended from outside."""


def until_killed_at(fatal, after_fetch):
    """The poll that gets past a bad mail, ended before its word number `fatal` with the server, the bucket, a queue or the table."""
    on = server(4)
    on.bad = {"000"}
    desk = polled(on, SUSPECTED - 1, after_fetch=after_fetch)
    words = [0]

    def counting(port, *names):
        for name in names:
            setattr(port, name, counted(getattr(port, name)))

    def counted(do):
        def said(*of, **named):
            words[0] += 1
            if words[0] == fatal:
                raise Killed
            return do(*of, **named)

        return said

    counting(desk.bucket, "put")
    counting(desk.queues, "inbound")
    counting(desk.states, "save_cursor", "release")
    counting(on, "doing")
    try:
        poll(desk)
    except Killed:
        poll(desk)
    return desk, words[0] >= fatal


@pytest.mark.parametrize("after_fetch", ["keep", "delete"])
def test_killed_at_any_point_and_repeated_nothing_is_lost_and_nothing_doubled(after_fetch):
    fatal, killed = 1, True
    while killed:
        desk, killed = until_killed_at(fatal, after_fetch)
        assert whole(desk) == all_but(desk.server, "000"), fatal
        assert set(headers(desk)) == {header_of(desk.server.mails["000"])}, fatal
        assert "000" not in desk.server.gone and desk.state.last_error is None
        fatal += 1
    assert fatal > 25

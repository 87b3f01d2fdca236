"""A poll that is killed at any point, and repeated: nothing is lost, and nothing doubled."""

import json

import pytest

from maildesk.mail.identity import fingerprint
from tests.make import mailbox
from tests.polled import Polled, identities, server


class Killed(BaseException):
    """The function is ended from outside: nothing of ours runs any more."""


class Crashing:
    """Counts every word with the outside world, and ends the function before or after the `fatal` one."""

    def __init__(self, fatal, *, after):
        self.fatal, self.after, self.count = fatal, after, 0

    def around(self, call):
        def counted(*arguments, **named):
            self.count += 1
            fatal = self.count == self.fatal
            if fatal and not self.after:
                raise Killed
            result = call(*arguments, **named)
            if fatal:
                raise Killed
            return result

        return counted

    def watch(self, port, *names):
        for name in names:
            setattr(port, name, self.around(getattr(port, name)))


def watched(desk, crash):
    """Every call by which a poll changes the world outside."""
    crash.watch(desk.bucket, "put")
    crash.watch(desk.queues, "inbound", "poll")
    crash.watch(desk.states, "take_lease", "save_cursor", "release")
    open_mailbox = desk.server.open

    def opened(of, password):
        connection = open_mailbox(of, password)
        crash.watch(connection, "list_new", "fetch", "finish")
        return connection

    desk.server.open = opened
    return desk


def run_with_crash(after_fetch, fatal, *, after):
    desk = Polled(server(4), batch_size=2, after_fetch=after_fetch)
    safe_when_gone = []
    desk.server.gone = Gone(desk, safe_when_gone)
    crash = Crashing(fatal, after=after)
    watched(desk, crash)
    try:
        desk.poll()
    except Killed:
        desk.clock.wait(minutes=6)
        desk.poll()
    return desk, crash, safe_when_gone


class Gone(list):
    """What left the server's folder, and whether it was stored and queued by then."""

    def __init__(self, desk, safe_when_gone):
        super().__init__()
        self.desk, self.safe_when_gone = desk, safe_when_gone

    def extend(self, keys):
        keys = list(keys)
        told = [fingerprint(self.desk.server.mails[key]).identity for key in keys]
        self.safe_when_gone += [one in self.desk.queued and f"raw/{one}.eml" in self.desk.bucket.objects for one in told]
        super().extend(keys)


def words_with_the_world(after_fetch):
    return run_with_crash(after_fetch, 0, after=False)[1].count


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("after_fetch", ["keep", "move", "delete"])
def test_killed_at_any_point_and_repeated_nothing_is_lost_and_nothing_doubled(after_fetch, after):
    for fatal in range(1, words_with_the_world(after_fetch) + 1):
        desk, _, safe_when_gone = run_with_crash(after_fetch, fatal, after=after)
        wanted = identities(desk.server)
        assert sorted(set(desk.queued)) == sorted(wanted), f"lost by a crash {after=} call {fatal}"
        assert set(desk.bucket.objects) == {f"raw/{identity}.eml" for identity in wanted}
        assert all(safe_when_gone) and len({(mail.mailbox, mail.identity) for mail in desk.queues.mails}) == len(wanted)
        assert set(desk.server.gone) == (set() if after_fetch == "keep" else set(desk.server.mails))
        assert desk.state.lease_until is None and not desk.server.open(mailbox(), "secret").list_new(desk.state.cursor[mailbox().source])


def test_what_is_queued_twice_says_the_same_both_times():
    """So that inbound.fifo takes it once."""
    last_cursor = words_with_the_world("keep") - 2  # then come the last listing and the end of the lease
    desk, _, _ = run_with_crash("keep", last_cursor, after=False)
    messages = [json.dumps([mail.mailbox, mail.identity, mail.again]) for mail in desk.queues.mails]
    assert len(messages) > len(set(messages)) == 4

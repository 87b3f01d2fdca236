"""Mail too large to be held: it goes to the bucket part by part."""

from dataclasses import replace

import pytest

from maildesk.desk import reading
from maildesk.mail.identity import fingerprint
from maildesk.ports import TryAgain, Withheld
from tests.fakes import MailServer, MailServerConnection
from tests.polled import Polled, raw

LARGE = raw(1) + b"line\r\n" * 40_000
HEADER = raw(1).partition(b"\r\n\r\n")[0] + b"\r\n\r\n"


class InParts(MailServerConnection):
    """Gives mails above 1 KB in parts of 70 KB, each only while no other mail is asked for; `breaks` is raised after the second."""

    breaks: Exception | None = None

    def fetch(self, mails, max_size):
        for mail in super().fetch(mails, max_size):
            self.reading = mail.key
            yield replace(mail, raw=mail.raw[:70_000], rest=self.rest(mail)) if len(mail.raw) > 1000 else mail

    def rest(self, mail):
        for start in range(70_000, len(mail.raw), 70_000):
            assert self.reading == mail.key, "the next mail was asked for before this one was read"
            if self.breaks and start > 70_000:
                raise self.breaks
            yield mail.raw[start : start + 70_000]


def polled(*mails, breaks=None, **of_mailbox):
    desk = Polled(MailServer({f"{place:03}": mail for place, mail in enumerate(mails)}), **of_mailbox)

    def opened(mailbox, password):
        connection = InParts(desk.server, mailbox)
        connection.breaks = breaks
        return connection

    desk.server.open = opened
    return desk


def large_keys(desk):
    return [key for key in desk.bucket.objects if key.startswith("raw/large/")]


def test_a_large_mail_is_stored_whole_and_is_known_by_the_same_identity():
    desk = polled(raw(0), LARGE, raw(2))
    desk.poll()
    assert desk.queued == [fingerprint(mail).identity for mail in (raw(0), LARGE, raw(2))]
    assert desk.queues.mails[1].conversation == fingerprint(LARGE).conversation
    assert [desk.bucket.get(mail.raw_key) for mail in desk.queues.mails] == [raw(0), LARGE, raw(2)]
    assert [desk.queues.mails[1].raw_key] == large_keys(desk)


def test_where_the_line_is_cut_nothing_is_to_be_seen_and_the_mail_is_read_again():
    desk = polled(LARGE, breaks=TryAgain("mail.example.test port 993 closed the connection."), after_fetch="delete")
    desk.poll()
    assert (desk.bucket.objects, desk.queued, desk.server.gone) == ({}, [], [])
    assert desk.state.last_error == "mail.example.test port 993 closed the connection."
    desk.server.open = lambda mailbox, password: InParts(desk.server, mailbox)
    desk.poll_when_due()
    assert (desk.queued, desk.server.gone) == ([fingerprint(LARGE).identity], ["000"])


def test_another_try_takes_the_place_of_the_first():
    desk = polled(LARGE)
    desk.queues.refusing = True
    desk.poll()
    before = large_keys(desk)
    desk.queues.refusing = False
    desk.poll_when_due()
    assert large_keys(desk) == before == [desk.queues.mails[0].raw_key]


def test_a_number_that_a_server_gives_away_twice_takes_no_place_of_another_mail():
    desk = polled(LARGE)
    desk.poll()
    desk.server.mails["000"] = LARGE.replace(b"<1@", b"<2@")
    desk.states.states["help"] = type(desk.state)(name="help", next_poll_at=desk.clock())
    desk.poll()
    assert [desk.bucket.get(mail.raw_key) for mail in desk.queues.mails] == [LARGE, desk.server.mails["000"]]


def test_a_mail_of_which_the_server_gives_only_the_start_hides_no_other():
    desk = polled(LARGE, raw(2), breaks=Withheld("The server gives no more than 140000 bytes of a mail."), after_fetch="delete")
    desk.poll()
    assert desk.state.last_error is None and desk.server.gone == ["001"]
    assert [(mail.header_only, mail.size) for mail in desk.queues.mails] == [(True, len(LARGE)), (False, len(raw(2)))]
    assert desk.bucket.get(desk.queues.mails[0].raw_key) == HEADER


def test_a_large_mail_that_comes_late_in_a_poll_is_read_by_the_next_which_has_all_its_time_for_it(monkeypatch):
    monkeypatch.setattr(reading, "BATCH_BYTES", 1000)
    desk = polled(raw(0), LARGE)
    desk.poll(seconds_left=lambda: 100.0)
    assert desk.queued == [fingerprint(raw(0)).identity] and desk.queues.polls == ["help"]
    desk.poll(seconds_left=lambda: 100.0)
    assert desk.queued == [fingerprint(mail).identity for mail in (raw(0), LARGE)]
    assert not any(mail.header_only for mail in desk.queues.mails)


@pytest.mark.parametrize("parts_in_time", [0, 2])
def test_a_mail_that_takes_longer_than_a_poll_may_last_does_not_stop_the_mailbox_for_good(parts_in_time):
    desk = polled(LARGE, raw(2), batch_size=1)
    seconds = iter([100.0] * (1 + parts_in_time) + [10.0] + [100.0] * 9)
    desk.poll(seconds_left=lambda: next(seconds))
    assert [mail.header_only for mail in desk.queues.mails] == [True, False]
    assert large_keys(desk) == []

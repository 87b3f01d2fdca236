"""A mail that Amazon SES hands over: once to each mailbox it was sent to, and to nobody in silence."""

import pytest

from maildesk.desk.push import Pushed, Reception
from maildesk.desk.receive import Delivery
from maildesk.mail.identity import fingerprint
from maildesk.ports import GiveUp, TryAgain
from maildesk.tickets.records import Receipt
from tests.fakes import MemoryBucket, MemoryQueues, MemorySettings
from tests.make import NOW, mailbox, settings
from tests.office import FIRST, Office

HELP, SALES = "help@desk.example", "sales@desk.example"
KEY = "raw/ses/one"


class Counter:
    """Where pushed mails are handed in, over fakes; mail of help and sales is pushed, that of fetched is not."""

    def __init__(self, **of_mailbox):
        pushed = [mailbox(name, host=None, protocol="ses", **of_mailbox) for name in ("help", "sales")]
        self.settings = MemorySettings(settings(mailboxes=(*pushed, mailbox("fetched"))))
        self.bucket, self.queues = MemoryBucket(**{KEY: FIRST}), MemoryQueues()

    def take(self, *recipients):
        Reception(self.settings, self.bucket, self.queues).take(Pushed("one", recipients, NOW))

    @property
    def taken_by(self):
        return [mail.mailbox for mail in self.queues.mails]


def test_a_mail_is_queued_by_its_keys_and_its_raw_copy_stays_where_it_is():
    counter = Counter()
    counter.take(HELP)
    [mail] = counter.queues.mails
    told = fingerprint(FIRST)
    assert (mail.mailbox, mail.identity, mail.conversation) == ("help", told.identity, told.conversation)
    assert (mail.raw_key, mail.size, mail.received_at, mail.header_only) == (KEY, len(FIRST), NOW, False)
    assert counter.bucket.objects == {KEY: FIRST}


@pytest.mark.parametrize("recipient", ["Help@DESK.example", "help+k2j4h5@desk.example", "HELP+a+b@desk.example"])
def test_a_recipient_is_known_whatever_its_case_and_with_what_follows_a_plus(recipient):
    counter = Counter()
    counter.take(recipient)
    assert counter.taken_by == ["help"]


def test_a_mailbox_may_have_a_plus_in_its_own_address():
    counter = Counter()
    counter.settings.stored = settings(mailboxes=(mailbox(protocol="ses"), mailbox("vip", address="help+vip@desk.example", protocol="ses")))
    counter.take("help+vip@desk.example")
    assert counter.taken_by == ["vip"]


def test_each_mailbox_takes_a_mail_once_however_many_of_the_recipients_it_is():
    counter = Counter()
    counter.take(HELP, SALES, "help+token@desk.example")
    assert counter.taken_by == ["help", "sales"]


def test_of_many_recipients_each_mailbox_has_the_mail_and_the_others_are_named():
    counter = Counter()
    strangers = [f"person{number}@desk.example" for number in range(48)]
    with pytest.raises(GiveUp) as told:
        counter.take(*strangers[:20], SALES, *strangers[20:], "Help@desk.example")
    assert counter.taken_by == ["sales", "help"]
    assert all(stranger in str(told.value) for stranger in strangers) and SALES not in str(told.value)


def test_a_mail_that_is_too_large_for_one_of_its_mailboxes_is_taken_by_the_other():
    counter = Counter()
    small = mailbox("help", host=None, protocol="ses", max_size_mb=1, size_notice=True)
    counter.settings.stored = settings(mailboxes=(small, mailbox("sales", host=None, protocol="ses")))
    large = FIRST + b"x" * 1024 * 1024
    counter.bucket.put(KEY, large)
    counter.take(HELP, SALES)
    office = Office(of=counter.settings.stored, bucket=counter.bucket)
    office.hand_over(*counter.queues.mails)
    office.hand_over(*counter.queues.mails)
    assert [ticket.mailbox for ticket in office.tickets] == ["sales"]
    assert "It came to mailbox help too, which did not take it (too large)." in office.receipt(large).reasons
    assert sorted(item.purpose for item in office.outbox) == ["auto-response", "size notice"]


def test_a_recipient_that_is_nobody_is_told_of_and_the_others_have_their_mail():
    counter = Counter()
    with pytest.raises(GiveUp) as told:
        counter.take(HELP, "nobody@desk.example")
    assert counter.taken_by == ["help"]
    assert str(told.value) == (
        "raw/ses/one was sent to nobody@desk.example, which is no address of a mailbox of protocol ses. Make one with mailbox.put,"
        " or take the address off ReceivingAddresses of the stack; then hand the dead letter in again."
    )


def test_a_mailbox_that_is_fetched_gets_no_mail_this_way():
    counter = Counter()
    with pytest.raises(GiveUp, match=r"fetched@desk\.example"):
        counter.take("fetched@desk.example")
    assert counter.taken_by == []


def test_a_mailbox_made_a_moment_ago_is_known():
    counter = Counter()
    counter.settings.load()
    counter.settings.stored = settings(mailboxes=(mailbox("new", protocol="ses"),))
    counter.take("new@desk.example")
    assert counter.taken_by == ["new"]


def test_a_mail_above_the_mailboxs_size_is_queued_for_its_header():
    counter = Counter(max_size_mb=1)
    counter.bucket.put(KEY, FIRST + b"x" * 1024 * 1024)
    counter.take(HELP)
    assert counter.queues.mails[0].header_only


def test_without_its_raw_copy_nothing_is_queued():
    counter = Counter()
    counter.bucket.objects.clear()
    with pytest.raises(GiveUp, match="no longer holds raw/ses/one"):
        counter.take(HELP)
    assert counter.taken_by == []


def test_what_the_queue_did_not_take_is_handed_over_again():
    counter = Counter()
    counter.queues.refusing = True
    with pytest.raises(TryAgain):
        counter.take(HELP)


def test_handed_over_twice_and_to_two_mailboxes_it_is_one_ticket():
    counter = Counter()
    for _ in range(2):
        counter.take(HELP, SALES)
    office = Office(of=counter.settings.stored)
    office.bucket.put(KEY, FIRST)
    for inbound in counter.queues.mails:
        office.receiver.receive([Delivery(inbound)])
    assert [ticket.mailbox for ticket in office.tickets] == ["help"]
    [receipt] = office.store.all(Receipt)
    assert receipt.raw_key == KEY

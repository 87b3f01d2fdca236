"""In which order the mails of one batch are decided."""

from hypothesis import given
from hypothesis import strategies as st

from maildesk.desk.holding import held_together
from maildesk.desk.opening import Opened
from maildesk.desk.receive import HELD_BYTES, _waves
from maildesk.mail.message import Address
from maildesk.ports import Inbound
from tests.make import NOW, arrival, mail


def opened(place, identity, conversation, sender):
    inbound = Inbound(mailbox="help", identity=identity, conversation=conversation, raw_key="raw/x", size=1, received_at=NOW)
    return Opened(inbound, mail(sender, message_id=f"{place}@x.example"), arrival())


few = st.sampled_from("abcd")
people = st.sampled_from([None, *(Address("", f"{letter}@x.example") for letter in "abc")])


@given(st.lists(st.tuples(few, few, people), max_size=12))
def test_waves_keep_the_order_of_whatever_depends_on_each_other(drawn):
    mails = [opened(place, *one) for place, one in enumerate(drawn)]
    waves = _waves(mails)
    place = {id(one): number for number, wave in enumerate(waves) for one in wave}
    assert len(place) == len(mails) == sum(map(len, waves))
    assert all(waves)
    for number, earlier in enumerate(mails):
        for later in mails[number + 1 :]:
            assert not earlier.marks & later.marks or place[id(earlier)] < place[id(later)]


def test_mails_that_have_nothing_in_common_are_one_wave():
    mails = [opened(number, f"i{number}", f"c{number}", None) for number in range(10)]
    assert _waves(mails) == [mails]


sizes = st.lists(st.integers(0, 2 * HELD_BYTES), max_size=12)


@given(sizes)
def test_large_mails_are_held_one_after_the_other(sizes):
    mails = [Inbound(mailbox="help", identity="i", conversation="c", raw_key="raw/x", size=size, received_at=NOW) for size in sizes]
    runs = list(held_together(mails, HELD_BYTES))
    assert [mail for run in runs for mail in run] == mails
    assert all(len(run) == 1 or sum(mail.size for mail in run) <= HELD_BYTES for run in runs)

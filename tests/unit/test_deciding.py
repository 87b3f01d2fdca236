"""What becomes of a mail, and that it is explained."""

import pytest

from maildesk.mail.message import Address, Automatic, Bounce
from maildesk.tickets.deciding import MOST_PEOPLE, TICKETLESS_KINDS, decide
from maildesk.tickets.joining import Candidate
from tests.make import ANNA, BEN, MALLORY, OUT_OF_OFFICE, arrival, known, mail, mailbox, person, settings, ticket

OWN = Address("Support", "Help@Desk.example")


def pointing_at(one, evidence="token"):
    return known(pointers=[Candidate(one.number, evidence)], tickets={one.number: one})


def decided(about=None, of_arrival=None, **of_mail):
    return decide(mail(**of_mail), of_arrival or arrival(), about or known())


def test_a_mail_that_points_nowhere_opens_a_ticket_and_is_answered():
    decision = decided()
    assert (decision.outcome, decision.requester, decision.autoresponse) == ("new ticket", person(ANNA), True)
    assert decision.reasons == ("New ticket: the mail points at no ticket of ours.", "An auto-response is sent.")


@pytest.mark.parametrize(
    ("evidence", "words"),
    [("token", "signed token"), ("message-id", "answers a mail of that ticket"), ("subject tag", "its subject carries [#7]")],
)
def test_a_participants_answer_joins_and_says_why(evidence, words):
    decision = decided(pointing_at(ticket(), evidence))
    assert (decision.outcome, decision.joins, decision.autoresponse) == ("joined", ticket(), False)
    assert decision.reasons[0].startswith("Joined ticket #7") and words in decision.reasons[0]


@pytest.mark.parametrize("evidence", ["token", "message-id", "subject tag"])
def test_a_stranger_gets_a_ticket_of_their_own_linked_to_the_one_it_pointed_at(evidence):
    decision = decided(pointing_at(ticket(), evidence), sender=MALLORY)
    assert (decision.outcome, decision.joins, decision.linked_to) == ("new ticket", None, 7)
    assert "mallory@stranger.example takes no part" in decision.reasons[0]


def test_the_first_ticket_one_takes_part_in_is_joined_though_stronger_evidence_names_another():
    foreign, own = ticket(8, requester=person(BEN)), ticket(7)
    both = known(pointers=[Candidate(8, "token"), Candidate(7, "subject tag")], tickets={8: foreign, 7: own})
    assert decided(both).joins == own


def test_a_ticket_that_is_no_longer_there_is_not_pointed_at():
    decision = decided(known(pointers=[Candidate(99, "token")]))
    assert (decision.outcome, decision.linked_to) == ("new ticket", None)


@pytest.mark.parametrize("status", ["pending", "closed"])
def test_a_person_reopens(status):
    assert f"The ticket was {status} and is open again." in decided(pointing_at(ticket(status=status))).reasons


def test_a_machine_joins_without_reopening_and_brings_nobody_along():
    decision = decided(pointing_at(ticket(status="closed")), sender=MALLORY, automatic=OUT_OF_OFFICE, cc=(BEN,))
    assert (decision.outcome, decision.joins, decision.people) == ("joined", ticket(status="closed"), ())
    assert "does not reopen" in decision.reasons[1]


def test_a_bounce_joins_the_ticket_whose_mail_came_back():
    back = Bounce("md.7@desk.example", ())
    decision = decided(pointing_at(ticket()), sender=Address("", "mailer-daemon@x.example"), bounce=back)
    assert (decision.outcome, decision.joins) == ("bounce", ticket())


@pytest.mark.parametrize("kind", sorted(TICKETLESS_KINDS))
def test_machines_answers_to_nothing_of_ours_open_no_ticket(kind):
    decision = decided(automatic=Automatic(kind, "a header says so"))
    assert decision.outcome == ("bounce" if kind == "bounce" else "automatic")
    assert "a header says so" in decision.reasons[0] and decision.joins is None


@pytest.mark.parametrize("kind", ["auto-generated", "mailing-list"])
def test_machines_own_mail_opens_a_ticket_but_is_never_answered(kind):
    decision = decided(automatic=Automatic(kind, "a header says so"))
    assert (decision.outcome, decision.autoresponse) == ("new ticket", False)


def test_mail_from_an_address_of_ours_opens_nothing():
    assert decided(sender=OWN).outcome == "automatic"


@pytest.mark.parametrize("reply_to", [(OWN,), (OWN, BEN), ()])
def test_an_address_of_ours_is_never_the_requester(reply_to):
    assert decided(reply_to=reply_to).requester == person(BEN if BEN in reply_to else ANNA)


def test_reply_to_names_the_requester_unless_a_list_put_it_there():
    assert decided(reply_to=(BEN,)).requester == person(BEN)
    assert decided(reply_to=(BEN,), headers=(("List-Id", "<l.example>"),)).requester == person(ANNA)


def test_people_in_copy_take_part_each_once_and_nobody_twice():
    shouting = Address("B", "BEN@customer.example")
    assert decided(cc=(BEN, shouting, OWN, ANNA, MALLORY)).people == (person(shouting), person(MALLORY))


def test_people_in_copy_of_an_answer_are_added_to_those_who_take_part():
    with_ben = ticket(collaborators=(person(BEN),))
    assert decided(pointing_at(with_ben), cc=(BEN, MALLORY)).people == (person(MALLORY),)


def test_a_copy_list_of_thousands_brings_only_so_many():
    crowd = tuple(Address("", f"{n}@crowd.example") for n in range(3000))
    full = ticket(collaborators=tuple(map(person, crowd[: MOST_PEOPLE - 1])))
    assert len(decided(cc=crowd).people) == MOST_PEOPLE
    assert len(decided(pointing_at(full), cc=crowd).people) == 1


def test_a_mail_without_sender_waits_for_somebody_to_look():
    decision = decided(sender=None, problems=("The mail names no sender.",))
    assert decision.outcome == "unreadable" and "The mail names no sender." in decision.reasons


def test_a_mail_over_the_limit_is_reported():
    desk = known(settings=settings(mailboxes=(mailbox(max_size_mb=1),)))
    decision = decided(desk, arrival(header_only=True, size=2_000_000))
    assert decision.outcome == "too large" and "2000000 bytes, more than the mailbox's `max_size_mb` of 1" in decision.reasons[0]


@pytest.mark.parametrize(
    ("raw_key", "where"), [("raw/0.eml", "It stays on the server"), ("raw/ses/0", "All of it is in the bucket")], ids=["fetched", "pushed"]
)
def test_a_mail_over_the_limit_is_said_to_be_where_it_is(raw_key, where):
    desk = known(settings=settings(mailboxes=(mailbox(max_size_mb=1),)))
    assert where in decided(desk, arrival(header_only=True, size=2_000_000, raw_key=raw_key)).reasons[1]


def test_a_mail_at_which_the_server_breaks_off_is_said_to_be_one():
    decision = decided(known(), arrival(header_only=True, broke_off=True, size=300))
    assert decision.reasons == (
        "The server broke off each time this mail of 300 bytes was read. Look at it with another mail program;"
        " moved out of its folder and back, it is tried again.",
        "It stays on the server; only its header was read.",
    )


def test_a_mail_the_server_kept_to_itself_is_not_called_too_large_for_us():
    assert "did not give this mail" in decided(of_arrival=arrival(header_only=True)).reasons[0]

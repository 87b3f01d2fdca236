"""Which ticket a mail points at, by what, and whether its writer may join it."""

import pytest

from maildesk.mail.message import Address, Bounce
from maildesk.tickets.joining import Candidate, candidates, may_join, referenced_ids, without_tags
from maildesk.tickets.tokens import sign
from tests.make import ANNA, BEN, KEYS, MALLORY, OUT_OF_OFFICE, mail, person, ticket

TOKEN = sign(KEYS, 7, "019cae5f00000000000", "c")
STORED = {"first@customer.example": 7, "other@customer.example": 8}


def pointers(**of_mail):
    return [(found.ticket, found.evidence) for found in candidates(mail(**of_mail), KEYS, STORED.get)]


@pytest.mark.parametrize(
    ("header", "evidence"),
    [
        ({"in_reply_to": (f"{TOKEN}@desk.example",)}, "token"),
        ({"references": ("gone@customer.example", f"{TOKEN.upper()}@desk.example")}, "token"),
        ({"to": (Address("", f"help+{TOKEN}@desk.example"),)}, "token"),
        ({"cc": (Address("", f"help+{TOKEN}@desk.example"),)}, "token"),
        ({"bounce": Bounce(f"{TOKEN}@desk.example", ())}, "token"),
        ({"text": f"Thanks!\n\n> Please keep your reply above this line ({TOKEN})\n> Hello"}, "token"),
        ({"in_reply_to": ("first@customer.example",)}, "message-id"),
        ({"references": ("first@customer.example", "unknown@customer.example")}, "message-id"),
        ({"bounce": Bounce("first@customer.example", ())}, "message-id"),
        ({"subject": "Re: [#7] The printer is on fire"}, "subject tag"),
    ],
)
def test_points_at_ticket_7_by(header, evidence):
    assert pointers(**header) == [(7, evidence)]


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"in_reply_to": ("unknown@customer.example",)},
        {"in_reply_to": (f"{TOKEN[:-1]}@desk.example",)},
        {"subject": "Invoice #7"},
        {"subject": "[7] [#] [#seven] [# 7] [#\N{ARABIC-INDIC DIGIT SEVEN}]"},
    ],
)
def test_points_nowhere(header):
    assert pointers(**header) == []


def test_the_strongest_evidence_comes_first_and_each_ticket_once():
    found = pointers(in_reply_to=("other@customer.example", f"{TOKEN}@desk.example"), subject="[#7] [#8] [#9]")
    assert found == [(7, "token"), (8, "message-id"), (9, "subject tag")]


def test_the_nearest_mail_answered_comes_first():
    answered = mail(in_reply_to=("c@x.example",), references=("a@x.example", "b@x.example", "c@x.example"))
    assert referenced_ids(answered) == ("c@x.example", "b@x.example", "a@x.example")


def test_an_endless_list_of_references_is_not_followed_to_its_end():
    assert len(referenced_ids(mail(references=tuple(f"{n}@x.example" for n in range(5000))))) == 50


BY_TOKEN, BY_ID, BY_TAG = Candidate(7, "token"), Candidate(7, "message-id"), Candidate(7, "subject tag")
ALL = (BY_TOKEN, BY_ID, BY_TAG)
TICKET = ticket(collaborators=(person(BEN),))


@pytest.mark.parametrize("pointer", ALL, ids=lambda pointer: pointer.evidence)
@pytest.mark.parametrize("writer", [ANNA, BEN, Address("", "ANNA@customer.example")])
def test_who_takes_part_joins(writer, pointer):
    assert may_join(mail(writer), pointer, TICKET)


@pytest.mark.parametrize("pointer", ALL, ids=lambda pointer: pointer.evidence)
@pytest.mark.parametrize(
    "writer", [MALLORY, Address("anna@customer.example", MALLORY.address), Address("", "anna@customer.example.test"), None]
)
def test_a_stranger_never_joins(writer, pointer):
    assert not may_join(mail(writer), pointer, TICKET)


def test_a_forged_reply_to_does_not_make_a_guessed_tag_a_way_in():
    assert not may_join(mail(MALLORY, reply_to=(ANNA,)), BY_TAG, TICKET)


def test_whoever_was_answered_at_their_reply_to_may_go_on_writing_from_elsewhere():
    assert may_join(mail(Address("Anna", "anna@home.example"), reply_to=(ANNA,)), BY_TOKEN, TICKET)


@pytest.mark.parametrize("machine", [{"automatic": OUT_OF_OFFICE}, {"bounce": Bounce(None, ())}])
def test_a_machine_joins_by_our_token_alone(machine):
    daemon = mail(Address("", "mailer-daemon@customer.example"), **machine)
    assert [may_join(daemon, pointer, TICKET) for pointer in ALL] == [True, False, False]


def test_a_foreign_tag_leaves_the_subject():
    assert without_tags("Re: [#12] The [#7]printer  burns") == "Re: The printer burns"

"""Who works here may forward a customer's mail: the ticket is the customer's, the agent's own words are a note."""

import pytest

from maildesk.settings import Desk
from maildesk.tickets.records import MessageReference, Receipt
from maildesk.tickets.tokens import sign
from tests.make import KEYS, mailbox, settings
from tests.office import Office, written

BEN = "Ben <ben@desk.example>"
BY_SES = "amazonses.com; spf=pass client-ip=192.0.2.1; dkim=pass header.i=@desk.example; dmarc=pass header.from=desk.example"
PROOF = "mx.desk.example; dmarc=pass header.from=desk.example"
INLINE = """\
Please take care of this.

---------- Forwarded message ---------
From: Anna <anna@customer.example>
Date: Mon, 2 Mar 2026 at 08:00
Subject: Printer
To: Ben <ben@desk.example>

It is on fire.
"""
ATTACHED = """\
--b
Content-Type: text/plain

Please take care of this.
--b
Content-Type: text/plain
Content-Disposition: attachment; filename="contract.txt"

for agents only
--b
Content-Type: message/rfc822

Message-ID: <original@customer.example>
From: Anna <anna@customer.example>
To: ben@desk.example
Cc: carla@customer.example
Subject: Printer
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=c

--c
Content-Type: text/html

<p>It is <b>on fire</b>.</p>
--c
Content-Type: image/png
Content-Disposition: attachment; filename="fire.png"

png
--c--

--b--
"""


def office(*records, **of_mailbox):
    desk = Desk(agents=("ben@desk.example",), trusted_authserv_ids=("mx.desk.example",))
    return Office(*records, of=settings(desk=desk, mailboxes=(mailbox(**of_mailbox),)))


def forward(name="forward", text=INLINE, proof=PROOF, sender=BEN, **headers):
    headers = {"Authentication_Results": proof, "MIME_Version": "1.0", **headers}
    if text.startswith("--b"):
        headers["Content_Type"] = "multipart/mixed; boundary=b"
    return written(name, sender, "Fwd: Printer", text.replace("\n", "\r\n"), **headers)


@pytest.mark.parametrize("text", [INLINE, ATTACHED], ids=["inline", "attached"])
def test_a_forward_opens_a_ticket_for_the_original_sender_with_the_agents_words_as_a_note(text):
    desk = office()
    desk.take(forward(text=text))
    (ticket,), (message, note) = desk.tickets, desk.messages
    assert (ticket.subject, ticket.requester.address, ticket.collaborators) == ("Printer", "anna@customer.example", ())
    assert (message.direction, message.author.address, message.text.strip()) == ("in", "anna@customer.example", "It is on fire.")
    assert (note.direction, note.author.address, note.text) == ("note", "ben@desk.example", "Please take care of this.")
    assert note.id > message.id


def test_the_note_keeps_the_forward_whole():
    desk = office()
    desk.take(forward())
    assert "It is on fire." in desk.messages[1].full_text and desk.messages[0].full_text is None


def test_an_attached_mail_keeps_its_html_and_files_and_the_agents_files_stay_with_the_note():
    desk = office()
    desk.take(forward(text=ATTACHED))
    message, note = desk.messages
    assert "<b>on fire</b>" in message.html
    assert [file.filename for file in message.attachments] == ["fire.png"]
    assert [file.filename for file in note.attachments] == ["contract.txt"]


def test_a_forward_without_a_word_says_so():
    desk = office()
    desk.take(forward(text=INLINE.partition("\n\n")[2]))
    assert desk.messages[1].text == "(forwarded without a word)"


def test_the_receipt_is_about_the_mail_that_came_and_explains():
    desk, raw = office(), forward()
    desk.take(raw)
    receipt = desk.receipt(raw)
    assert (receipt.sender, receipt.subject, receipt.message_id) == ("ben@desk.example", "Fwd: Printer", "forward@x.example")
    assert "ben@desk.example works here: dmarc=pass for desk.example, says mx.desk.example." in receipt.reasons
    assert any("as if anna@customer.example had sent the original here" in reason for reason in receipt.reasons)


def test_the_customers_and_the_agents_next_mails_both_find_the_ticket():
    desk = office()
    desk.take(forward(text=ATTACHED))
    assert {one.message_id: one.ticket for one in desk.store.all(MessageReference)} == {
        "original@customer.example": 1,
        "forward@x.example": 1,
    }
    desk.take(written("next", "anna@customer.example", "Re: Printer", "Still.", In_Reply_To="<original@customer.example>"))
    desk.take(written("more", BEN, "Re: Fwd: Printer", In_Reply_To="<forward@x.example>", Authentication_Results=PROOF))
    assert len(desk.tickets) == 1
    assert [(one.direction, one.author.address) for one in desk.messages[2:]] == [
        ("in", "anna@customer.example"),
        ("in", "ben@desk.example"),
    ]


def test_the_original_sender_is_answered_under_the_usual_limits():
    desk = office()
    desk.take(forward())
    assert [item.to[0].address for item in desk.outbox] == ["anna@customer.example"]
    desk.take(*(forward(f"f{number}", INLINE + f"{number}\n") for number in range(20)))
    assert (len(desk.tickets), len(desk.outbox)) == (21, 10)


def test_automatic_mail_an_agent_forwards_is_a_ticket_and_never_answered():
    desk = office()
    desk.take(forward(text=ATTACHED.replace("Subject: Printer\n", "Subject: Printer\nAuto-Submitted: auto-replied\n")))
    assert (len(desk.tickets), len(desk.outbox)) == (1, 0)


def test_a_forwarded_answer_joins_the_ticket_of_its_writer():
    desk = office()
    desk.take(written("first", "anna@customer.example"))
    desk.take(forward(In_Reply_To="<first@x.example>"))
    assert len(desk.tickets) == 1
    assert [one.author.address for one in desk.messages] == ["anna@customer.example", "anna@customer.example", "ben@desk.example"]


def test_what_a_stranger_wrote_does_not_enter_a_ticket_by_being_forwarded():
    desk = office()
    desk.take(written("first", "carla@customer.example"))
    desk.take(forward(In_Reply_To="<first@x.example>"))
    assert [(ticket.requester.address, ticket.linked_to) for ticket in desk.tickets] == [
        ("carla@customer.example", None),
        ("anna@customer.example", 1),
    ]


# ---------------------------------------------------------------- who is an agent


UNPROVED = [
    ("mx.desk.example; dmarc=fail header.from=desk.example", "says dmarc=fail"),
    ("mx.stranger.example; dmarc=pass header.from=desk.example", "whose word is not trusted"),
]


@pytest.mark.parametrize(("proof", "why"), UNPROVED)
def test_an_agents_address_that_is_not_proved_counts_as_anybodys_and_the_receipt_says_why(proof, why):
    desk, raw = office(), forward(proof=proof)
    desk.take(raw)
    (ticket,), (message,) = desk.tickets, desk.messages
    assert (ticket.requester.address, message.author.address) == ("ben@desk.example", "ben@desk.example")
    assert why in desk.receipt(raw).reasons[-1] and "counts as anybody's" in desk.receipt(raw).reasons[-1]


@pytest.mark.parametrize(("raw_key", "notes"), [("raw/ses/one", 1), ("raw/one.eml", 0)])
@pytest.mark.parametrize("protocol", ["ses", "imap"])
def test_the_word_of_amazon_ses_counts_for_mail_that_it_handed_over_itself_whatever_became_of_the_mailbox(raw_key, notes, protocol):
    desk, raw = office(protocol=protocol), forward(proof=BY_SES, X_SES_RECEIPT="AEFB")
    desk.bucket.put(raw_key, raw)
    desk.take(raw, raw_key=raw_key)
    assert [message.direction for message in desk.messages].count("note") == notes


def test_without_a_trusted_server_nobody_is_taken_for_an_agent():
    desk, raw = Office(of=settings(desk=Desk(agents=("ben@desk.example",)))), forward()
    desk.take(raw)
    assert desk.tickets[0].requester.address == "ben@desk.example"
    assert "`trusted_authserv_ids` of the desk is empty" in desk.receipt(raw).reasons[-1]


def test_a_customers_forward_is_the_customers_own_mail():
    desk = office()
    desk.take(forward(sender="carla@customer.example", proof="mx.desk.example; dmarc=pass header.from=customer.example"))
    assert [ticket.requester.address for ticket in desk.tickets] == ["carla@customer.example"]


@pytest.mark.parametrize(("role", "requester"), [("a", "anna@customer.example"), ("c", "ben@desk.example")])
def test_the_token_of_a_mail_written_to_an_agent_proves_an_agent(role, requester):
    desk = office()
    desk.take(forward(proof="none", In_Reply_To=f"<{sign(KEYS, 99, '0', role)}@desk.example>"))
    assert desk.tickets[0].requester.address == requester


def test_a_token_in_the_text_proves_nobody():
    desk = office()
    desk.take(forward(proof="none", text=f"{sign(KEYS, 99, '0', 'a')}\n{INLINE}"))
    assert desk.tickets[0].requester.address == "ben@desk.example"


# ---------------------------------------------------------------- an agent's other mail


def test_an_agents_answer_joins_a_ticket_they_take_no_part_in():
    desk = office()
    desk.take(written("first", "anna@customer.example"))
    desk.take(written("second", BEN, "Re: [#1]", "I look into it.", Authentication_Results=PROOF))
    desk.take(written("third", BEN, "Re: [#1]", "Let me in."))
    assert [(one.ticket, one.author.address) for one in desk.messages] == [
        (1, "anna@customer.example"),
        (1, "ben@desk.example"),
        (2, "ben@desk.example"),
    ]


def test_an_agents_new_mail_opens_a_ticket_as_anybodys():
    desk = office()
    desk.take(written("first", BEN, Authentication_Results=PROOF))
    assert (desk.tickets[0].requester.address, len(desk.messages)) == ("ben@desk.example", 1)


def test_an_agent_in_copy_does_not_take_part():
    desk = office()
    desk.take(written("first", "anna@customer.example", Cc="ben@desk.example, carla@customer.example"))
    assert [one.address for one in desk.tickets[0].collaborators] == ["carla@customer.example"]


@pytest.mark.parametrize("sender", ["help@desk.example", "ben@desk.example"])
def test_our_own_mail_passed_on_is_no_customers(sender):
    desk = office()
    desk.take(forward(text=INLINE.replace("anna@customer.example", sender)))
    assert [ticket.requester.address for ticket in desk.tickets] == ["ben@desk.example"]


# ---------------------------------------------------------------- what goes wrong


def test_a_forward_we_stumble_over_is_quarantined_and_the_others_are_processed(monkeypatch):
    def stumble(*_):
        raise ValueError("secret words")

    monkeypatch.setattr("maildesk.tickets.unwrapping.unwrapped", stumble)
    desk, raw = office(), forward()
    desk.take(raw, written("first", "anna@customer.example"))
    assert (desk.receipt(raw).state, len(desk.tickets)) == ("quarantined", 1)
    assert "(ValueError)" in str(desk.receipt(raw).reasons) and "secret words" not in str(desk.store.all(Receipt))


# ---------------------------------------------------------------- a mailbox's wishes


def test_the_mail_as_it_came_is_attached_where_the_mailbox_wishes_it():
    desk, raw = office(attach_original=True), written("first", subject="Fire / smoke")
    desk.take(raw)
    (file,) = desk.messages[0].attachments
    assert (file.filename, file.content_type, file.inline) == ("Fire - smoke.eml", "message/rfc822", False)
    assert desk.bucket.get(f"attachments/{file.sha256}") == raw


WITH_PICTURE = """\
--b
Content-Type: text/html

<p>Look: <img src="cid:fire"></p>
--b
Content-Type: image/png
Content-ID: <fire>
Content-Disposition: inline; filename="fire.png"

png
--b--
"""


@pytest.mark.parametrize(("wish", "inline"), [("keep", True), ("attach", False)])
def test_pictures_in_the_text_become_files_where_the_mailbox_wishes_it(wish, inline):
    desk = office(inline_images=wish)
    desk.take(written("first", text=WITH_PICTURE, MIME_Version="1.0", Content_Type="multipart/related; boundary=b"))
    (message,) = desk.messages
    assert [file.inline for file in message.attachments] == [inline]
    assert ("cid:fire" in message.html) == inline

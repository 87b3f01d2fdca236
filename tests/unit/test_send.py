"""Mail that leaves: sent once, tried again at growing intervals, given up with a sentence."""

import logging

import pytest
from msgspec.structs import replace

from maildesk.desk.send import RETRY_SECONDS, Mailer
from maildesk.mail.message import Address
from maildesk.mail.parse import parse
from maildesk.ports import GiveUp, Login, OutboxKey, Refused, Sent, SignInAgain, TryAgain
from maildesk.telemetry import ALARM
from maildesk.tickets.records import Message, OutboxItem, Person, StoredAttachment
from tests.fakes import FixedClock, MemoryBucket, MemorySecrets, MemorySettings, MemoryStore, PostOffice, PostOfficeConnection
from tests.make import ANNA, BEN, NOW, mailbox, outbox_item, person, sender, settings

BUSY, NEVER = TryAgain("smtp.desk.example is busy."), GiveUp("smtp.desk.example refused the mail.")


class Desk:
    """A mailer over fakes. `send` sends one item as one batch."""

    def __init__(self, *records, of=None):
        self.store, self.bucket, self.office, self.clock = MemoryStore(*records), MemoryBucket(), PostOffice(), FixedClock(NOW)
        self.secrets, self.settings = MemorySecrets(**{"sender/out": "secret"}), MemorySettings(of or settings())

    def mailer(self):
        return Mailer(self.store, self.bucket, self.settings, self.secrets, self.office.open, self.clock)

    def send(self, item=None, generation=1):
        key = OutboxKey(ticket=7, id=(item or outbox_item()).id, generation=generation)
        with self.mailer() as mailer:
            return mailer.send(key)

    @property
    def item(self):
        return self.store.all(OutboxItem)[0]


def test_an_item_is_sent_and_noted_as_sent():
    desk = Desk(outbox_item())
    assert desk.send() == 0
    assert (desk.item.state, desk.item.attempts, desk.item.sent_at, desk.item.provider_id) == ("sent", 1, NOW, "250 taken as 1")


def test_mail_of_a_mailbox_that_was_set_up_just_now_leaves_by_its_sender():
    everybodys, own = sender(address="all@desk.example"), sender("own", address="own@desk.example", default=False, auth="none")
    desk = Desk(outbox_item(), of=settings(mailboxes=(), senders=(everybodys, own)))
    desk.settings.load()
    desk.settings.stored = settings(mailboxes=(mailbox(sender="own"),), senders=(everybodys, own))
    desk.send()
    assert [envelope.sender for envelope, _ in desk.office.sent] == ["own@desk.example"]


def test_it_is_sent_once_however_often_it_is_delivered():
    desk = Desk(outbox_item())
    assert [desk.send(), desk.send(), desk.send()] == [0, 0, 0]
    assert len(desk.office.sent) == 1


def test_what_is_not_there_is_not_sent():
    desk = Desk()
    assert desk.send() == 0 and desk.office.sent == []


def test_an_item_sent_on_its_way_again_makes_its_earlier_message_void():
    desk = Desk(outbox_item(state="queued", generation=2))
    assert desk.send(generation=1) == 0 and desk.office.sent == []
    assert desk.send(generation=2) == 0 and len(desk.office.sent) == 1


def test_a_failure_that_may_pass_is_tried_again_at_growing_intervals_until_it_is_final():
    desk = Desk(outbox_item())
    desk.office.failures = [BUSY] * 20
    pauses = []
    while pause := desk.send():
        assert (desk.item.state, desk.item.last_error) == ("waiting", str(BUSY))
        pauses.append(pause)
    assert pauses == list(RETRY_SECONDS) == sorted(RETRY_SECONDS)
    assert (desk.item.state, desk.item.attempts) == ("failed", len(RETRY_SECONDS) + 1)
    assert desk.send() == 0 and desk.item.attempts == len(RETRY_SECONDS) + 1


def test_what_failed_and_then_went_well_is_sent_without_its_error():
    desk = Desk(outbox_item())
    desk.office.failures = [BUSY]
    assert [desk.send(), desk.send()] == [60, 0]
    assert (desk.item.state, desk.item.last_error, desk.item.attempts) == ("sent", None, 2)


def test_a_refusal_for_good_is_final_at_once():
    desk = Desk(outbox_item())
    desk.office.failures = [NEVER]
    assert desk.send() == 0
    assert (desk.item.state, desk.item.last_error) == ("failed", str(NEVER))


def test_recipients_that_were_refused_are_named_on_the_sent_item():
    class RefusesBen(PostOfficeConnection):
        def send(self, envelope, mime):
            return Sent("250 ok", (Refused("ben@customer.example", "550 no such user", False),))

    desk = Desk(outbox_item())
    desk.office.open = lambda sender, login: RefusesBen(desk.office)
    desk.send()
    assert (desk.item.state, desk.item.last_error) == ("sent", 'ben@customer.example was refused: "550 no such user"')


def test_recipients_refused_for_the_moment_alone_are_tried_again():
    class RefusesBenOnce(PostOfficeConnection):
        def send(self, envelope, mime):
            first = not self.office.sent
            self.office.sent.append((envelope, mime))
            return Sent("250 ok", (Refused("ben@customer.example", "451 later", True),) if first else ())

    desk = Desk(outbox_item(cc=(person(BEN),)))
    desk.office.open = lambda sender, login: RefusesBenOnce(desk.office)
    assert desk.send() == 60
    assert (desk.item.state, desk.item.last_error) == ("waiting", 'ben@customer.example was refused: "451 later"')
    assert desk.send() == 0
    assert desk.item.state == "sent"
    assert [envelope.recipients for envelope, _ in desk.office.sent][1:] == [("ben@customer.example",)]


def test_a_batch_that_was_read_ahead_still_sends_each_item_once():
    desk = Desk(outbox_item())
    key = OutboxKey(ticket=7, id=desk.item.id, generation=1)
    with desk.mailer() as mailer:
        mailer.look_ahead([key, key])
        assert [mailer.send(key), mailer.send(key)] == [0, 0]
    assert len(desk.office.sent) == 1


def test_a_sign_in_that_fails_is_tried_again_with_the_password_read_anew():
    """No customer's mail is to blame, and an operator may mend it."""
    desk = Desk(outbox_item())
    desk.office.refuses_login = GiveUp("smtp.desk.example does not let help@desk.example sign in.")
    assert desk.send() == 60
    assert desk.item.state == "waiting" and "sign in" in desk.item.last_error
    assert "sender/out" in desk.secrets.forgotten


def test_where_somebody_must_sign_in_again_the_mail_waits_with_an_alarm(caplog):
    desk = Desk(outbox_item())
    desk.office.refuses_login = SignInAgain("The provider gives no access token. Sign in again.")
    assert desk.send() == 60
    assert (desk.item.state, desk.item.last_error) == ("waiting", "The provider gives no access token. Sign in again.")
    assert [(record.levelname, record.sender) for record in caplog.records if record.message == ALARM] == [("ERROR", "out")]


def test_a_server_that_asks_for_a_longer_pause_gets_it():
    desk = Desk(outbox_item())
    desk.office.failures = [TryAgain("graph.example.test is busy.", 200.5), TryAgain("graph.example.test is busy.", 5)]
    assert [desk.send(), desk.send()] == [201, 120]


def test_a_missing_password_says_what_to_do_and_waits():
    desk = Desk(outbox_item())
    desk.secrets.values.clear()
    assert desk.send() == 60
    assert desk.item.last_error == "No password is stored for sender/out: give one with sender.put."


def test_without_a_sender_it_waits_for_one():
    desk = Desk(outbox_item(), of=settings(senders=()))
    assert desk.send() == 60 and "sender.put" in desk.item.last_error


def test_an_error_of_our_own_is_a_sentence_on_the_item_and_no_word_of_the_mail_in_the_log(caplog):
    desk = Desk(outbox_item())
    desk.office.failures = [ValueError("We have your request.")]
    with caplog.at_level(logging.DEBUG):
        assert desk.send() == 60
    assert "error of its own (ValueError)" in desk.item.last_error
    assert "We have your request." not in desk.item.last_error + caplog.text


def test_a_note_that_comes_too_late_leaves_what_the_operator_did():
    desk = Desk(outbox_item())
    desk.store.before_commit = lambda: desk.store.add(outbox_item(state="queued", generation=2, version=2))
    assert desk.send() == 0
    assert (desk.item.state, desk.item.generation) == ("queued", 2)


def items(count):
    return [outbox_item(id=f"item{number}") for number in range(count)]


def send_all(desk, batch):
    with desk.mailer() as mailer:
        return [mailer.send(OutboxKey(ticket=7, id=item.id, generation=1)) for item in batch]


def test_a_batch_signs_in_once():
    desk = Desk(*items(3))
    assert send_all(desk, items(3)) == [0, 0, 0]
    assert desk.office.logins == [Login("help@desk.example", "secret", account="sender/out")]


@pytest.mark.parametrize(("failure", "sign_ins"), [(BUSY, 2), (ValueError(), 2), (NEVER, 1)])
def test_a_connection_that_may_be_broken_is_opened_anew_and_any_other_kept(failure, sign_ins):
    desk = Desk(*items(3))
    desk.office.failures = [failure]
    send_all(desk, items(3))
    assert (len(desk.office.sent), len(desk.office.logins)) == (2, sign_ins)


def below_the_marker(mail):
    return mail.text.partition(")\n\n")[2].strip()


def test_an_auto_response_says_so_and_goes_to_the_requester():
    desk = Desk(outbox_item())
    desk.send()
    ((envelope, mime),) = desk.office.sent
    mail = parse(mime)
    assert (envelope.sender, envelope.recipients) == ("help@desk.example", ("anna@customer.example",))
    assert mail.automatic and below_the_marker(mail) == "We have your request."
    assert (mail.message_id, mail.in_reply_to) == (desk.item.message_id, ("first@customer.example",))
    assert (mail.sender.name, mail.date) == ("Support", NOW)


def answering(**more):
    agent = Person("", "agent@desk.example")
    message = Message(ticket=7, id="answer", direction="out", author=agent, text="Try water.", created_at=NOW, **more)
    return message, outbox_item(purpose="answer", text=None, message="answer", cc=(person(BEN), person(ANNA)))


def test_an_answer_carries_its_messages_words_and_files_to_all_who_take_part():
    file = StoredAttachment(filename="plan.pdf", content_type="application/pdf", size=4, sha256="f00d")
    desk = Desk(*answering(attachments=(file,)))
    desk.bucket.put("attachments/f00d", b"%PDF")
    desk.send()
    ((envelope, mime),) = desk.office.sent
    mail = parse(mime)
    assert envelope.recipients == ("anna@customer.example", "ben@customer.example")
    assert (below_the_marker(mail), mail.automatic, [one.content for one in mail.attachments]) == ("Try water.", None, [b"%PDF"])


def test_a_long_answer_comes_whole_from_the_bucket():
    desk = Desk(*answering(body_key="bodies/answer.json"))
    desk.bucket.put("bodies/answer.json", b'{"text": "Try water. Then foam."}')
    desk.send()
    assert below_the_marker(parse(desk.office.sent[0][1])) == "Try water. Then foam."


def test_an_answer_whose_file_is_gone_fails_with_a_sentence():
    file = StoredAttachment(filename="plan.pdf", content_type="application/pdf", size=4, sha256="f00d")
    desk = Desk(*answering(attachments=(file,)))
    assert desk.send() == 0
    assert (desk.item.state, desk.item.last_error) == ("failed", "The bucket no longer holds attachments/f00d.")


def test_files_can_push_an_answer_over_the_senders_limit():
    """As base64 they take a third more than they are."""
    file = StoredAttachment(filename="plan.pdf", content_type="application/pdf", size=900_000, sha256="f00d")
    desk = Desk(*answering(attachments=(file,)), of=settings(senders=(sender(max_size_mb=1),)))
    desk.bucket.put("attachments/f00d", b"x" * 900_000)
    assert desk.send() == 0
    assert (desk.item.state, desk.office.sent) == ("failed", [])
    assert desk.item.last_error == (
        "The mail has 1.2 MB with its files as they travel, more than sender out takes (`max_size_mb`: 1)."
        " Answer with smaller files, or raise the limit and send it again with outbox.retry."
    )


def test_a_sender_without_a_limit_sends_any_size():
    desk = Desk(outbox_item(text="x" * 2_000_000), of=settings(senders=(sender(max_size_mb=0),)))
    assert desk.send() == 0
    assert len(desk.office.sent) == 1


def test_a_mail_over_the_senders_limit_is_not_tried():
    desk = Desk(outbox_item(text="x" * 2_000_000), of=settings(senders=(sender(max_size_mb=1),)))
    assert desk.send() == 0
    assert desk.item.state == "failed" and "`max_size_mb`: 1" in desk.item.last_error and desk.office.sent == []


@pytest.mark.parametrize(
    ("of_sender", "login"),
    [
        ({}, Login("help@desk.example", "secret", account="sender/out")),
        ({"user": "out-user"}, Login("out-user", "secret", account="sender/out")),
        ({"auth": "none"}, None),
        ({"kind": "ses"}, None),
        ({"auth": "same_as_mailbox", "mailbox": "help"}, Login("help@desk.example", "mailbox secret", account="mailbox/help")),
    ],
)
def test_a_sender_signs_in_as_its_settings_say(of_sender, login):
    desk = Desk(outbox_item(), of=settings(senders=(sender(**of_sender),)))
    desk.secrets.values["mailbox/help"] = "mailbox secret"
    assert desk.send() == 0
    assert desk.office.logins == [login]


def test_answers_come_back_to_the_mailbox_where_the_sender_is_another_address():
    desk = Desk(outbox_item(), of=settings(mailboxes=(mailbox(address="sales@desk.example", display_name="Sales"),)))
    desk.send()
    assert parse(desk.office.sent[0][1]).reply_to == (Address("Sales", "sales@desk.example"),)


def test_the_mailboxs_own_sender_sends():
    own = sender("own", address="hello@own.example", default=False, auth="none")
    desk = Desk(outbox_item(), of=settings(mailboxes=(mailbox(sender="own"),), senders=(sender(), own)))
    desk.send()
    assert desk.office.sent[0][0].sender == "hello@own.example"


def test_a_password_is_never_shown_with_a_login():
    assert "secret" not in repr(Login("help@desk.example", "secret"))


def test_an_item_noted_by_another_sender_meanwhile_stays_as_noted():
    desk = Desk(outbox_item())
    noted = replace(outbox_item(), state="sent", provider_id="250 first", version=2)
    desk.store.before_commit = lambda: desk.store.add(noted)
    desk.send()
    assert desk.item == noted

"""Commands about tickets."""

from base64 import b64encode
from datetime import timedelta

import pytest
from msgspec.structs import replace

from maildesk.desk.bodies import INLINE_BYTES
from maildesk.tickets.records import Message, OutboxItem, Person, Ticket
from maildesk.tickets.tokens import tokens_in
from tests.fakes import NOW
from tests.operating import OUTGOING, SUPPORT, MemoryDesk

ANNA = Person("Anna", "anna@example.com")
BEN = Person("Ben", "ben@example.com")
TICKET = Ticket(
    number=1,
    subject="Printer",
    requester=ANNA,
    collaborators=(BEN,),
    mailbox="support",
    thread=("first@example.com",),
    created_at=NOW,
    updated_at=NOW,
)
QUESTION = Message(
    ticket=1, id="0000", direction="in", author=ANNA, text="It prints no more.", message_id="first@example.com", created_at=NOW
)


@pytest.fixture
def desk() -> MemoryDesk:
    desk = MemoryDesk()
    desk.do("settings.apply", document={"desk": {"name": "Example"}, "mailboxes": [SUPPORT], "senders": [OUTGOING]})
    desk.store.add(TICKET, QUESTION)
    desk.clock.wait(minutes=1)
    return desk


def written(desk: MemoryDesk, entry: str) -> Message:
    return next(message for message in desk.store.all(Message) if message.id == entry)


def outgoing(desk: MemoryDesk) -> OutboxItem:
    [item] = desk.store.all(OutboxItem)
    return item


def test_a_reply_is_a_message_and_a_mail_to_everybody_on_the_ticket(desk):
    answer = desk.do("ticket.reply", ticket=1, author="Carla <carla@example.com>", text="Try again.")
    message, item = written(desk, answer["message"]), outgoing(desk)
    assert (message.direction, message.author, message.text) == ("out", Person("Carla", "carla@example.com"), "Try again.")
    assert (item.state, item.purpose, item.message, item.to, item.cc) == ("queued", "answer", message.id, (ANNA,), (BEN,))
    assert (item.subject, item.references) == ("Re: Printer", ("first@example.com",))


def test_an_answer_to_the_reply_will_find_the_ticket(desk):
    desk.do("ticket.reply", ticket=1, text="Try again.")
    item = outgoing(desk)
    [token] = tokens_in(desk.secrets.token_keys(), [item.message_id])
    assert (token.ticket, token.entry) == (1, item.id)
    assert desk.ticket().thread == ("first@example.com", item.message_id)
    assert written(desk, item.id).message_id == item.message_id


def test_an_answered_ticket_is_pending_unless_told_otherwise(desk):
    assert desk.do("ticket.reply", ticket=1, text="Try again.")["status"] == "pending"
    assert desk.do("ticket.reply", ticket=1, text="Done.", status="closed")["status"] == "closed"
    assert (desk.ticket().version, desk.ticket().updated_at) == (3, NOW + timedelta(minutes=1))


def test_without_an_author_the_desk_speaks(desk):
    answer = desk.do("ticket.reply", ticket=1, text="Try again.")
    assert written(desk, answer["message"]).author == Person("Example", "support@example.com")


def test_files_go_along(desk):
    files = [
        {"filename": "Wörter.txt", "content_base64": b64encode(b"words").decode()},
        {"filename": "x", "content_base64": "", "content_type": "image/png"},
        {"filename": "y", "content_base64": b64encode(b"?").decode()},
    ]
    answer = desk.do("ticket.reply", ticket=1, text="Look.", attachments=files)
    kept = written(desk, answer["message"]).attachments
    assert [(file.filename, file.content_type, file.size) for file in kept] == [
        ("Wörter.txt", "text/plain", 5),
        ("x", "image/png", 0),
        ("y", "application/octet-stream", 1),
    ]
    assert desk.bucket.objects[f"attachments/{kept[0].sha256}"] == b"words"


def test_a_long_reply_is_kept_whole(desk):
    text = "word " * INLINE_BYTES
    answer = desk.do("ticket.reply", ticket=1, text=text)
    assert len(written(desk, answer["message"]).text) < INLINE_BYTES
    assert desk.do("ticket.show", ticket=1)["entries"][1]["text"] == text


def test_a_reply_survives_others_who_change_the_ticket_at_the_same_moment(desk):
    desk.store.before_commit = lambda: desk.store.add(replace(TICKET, thread=("first@example.com", "second@example.com"), version=2))
    desk.do("ticket.reply", ticket=1, text="Try again.")
    assert outgoing(desk).references == ("first@example.com", "second@example.com")
    assert (desk.ticket().version, len(desk.store.all(Message))) == (3, 2)


def test_a_reply_gives_up_where_the_ticket_never_rests(desk, monkeypatch):
    monkeypatch.setattr(desk.store, "commit", lambda plans: [False])
    assert desk.asked("ticket.reply", ticket=1, text="Try again.")["error"]["message"] == "Others keep changing ticket 1."


def test_without_a_sender_nothing_can_be_answered(desk):
    desk.do("sender.delete", name="outgoing")
    error = desk.refused("ticket.reply", ticket=1, text="x" * 2 * INLINE_BYTES)
    assert (error["message"], error["try"]) == ("No sender is set up, so nothing can be sent.", "Add one with sender.put.")


def test_a_note_is_kept_and_never_sent(desk):
    answer = desk.do("ticket.note", ticket=1, author="carla@example.com", text="She called.")
    assert written(desk, answer["message"]).direction == "note"
    assert desk.store.all(OutboxItem) == []
    assert (desk.ticket().status, desk.ticket().version) == ("open", 2)


def test_a_ticket_is_given_to_an_agent_and_taken_back(desk):
    assert desk.do("ticket.assign", ticket=1, assignee="carla@example.com")["ticket"]["assignee"] == "carla@example.com"
    assert desk.do("ticket.assign", ticket=1, assignee=None)["ticket"]["assignee"] is None


def test_setting_what_is_set_changes_nothing(desk):
    desk.do("ticket.set_status", ticket=1, status="closed")
    assert desk.do("ticket.set_status", ticket=1, status="closed")["ticket"]["version"] == 2


def test_a_ticket_is_shown_with_all_its_entries_in_order(desk):
    desk.do("ticket.reply", ticket=1, author="carla@example.com", text="Try again.")
    desk.clock.wait(minutes=1)
    desk.do("ticket.note", ticket=1, text="She called.")
    shown = desk.do("ticket.show", ticket=1)
    assert shown["ticket"]["requester"] == {"name": "Anna", "address": "anna@example.com"}
    assert [(entry["entry"], entry.get("direction"), entry.get("state"), entry["text"]) for entry in shown["entries"]] == [
        ("message", "in", None, "It prints no more."),
        ("message", "out", None, "Try again."),
        ("mail", None, "queued", None),
        ("message", "note", None, "She called."),
    ]


def test_a_ticket_is_shown_though_a_body_is_gone(desk):
    desk.store.add(replace(QUESTION, body_key="bodies/gone.json"))
    [entry] = desk.do("ticket.show", ticket=1)["entries"]
    assert entry["text"] == "It prints no more."
    assert entry["problem"] == "The bucket no longer holds bodies/gone.json. This is how the text began."


@pytest.mark.parametrize("fields", [{}, {"text": "x"}, {"text": "x"}, {"assignee": None}, {"status": "open"}])
@pytest.mark.parametrize("command", ["show", "reply", "note", "assign", "set_status"])
def test_a_ticket_that_is_not_there(desk, command, fields):
    error = desk.refused(f"ticket.{command}", ticket=7, **fields)
    assert error["message"] == "There is no ticket 7." or error["field"] in {"text", "assignee", "status"}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"author": "nobody"}, "author"),
        ({"author": "Carla <carla>"}, "author"),
        ({"text": ""}, "text"),
        ({"ticket": "1"}, "ticket"),
        ({"status": "done"}, "status"),
        ({"attachments": [{"filename": "x", "content_base64": "%%%"}]}, "attachments.0.content_base64"),
        ({"attachments": [{"filename": "", "content_base64": ""}]}, "attachments.0.filename"),
        ({"attachments": [{"filename": "x", "content_base64": "", "content_type": "png"}]}, "attachments.0.content_type"),
    ],
)
def test_a_wrong_reply(desk, fields, field):
    assert desk.refused("ticket.reply", **{"ticket": 1, "text": "Try again."} | fields)["field"] == field


def test_a_list_goes_through_all_states_page_by_page(desk):
    for number, status in enumerate(("open", "closed", "pending", "open", "closed"), start=2):
        desk.store.add(replace(TICKET, number=number, status=status, updated_at=NOW + timedelta(hours=number)))
    seen, after = [], None
    while True:
        page = desk.do("ticket.list", limit=2, after=after)
        assert len(page["tickets"]) <= 2
        seen += [ticket["number"] for ticket in page["tickets"]]
        if (after := page["next"]) is None:
            break
    assert seen == [5, 2, 1, 4, 6, 3]


def test_a_list_of_one_status(desk):
    desk.store.add(replace(TICKET, number=2, status="closed"))
    assert [ticket["number"] for ticket in desk.do("ticket.list", status="closed")["tickets"]] == [2]


@pytest.mark.parametrize("after", ["nonsense", "bm9uc2Vuc2U=", "b3Blbjp4", "é"])
def test_a_place_that_is_none(desk, after):
    assert desk.refused("ticket.list", after=after)["field"] == "after"

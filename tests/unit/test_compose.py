"""A mail that leaves is right for other programs, and reads back as it was meant."""

from dataclasses import replace
from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.mail.compose import File, Outgoing, compose
from maildesk.mail.message import Address
from maildesk.mail.parse import parse
from maildesk.mail.quotes.marker import MARKER
from maildesk.mail.reply_text import split_reply
from tests.make import ANNA, BEN, NOW

PLAIN = Outgoing(
    sender=Address("Support", "help@desk.example"),
    reply_to=None,
    to=(ANNA,),
    cc=(),
    subject="Re: The printer is on fire",
    text="We are on our way.\n",
    date=NOW,
    message_id="md.7.1.c.aaaaaaaaaaaaaaaa@desk.example",
    references=(),
    automatic=None,
)


def composed(**changes):
    return compose(replace(PLAIN, **changes))


def read(**changes):
    return parse(composed(**changes))


def below_the_marker(mail):
    return mail.text.partition(")\n\n")[2]


def test_it_reads_back_as_it_was_meant():
    mail = read(cc=(BEN,), reply_to=Address("", "sales@desk.example"), references=("a@x.example", "b@x.example"))
    assert (mail.sender, mail.to, mail.cc, mail.reply_to[0].address) == (PLAIN.sender, (ANNA,), (BEN,), "sales@desk.example")
    assert (mail.subject, below_the_marker(mail), mail.date) == (PLAIN.subject, "We are on our way.\n", NOW)
    assert (mail.message_id, mail.references, mail.in_reply_to) == (PLAIN.message_id, ("a@x.example", "b@x.example"), ("b@x.example",))
    assert (mail.automatic, mail.problems) == (None, ())


def test_an_auto_response_says_that_nobody_wrote_it():
    """RFC 3834 §5."""
    mail = read(automatic="auto-replied")
    assert mail.header("Auto-Submitted") == "auto-replied"
    assert mail.automatic.kind == "auto-reply"


def test_a_message_id_longer_than_a_line_still_threads():
    long_ids = tuple(f"{letter * 90}@EURPRD04.PROD.OUTLOOK.EXAMPLE" for letter in "abc")
    raw = composed(references=long_ids)
    assert parse(raw).references == long_ids
    assert f"\r\nIn-Reply-To: <{long_ids[-1]}>\r\n".encode() in raw


def test_what_is_no_message_id_is_not_referred_to():
    odd = ("", "a b@x.example", "a\r\nBcc: e@x.example", "<a@x.example>", "\N{SNOWMAN}@x.example", "x" * 1000)
    assert read(references=(*odd, "good@x.example")).references == ("good@x.example",)
    assert b"References" not in composed(references=odd)


@pytest.mark.parametrize(
    "name",
    [
        "Anna",
        "Anna-Lena O'Neil",
        "Müller, Jörg",
        'Anna "the boss" B.',
        "back\\slash",
        "日本語の名前",
        "a@b.example <x@y.example>",
        "Support; Sales (EMEA): all",
        "ä" * 200,
        "long " * 30 + "name",
    ],
)
def test_any_display_name_reads_back(name):
    assert read(to=(Address(name, "anna@customer.example"), BEN)).to == (Address(name, "anna@customer.example"), BEN)


def test_a_name_that_looks_encoded_stays_as_it_is():
    raw = composed(to=(Address("=?utf-8?q?no?=", "anna@customer.example"),))
    assert message_from_bytes(raw, policy=policy.default)["To"].addresses[0].display_name == "=?utf-8?q?no?="


@pytest.mark.parametrize(
    "subject", ["Grüße aus Köln", "日" * 200, "long " * 60 + "end", "x" * 500, "=?utf-8?q?no?=", "", "100 % \N{ROCKET}"]
)
def test_any_subject_reads_back(subject):
    assert read(subject=subject).subject == subject


@pytest.mark.parametrize(
    ("stored", "written"),
    [
        ("anna@customer.example", "anna@customer.example"),
        ("a b@x.example", '"a b"@x.example'),
        ('"a b"@x.example', '"a b"@x.example'),
        ("a..b@x.example", '"a..b"@x.example'),
        ("a@b@x.example", '"a@b"@x.example'),
        ('quo"te@x.example', '"quo\\"te"@x.example'),
        ("j@bücher.example", "j@xn--bcher-kva.example"),
        ("jörg@bücher.example", "jörg@xn--bcher-kva.example"),
        ("x@[192.0.2.1]", "x@[192.0.2.1]"),
        ("x@a b<c>.example", "x@abc.example"),
        ("x@" + "a" * 300 + ".example", "x@" + "a" * 300 + ".example"),
        ("nowhere", '""@nowhere'),
    ],
)
def test_any_address_is_written_so_that_it_can_be_read(stored, written):
    assert f"\r\nTo: {written}\r\n" in composed(to=(Address("", stored),)).decode()


def test_without_any_address_there_is_still_a_to():
    assert b"\r\nTo: undisclosed-recipients:;\r\n" in composed(to=(Address("Nobody", ""),))


HOSTILE = "x\r\nBcc: all@victim.example\r\n\r\n<script>\x00\udcff\u2028\x85"


def test_nothing_starts_a_header_of_its_own():
    evil = Address(HOSTILE, f"a{HOSTILE}@{HOSTILE}")
    file = File(HOSTILE, f"text/plain; {HOSTILE}", b"x")
    raw = composed(sender=evil, reply_to=evil, to=(evil,), cc=(evil,), subject=HOSTILE, references=(HOSTILE,), files=(file,))
    message = message_from_bytes(raw, policy=policy.default)
    assert message["Bcc"] is None and message.get_body().get_content().endswith("\r\n\r\nWe are on our way.\r\n")


texts = st.text(max_size=200)


@given(st.fixed_dictionaries(dict.fromkeys(("name", "address", "subject", "text", "reference", "filename", "content_type"), texts)))
def test_it_never_raises_and_keeps_to_the_lines_of_a_mail(odd):
    people = (Address(odd["name"], odd["address"]), ANNA)
    file = File(odd["filename"], odd["content_type"], b"x")
    raw = composed(to=people, cc=people, subject=odd["subject"], text=odd["text"], references=(odd["reference"],), files=(file,))
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"") and b"\r" not in raw.replace(b"\r\n", b"")
    assert len(parse(raw).attachments) == 1


@given(text=st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"]), min_size=1, max_size=300))
def test_any_words_reach_the_customer_unchanged(text):
    message = message_from_bytes(composed(text=f"_{text}_"), policy=policy.default)
    assert message.get_body().get_content().endswith(f"\r\n\r\n_{text}_\r\n")


def test_long_lines_are_broken_for_the_way_and_whole_on_arrival():
    raw = composed(text="word " * 5000 + "end")
    assert max(map(len, raw.split(b"\r\n"))) <= 78
    assert below_the_marker(parse(raw)) == "word " * 5000 + "end\n"


def test_a_mail_is_ascii_unless_an_address_is_not():
    assert composed(subject="Grüße", text="Grüße", sender=Address("Grüße", "help@bücher.example")).isascii()
    assert not composed(to=(Address("", "jörg@x.example"),)).isascii()


def test_files_arrive_as_they_are():
    sent = (
        File("Übersicht 1.pdf", "application/pdf", b"%PDF\r\n\x00\xff"),
        File("mail.eml", "message/rfc822", b"Subject: x\r\n\r\ny"),
        File("notes.txt", "text/plain", b"a\nb\n"),
        File("a" * 100 + ".bin", "nonsense", b""),
    )
    got = read(files=sent).attachments
    assert [(file.filename, file.content) for file in got] == [(file.filename, file.content) for file in sent]
    assert [file.content_type for file in got] == ["application/pdf", "application/octet-stream", "text/plain", "application/octet-stream"]


def test_a_file_without_a_name_gets_one():
    assert read(files=(File("", "image/png", b"x"),)).attachments[0].filename == "attachment"


def test_on_top_stands_the_line_to_answer_above_with_its_token():
    assert read().text.splitlines()[0] == f"{MARKER} ({PLAIN.message_id.partition('@')[0]})"


def test_what_a_customer_quotes_of_it_is_not_taken_for_their_answer():
    quoted = "\n".join(f"> {line}" for line in read().text.splitlines())
    assert split_reply(f"Thanks, it works.\n\n{quoted}\n").shown.strip() == "Thanks, it works."

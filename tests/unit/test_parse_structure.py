"""Whatever a mail is put together from: `parse` answers, what was written is found again, and asking twice gives the same."""

from base64 import encodebytes

from hypothesis import given, settings
from hypothesis import strategies as st

from maildesk.mail import parse as reading
from maildesk.mail.__main__ import describe
from maildesk.mail.images import with_images_attached
from maildesk.mail.parse import parse

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cf", "Zs", "Zl", "Zp"]), min_size=1, max_size=20)
LINE_ENDS = st.sampled_from([b"\r\n", b"\n", b"\r"])
TYPES = st.sampled_from(
    ["text/plain", "text/html", "multipart/mixed", "multipart/alternative", "multipart/related", "multipart/digest", "multipart/signed",
     "message/rfc822", "text/calendar", "application/ms-tnef", "application/pkcs7-mime", "application/pdf", "text", "", "x/y; name*"]
)  # fmt: skip
ENCODINGS = st.sampled_from(["", "7bit", "base64", "quoted-printable", "x-uuencode", "8bit", "binary", "nonsense"])
CHARSETS = st.sampled_from(["utf-8", "us-ascii", "utf-7", "utf-16", "iso-2022-jp", "gb2312", "hz", "punycode", "no-such", ""])
NAMES = st.sampled_from(
    ["From", "To", "Cc", "Subject", "Date", "Message-ID", "References", "In-Reply-To", "Reply-To", "Content-ID", "X-Other"]
)

UNSAFE = set('/\\:*?"<>|\u202e') | {chr(code) for code in range(32)}


@st.composite
def parts(draw: st.DrawFn, depth: int = 3) -> bytes:
    """A part with wild headers; its children may or may not be separated by what it announces."""
    end, boundary = draw(LINE_ENDS), draw(st.sampled_from(["b", "bb", "a--", ""]))
    kind = draw(TYPES)
    head = f'Content-Type: {kind}; boundary="{boundary}"; charset="{draw(CHARSETS)}"; name="{draw(st.text(max_size=8))}"'
    fields = [head, f"Content-Transfer-Encoding: {draw(ENCODINGS)}"]
    fields += [f"{name}: {draw(st.text(max_size=30))}" for name in draw(st.lists(NAMES, max_size=4))]
    lines = [field.encode("utf-8", "replace") for field in fields] + [b""]
    for child in draw(st.lists(parts(depth - 1), max_size=3)) if depth else []:
        lines += [b"--" + draw(st.sampled_from([boundary, boundary, "c"])).encode(), child]
    lines += [draw(st.binary(max_size=60)), b"--" + boundary.encode() + b"--"]
    return end.join(lines)


@settings(deadline=None, max_examples=400)
@given(parts())
def test_no_structure_makes_reading_fail(raw: bytes):
    mail = reading._parse(raw)
    describe(mail)
    describe(with_images_attached(mail))


@settings(deadline=None, max_examples=400)
@given(st.binary(max_size=2000))
def test_no_bytes_make_reading_fail(raw: bytes):
    describe(reading._parse(raw))


@given(parts())
def test_the_same_bytes_read_the_same(raw: bytes):
    assert describe(parse(raw)) == describe(parse(raw))


@given(parts())
def test_names_of_files_are_safe_and_unique(raw: bytes):
    names = [attachment.filename for attachment in parse(raw).attachments]
    assert not any(set(name) & UNSAFE or name in ("", ".", "..") for name in names)
    assert len({name.lower() for name in names}) == len(names)


@given(st.lists(WORDS, min_size=1, max_size=5), st.binary(max_size=200), LINE_ENDS)
def test_what_was_written_is_found_again(words: list[str], data: bytes, end: bytes):
    text = " ".join(words)
    lines = [
        b"Subject: " + text.encode(), b"From: a@example.com", b"Content-Type: multipart/mixed; boundary=b_o_u_n_d", b"",
        b"--b_o_u_n_d", b"Content-Type: text/plain; charset=utf-8", b"Content-Transfer-Encoding: base64", b"", encodebytes(text.encode()),
        b"--b_o_u_n_d", b"Content-Type: application/octet-stream", b"Content-Transfer-Encoding: base64", b"", encodebytes(data),
        b"--b_o_u_n_d--", b"",
    ]  # fmt: skip
    mail = parse(end.join(lines))
    assert (mail.subject, mail.text) == (text, text)
    assert [attachment.content for attachment in mail.attachments] == [data]


def test_pictures_in_the_text_can_become_files():
    mail = parse(
        b"Content-Type: multipart/related; boundary=b\n\n--b\nContent-Type: text/html\n\n<p>x<img src='cid:a'><img src='https://example.org/'></p>\n"
        b"--b\nContent-Type: image/png; name=a.png\nContent-ID: <a>\n\nx\n--b--"
    )
    apart = with_images_attached(mail)
    assert mail.attachments[0].inline and not apart.attachments[0].inline
    assert apart.html == '<p>x<img data-remote-src="https://example.org/"></p>'


def test_of_an_endless_text_the_first_lines_are_decoded_in_the_charset_it_has():
    line = "Müller 😀 schreibt\r\n"
    mail = parse(b"From: a@x.example\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + (line * 600_000).encode())
    assert mail.text.startswith("Müller 😀 schreibt\nMüller") and len(mail.text) == 1_000_000
    assert [problem for problem in mail.problems if "charset" in problem or "utf" in problem] == []

"""Five million bytes of whatever is worst for each step, each in a process of its own with a time and memory cap."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

LAYER = Path(__file__).parents[2] / "layers" / "maildesk"
SIZE = 5_000_000
SECONDS = 10  # a cap against hanging: quadratic work on 5 MB takes hours
MEMORY = 1 << 30
MIXED = "Content-Type: multipart/mixed; boundary=b\n\n"
SIGNED = "Content-Type: application/pkcs7-mime; smime-type=signed-data\n\n"
HTML = "Content-Type: text/html\n\n"

HOSTILE = {
    # headers
    "one endless header": "Subject: " + "a" * SIZE,
    "folds": "Subject: a\n" + " b\n" * (SIZE // 3),
    "fields": "X: y\n" * (SIZE // 5),
    "lines without a colon": "x\n" * (SIZE // 2),
    "empty lines": "\n" * SIZE,
    "carriage returns": "\r" * SIZE,
    "spaces": " " * SIZE,
    "nul": "\0" * SIZE,
    "encoded words": "Subject: " + "=?utf-8?q?a?= " * (SIZE // 14),
    "encoded words begun": "Subject: " + "=?utf-8?q?" * (SIZE // 10),
    "equals question": "Subject: " + "=?" * (SIZE // 2),
    "addresses": "To: " + "a@example.org," * (SIZE // 14),
    "quotes": "To: " + '"' * SIZE,
    "escaped quotes": "To: " + '"' + '\\"' * (SIZE // 2),
    "quotes and backslashes": "To: " + '"\\' * (SIZE // 2),
    "open comments": "To: " + "(" * SIZE,
    "open angles": "To: " + "<" * SIZE,
    "at signs": "To: " + "@" * SIZE,
    "groups": "To: " + "a:b;" * (SIZE // 4),
    "references": "References: " + "<a@b> " * (SIZE // 6),
    "half references": "References: " + "<" * SIZE,
    "dates": "Date: " + "1 " * (SIZE // 2),
    "parameters": "Content-Type: text/plain" + "; a=b" * (SIZE // 5),
    "continuations": "Content-Type: text/plain" + "".join(f"; a*{n}*=b" for n in range(SIZE // 12)),
    "open parameter quotes": "Content-Type: text/plain; a=" + '"\\' * (SIZE // 2),
    "content types": "Content-Type: text/plain\n" * (SIZE // 25),
    # structure
    "parts": "Content-Type: multipart/mixed; boundary=b\n\n" + "--b\n\n" * (SIZE // 5),
    "nested parts": "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(SIZE // 60)),
    "delimiters that are none": "Content-Type: multipart/mixed; boundary=b\n\n" + "--b x\n" * (SIZE // 6),
    "spaces after delimiters": "Content-Type: multipart/mixed; boundary=b\n\n--b" + " " * SIZE,
    "dashes": "Content-Type: multipart/mixed; boundary=-\n\n" + "-" * SIZE,
    "announced elsewhere": "Content-Type: multipart/mixed; boundary=b\n\n" + "--c \n" * (SIZE // 5),
    "mails in mails": "Content-Type: message/rfc822\n\n" * (SIZE // 30),
    "a digest": "Content-Type: multipart/digest; boundary=b\n\n" + "--b\n\nSubject: x\n\n" * (SIZE // 17),
    "parts of junk and a header": MIXED + ("--b\n" + "x\n" * 1900 + "To: x\n\n") * (SIZE // 3820),
    "parts of odd bytes": MIXED + ("--b\n\n" + "\xe4\x81\xfe\xd3 " * 990) * (SIZE // 5000),
    "parts of odd headers": MIXED + ("--b\nX: " + "\xe4\x81\xfe\xd3 " * 990 + "\n\n") * (SIZE // 5000),
    "parts of html": MIXED + ("--b\nContent-Type: text/html\n\n" + "<div>" * 990) * (SIZE // 5000),
    "parts of words": MIXED + ("--b\nContent-Type: text/plain\n\n" + "begin 644 a\n" * 400) * (SIZE // 5000),
    "parts of calendars": MIXED + ("--b\nContent-Type: text/calendar\n\n" + "BEGIN:VEVENT\n" * 380) * (SIZE // 5000),
    "multiparts of nothing": MIXED + ("--b\nContent-Type: multipart/mixed; boundary=c\n\n" + "--a" + " " * 4900) * (SIZE // 5000),
    "boundaries that end in spaces": "Content-Type: multipart/mixed; boundary=c\n\n" + ("--a" + " " * 196 + "\n") * (SIZE // 200),
    # transfer encodings and charsets
    "padding": "Content-Transfer-Encoding: base64\n\n" + "=" * SIZE,
    "base64 runs": "Content-Transfer-Encoding: base64\n\n" + "YQ== " * (SIZE // 5),
    "quoted-printable": "Content-Transfer-Encoding: quoted-printable\n\n" + "=" * SIZE,
    "soft breaks": "Content-Transfer-Encoding: quoted-printable\n\n" + "= \t" * (SIZE // 3),
    "utf-7": "Content-Type: text/plain; charset=utf-7\n\n" + "+AGE" * (SIZE // 4),
    "escape sequences": "Content-Type: text/plain; charset=iso-2022-jp\n\n" + "\x1b$B" * (SIZE // 3),
    "hz": "Content-Type: text/plain; charset=hz-gb-2312\n\n" + "~{" * (SIZE // 2),
    "8-bit without a charset": "\n" + "\xe4\xf6\xfc " * (SIZE // 7),
    "flowed": "Content-Type: text/plain; format=flowed; delsp=yes\n\n" + "a \n" * (SIZE // 3),
    "flowed quotes": "Content-Type: text/plain; format=flowed\n\n" + ">" * SIZE,
    # files in text
    "begin lines": "\n" + "begin 644 a\n" * (SIZE // 12),
    "uuencode without an end": "\nbegin 644 a\n" + "M" * SIZE,
    "uuencoded lines": "\nbegin 644 a\n" + "#86)C\n" * (SIZE // 6) + "end\n",
    "yenc": "\n" + "=ybegin line=128 size=1 name=a\n=yend\n" * (SIZE // 37),
    "yenc escapes": "\n=ybegin line=128 size=1 name=a\n" + "=" * SIZE + "\n=yend\n",
    # calendars and winmail.dat
    "calendar lines": "Content-Type: text/calendar\n\nBEGIN:VEVENT\n" + "ATTENDEE;CN=a:mailto:a@b\n" * (SIZE // 25),
    "calendar quotes": "Content-Type: text/calendar\n\nBEGIN:VEVENT\n" + 'X;A="' * (SIZE // 5),
    "events": "Content-Type: text/calendar\n\n" + "BEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT\n" * (SIZE // 34),
    "winmail.dat": "Content-Type: application/ms-tnef\n\n\x78\x9f\x3e\x22\1\0" + "\2\2\x90\6\0\0\0\0\0\0\0" * (SIZE // 11),
    "winmail.dat zeros": "Content-Type: application/ms-tnef\n\n\x78\x9f\x3e\x22\1\0" + "\0" * SIZE,
    # signed mail
    "signed data without end": SIGNED + "0\x80" * (SIZE // 2),
    "signed data of zeros": SIGNED + "0\x84\0\x4c\x4b\x40" + "\0" * SIZE,
    "signed data of many": SIGNED + "0\x80" + "0\0" * (SIZE // 2),
    "clear signatures begun": "\n" + "-----BEGIN PGP SIGNED MESSAGE-----\n\n" * (SIZE // 36),
    "clear signatures not ended": "\n-----BEGIN PGP SIGNED MESSAGE-----\n\n" + "-----BEGIN PGP SIGNATURE-----\nx\n" * (SIZE // 32),
    "armour headers": "\n-----BEGIN PGP SIGNED MESSAGE-----\n" + "Hash: x\n" * (SIZE // 8),
    # HTML
    "nested divisions": HTML + "<div>" * (SIZE // 5),
    "nested tables": HTML + "<table><tr><td>" * (SIZE // 15),
    "nested formatting": HTML + "".join(f"<font size={n}>" for n in range(SIZE // 18)) + "<p>x",
    "formatting and paragraphs": HTML + "".join(f"<font size={n % 97}><p>" for n in range(SIZE // 18)),
    "text in tables": HTML + "<table>x" * (SIZE // 8),
    "nested lists": HTML + "<ul><li>" * (SIZE // 8),
    "quotations": HTML + "<blockquote>a<br>" * (SIZE // 17),
    "links": HTML + "<a href=https://example.org>" * (SIZE // 28),
    "attributes": HTML + "<p " + "".join(f"a{n} " for n in range(SIZE // 8)) + ">",
    "a style": HTML + '<p style="' + "color:red;" * (SIZE // 10) + '">',
    "colours": HTML + "<p style='color:" + "rgb(" * 500 + "'>" + "<p style='color:rgb(1,'>" * (SIZE // 24),
    "tags begun": HTML + "<a " * (SIZE // 3),
    "brackets": HTML + "<" * SIZE,
    "closing tags": HTML + "</div>" * (SIZE // 6),
    "comments begun": HTML + "<!--" * (SIZE // 4),
    "scripts begun": HTML + "<script>" * (SIZE // 8),
    "scripts half ended": HTML + "<script></script" * (SIZE // 16),
    "entities": HTML + "&amp;" * (SIZE // 5),
    "entities begun": HTML + "&" * SIZE,
    "pictures": HTML + "<img src='cid:a' alt=x>" * (SIZE // 23),
    "data pictures": HTML + "<img src='data:image/png;base64," + "A" * SIZE,
    "line feeds in html": HTML + "\n" * SIZE,
    # answers
    "quoted lines": "\n" + "> a\n" * (SIZE // 4),
    "one line": "\n" + "a " * (SIZE // 2),
    "colons": "\n" + ":" * SIZE,
    "on … wrote": "\n" + "On " * (SIZE // 3) + "wrote:",
    "from lines": "\n" + "From: a\n" * (SIZE // 8),
    "dashed lines": "\n" + "-" * SIZE,
    "underscores": "\n" + "_" * SIZE,
    "addresses in text": "From: MAILER-DAEMON\n\n" + "a@b.c " * (SIZE // 6),
    "a bounce of angles": "From: MAILER-DAEMON\n\n" + "<a@" * (SIZE // 3),
    "status lines": "Content-Type: multipart/report; boundary=b\n\n--b\n\nx\n--b\nContent-Type: message/delivery-status\n\n"
    + "Final-Recipient: rfc822; a@b\n\n" * (SIZE // 30),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_makes_reading_hang_or_swell(name: str):
    program = "import sys; from maildesk.mail.__main__ import describe, parse; describe(parse(sys.stdin.buffer.read()))"
    subprocess.run(
        [sys.executable, "-c", program],
        input=HOSTILE[name].encode("latin-1"),
        env={"PYTHONPATH": str(LAYER)},
        timeout=SECONDS,
        check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)),
    )

"""The mails the demo's desk sent, from run to run."""

from local.demo.mails_sent import Kept, MailsSent
from local.mail.smtp_receiver import ReceivedMail

GREETING = b"""\
To: Anna <Anna@example.net>
Subject: Re: Hello
Message-ID: <a@example.com>

marker (x)

Hello Anna,

it works.
"""


def test_what_one_run_took_the_next_run_still_has(tmp_path):
    first = Kept(tmp_path)
    first.append(ReceivedMail("desk@example.com", ("anna@example.net",), GREETING))
    second = MailsSent(Kept(tmp_path))
    assert [mail.gist for mail in second.to("anna@example.net")] == ["it works."]


def test_each_mail_is_new_once(tmp_path):
    kept = Kept(tmp_path)
    sent = MailsSent(kept)
    kept.append(ReceivedMail("desk@example.com", ("anna@example.net",), GREETING))
    assert [mail.message_id for mail in sent.new()] == ["a@example.com"]
    assert sent.new() == []

"""What the words and codes of mail systems mean for an address of ours."""

import pytest

from maildesk.mail.bouncing.fields import blocks
from maildesk.mail.bouncing.recipients import named, passage
from maildesk.mail.bouncing.statuses import meaning

GONE = [
    "550 5.1.1 The email account that you tried to reach does not exist.",
    "550 sorry, no mailbox here by that name (#5.1.1 - chkuser)",
    "550 Invalid recipient: <anna@example.org>",
    "551 User not local; please try another server",
    "550 Mailbox not found",
    "550 anna@example.org is not known at this site",
    "550 5.1.1 <anna@example.org>: Email address could not be found, or was misspelled",
    "554 delivery error: dd This user doesn't have a example.org account (anna@example.org) [0]",
    "550 Unrouteable address",
    "550 No such domain",
    "Host or domain name not found. Name service error for name=example.org type=A: Host not found",
    "556 5.1.10 Domain example.org does not accept mail (nullMX)",
    "550 5.4.310 DNS domain example.org does not exist",
    "551 5.1.6 anna@example.org is no longer valid here",
    "550 Empfänger unbekannt",
    "550 5.5.0 Adresse destinataire inconnue",
    "550 User unknown (in reply to RCPT TO command)",
    "User unknown",
]
STILL_THERE = [
    "552 5.2.2 Mailbox full",
    "552 mailbox for anna@example.org is full",
    "550 The account has exceeded his/her quota",
    "554 30 Sorry, this mailbox is disabled (554.30)",
    "550 5.2.1 The email account that you tried to reach is inactive",
    "450 4.2.0 <anna@example.org>: Recipient address rejected: Greylisted",
    "550 5.1.8 <support@desk.example.com>: Sender address rejected: Domain not found",
    "553 5.1.8 Domain of sender address support@desk.example.com does not exist",
    "450 4.7.1 <desk>: Helo command rejected: Host not found",
    "550-Verification failed for <support@desk.example.com> 550-No Such User Here 550 Sender verify failed",
    "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org",
    "550 5.1.1 recipient refused, 192.0.2.1 is on our blacklist",
    "554 5.7.1 <anna@example.org>: Relay access denied",
    "550 5.7.26 Unauthenticated email from desk.example.com is not accepted due to domain's DMARC policy",
    "552 5.3.4 Message size exceeds fixed limit",
    "421 4.4.2 Connection timed out",
    "Name service error for domain example.org: Host not found, try again",
    "550 Unknown user anna@example.org (in reply to end of DATA command)",
    "550 5.2.1 <anna@example.org>... User Unknown",
    "554 Transaction failed",
    "",
]


@pytest.mark.parametrize("words", GONE)
def test_an_address_that_does_not_exist_is_hard(words: str):
    assert meaning("", "failed", (words,)).hard


@pytest.mark.parametrize("words", STILL_THERE)
def test_any_other_failure_is_soft(words: str):
    assert not meaning("", "failed", (words,)).hard


@pytest.mark.parametrize(
    ("reported", "action", "words", "status"),
    [
        ("5.1.1", "failed", "554 5.7.1 other", "5.1.1"),
        ("5.0.0 (undefined)", "failed", "550 5.7.1 Access denied", "5.7.1"),
        ("5.0.0", "failed", "5.1.0 - Unknown address error 550-'5.2.2 Mailbox Full'", "5.2.2"),
        ("4.0.0", "failed", "554 Blocked", "4.0.0"),
        ("", "failed", "452 Out of storage", "4.2.2"),
        ("", "failed", "host mx [192.0.2.25] said: 550 no", "5.0.0"),
        ("", "failed", "message 4.16.55.1 sent by 5.0.1.7", "5.0.0"),
        ("", "delayed", "no route to host", "4.0.0"),
        ("", "delivered", "250 2.6.0 accepted", "2.6.0"),
        ("", "delivered", "user unknown", "2.0.0"),
        ("", "failed", "retry timeout exceeded", "4.4.7"),
        ("", "failed", "", "5.0.0"),
    ],
)
def test_the_status_is_the_most_telling_one(reported: str, action: str, words: str, status: str):
    assert meaning(reported, action, (words,)).status == status


def test_words_further_off_than_the_code_do_not_count():
    assert not meaning("5.7.1", "failed", ("550 5.7.1 no", "The address couldn't be found, or cannot receive mail")).hard


def test_recipients_stand_at_the_beginning_of_lines_before_anywhere_else():
    notice = "Your message to: carla@example.org\n\n<anna@example.org>:\nno such user\n  * ben@example.org, as well\n"
    assert named(notice) == ("anna@example.org", "ben@example.org")


def test_each_recipient_has_its_own_passage():
    notice = "<anna@example.org>:\nfull\n\n<ben@example.org>:\nunknown\n\nTranscript:\n552 <anna@example.org> over quota\n"
    both = ("anna@example.org", "ben@example.org")
    assert passage(notice, "anna@example.org", both) == "<anna@example.org>:\nfull\n\n552 <anna@example.org> over quota\n"
    assert passage(notice, "carla@example.org", both) == ""


def test_fields_are_unfolded_and_the_first_of_a_name_counts():
    text = "Status: 5.1.1\r\nDiagnostic-Code: smtp;\r\n 550 no\r\nStatus: 4.0.0\r\n \r\nAction: failed\r\n"
    assert blocks(text) == [{"status": "5.1.1", "diagnostic-code": "smtp; 550 no"}, {"action": "failed"}]

"""Is a mail proved to come from the domain of its From? Only by a trusted server's topmost word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.mail.authentication import Result, proof_of_origin, read_results
from maildesk.mail.parse import parse

MX = "mx.desk.example"


def proof(*results, sender="Ben <ben@desk.example>", trusted=(MX,), more=""):
    """Of a mail with these Authentication-Results, the topmost first."""
    head = "".join(f"Authentication-Results: {result}\r\n" for result in results)
    return proof_of_origin(parse(f"{head}From: {sender}\r\n{more}Subject: Hello\r\n\r\nHello\r\n".encode()), trusted)


# ---------------------------------------------------------------- what proves


@pytest.mark.parametrize(
    "result",
    [
        "mx.desk.example; dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=desk.example",
        "mx.desk.example; dkim=pass header.i=@desk.example header.s=s1 header.b=AbC=; spf=none smtp.helo=x.example",
        "mx.desk.example; dkim=fail header.d=desk.example; dkim=pass (2048-bit key) header.d=desk.example",
        "mx.desk.example; spf=pass (mx.desk.example: domain of ben@desk.example permits 192.0.2.1) smtp.mailfrom=ben@desk.example",
        "mx.desk.example 1; spf=pass smtp.mailfrom=desk.example",
        "MX.Desk.Example; DMARC=Pass header.from=Desk.Example",
        '"mx.desk.example"; dmarc/1=pass reason="good; enough" header.from=desk.example',
        "mx.desk.example; dmarc=bestguesspass action=none header.from=desk.example; dkim=pass header.d=desk.example",
    ],
)
def test_dmarc_or_dkim_or_spf_for_the_domain_of_from(result):
    assert proof(result).holds


def test_results_without_an_id_count_where_that_is_trusted_as_exchange_online_writes_them():
    result = "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=x.example; dkim=none; dmarc=pass action=none header.from=desk.example"
    assert proof(result, trusted=("none",)).holds
    assert not proof(result).holds


def test_the_reason_names_the_method_and_the_server():
    assert proof("mx.desk.example; dkim=pass header.d=desk.example").reason == "dkim=pass for desk.example, says mx.desk.example"


# ---------------------------------------------------------------- what does not


@pytest.mark.parametrize(
    "result",
    [
        "mx.desk.example; dmarc=fail header.from=desk.example; dkim=pass header.d=desk.example",
        "mx.desk.example; dmarc=pass header.from=stranger.example",
        "mx.desk.example; dmarc=pass",
        "mx.desk.example; dkim=pass header.d=stranger.example",
        "mx.desk.example; dkim=pass header.d=notdesk.example",
        "mx.desk.example; dkim=pass header.d=sub.desk.example",
        "mx.desk.example; spf=pass smtp.helo=desk.example",
        "mx.desk.example; spf=softfail smtp.mailfrom=ben@desk.example",
        "mx.desk.example; spf=pass smtp.mailfrom=desk.example@stranger.example",
        "mx.desk.example; arc=pass header.d=desk.example",
        "mx.desk.example; none",
        "mx.desk.example",
        "",
        ";",
    ],
)
def test_anything_else(result):
    assert not proof(result).holds


@pytest.mark.parametrize(
    "result",
    [
        'mx.desk.example; spf=pass smtp.mailfrom="x; dmarc=pass header.from=desk.example"@stranger.example',
        "mx.desk.example; spf=pass (x; dmarc=pass header.from=desk.example) smtp.mailfrom=x@stranger.example",
        "mx.desk.example; spf=pass (a (nested) ; dmarc=pass header.from=desk.example) smtp.mailfrom=x@stranger.example",
        'mx.desk.example; spf=pass (a "b) smtp.mailfrom=x@stranger.example; dmarc=fail (")',
        'mx.desk.example; spf=pass ("x); dmarc=pass header.from=desk.example; y=("@stranger.example) smtp.mailfrom=stranger.example',
        r"mx.desk.example; spf=pass (a\); dmarc=pass header.from=desk.example) smtp.mailfrom=x@stranger.example",
        "mx.desk.example; spf=pass smtp.mailfrom==?utf-8?q?x=3B_dmarc=3Dpass_header.from=3Ddesk.example?=@stranger.example",
        "mx.desk.example; spf=pass smtp.mailfrom=smtp.mailfrom=desk.example@stranger.example",
        "mx.desk.example; x=y (never closed; dmarc=pass header.from=desk.example",
        'mx.desk.example; x="never closed; dmarc=pass header.from=desk.example',
        "mx.desk.example) (; dmarc=pass header.from=desk.example",
        "mx.desk.example; dmarc=pass header.from=desk.example " + "x" * 30_000,
    ],
)
def test_what_a_sender_smuggles_into_a_result(result):
    assert not proof(result).holds


GOOD = f"{MX}; dmarc=pass header.from=desk.example"


def test_only_the_topmost_header_counts():
    assert proof(GOOD, f"{MX}; dmarc=fail header.from=desk.example").holds
    assert not proof(f"{MX}; dmarc=fail header.from=desk.example", GOOD).holds
    assert not proof(f"{MX}; spf=none", GOOD).holds


FROM_SES = "amazonses.com; spf=pass client-ip=192.0.2.1; dkim=pass header.i=@desk.example"


def by_ses(*header):
    """Of a mail that begins with these lines."""
    head = "".join(f"{line}\r\n" for line in header)
    return proof_of_origin(parse(f"{head}From: Ben <ben@desk.example>\r\n\r\nHello\r\n".encode()), ("amazonses.com",))


def test_amazon_ses_is_believed_above_its_own_mark():
    assert by_ses("Received: from x by y", f"Authentication-Results: {FROM_SES}", "X-SES-RECEIPT: AEFB", "Received: from z by x").holds


@pytest.mark.parametrize(
    "header",
    [
        (f"Authentication-Results: {FROM_SES}",),
        ("X-SES-RECEIPT: AEFB", f"Authentication-Results: {FROM_SES}"),
        ("X-SES-RECEIPT: AEFB", f"Authentication-Results: {FROM_SES}", "X-SES-RECEIPT: forged"),
    ],
)
def test_where_amazon_ses_found_nothing_out_what_a_sender_wrote_in_its_name_does_not_count(header):
    found = by_ses(*header)
    assert not found.holds and "do not stand above its own x-ses-receipt" in found.reason


def test_a_strangers_word_does_not_count_nor_what_stands_below_it():
    found = proof("mx.stranger.example; dmarc=pass header.from=desk.example", GOOD)
    assert not found.holds and "by mx.stranger.example, whose word is not trusted" in found.reason


def test_without_a_trusted_server_nothing_is_proved_and_it_says_what_to_set():
    found = proof(GOOD, trusted=())
    assert not found.holds and "`trusted_authserv_ids`" in found.reason


def test_a_server_that_says_nothing():
    assert proof().reason == "the server that took the mail says nothing about it"


@pytest.mark.parametrize("sender", ["ben@desk.example, mallory@stranger.example", "Ben <ben@desk.example>"])
def test_two_froms_prove_nothing(sender):
    assert not proof(GOOD, sender=sender, more="From: mallory@stranger.example\r\n").holds


# ---------------------------------------------------------------- reading


def test_a_header_is_read_with_its_properties():
    server, results = read_results("mx.example.com; spf=fail smtp.mailfrom=a@b.example smtp.helo=c (why); dkim=pass header.d=b.example")
    assert (server, results) == (
        "mx.example.com",
        (
            Result("spf", "fail", {"smtp.mailfrom": "a@b.example", "smtp.helo": "c"}),
            Result("dkim", "pass", {"header.d": "b.example"}),
        ),
    )


@given(st.text(st.sampled_from('ab=;"()\\ @.\n'), max_size=60))
def test_nothing_breaks_the_reader(value):
    read_results(value)
    assert not proof_of_origin(parse(b"From: ben@desk.example\r\n\r\n"), (MX,)).holds

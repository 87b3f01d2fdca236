"""Reply tokens: what we signed is known again in whatever state mail programs hand it back; nothing else is."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.tickets.tokens import Token, sign, tokens_in
from tests.make import KEYS

TICKET, ENTRY = 4711, "019cae5f00012ab34cd"
TOKEN = sign(KEYS, TICKET, ENTRY, "c")
VERIFIED = Token(TICKET, ENTRY, "c")

tickets = st.integers(1, 10**15 - 1)
entries = st.from_regex(r"[0-9a-z]{1,40}", fullmatch=True)


@given(ticket=tickets, entry=entries, role=st.sampled_from("ca"))
def test_what_was_signed_is_verified(ticket, entry, role):
    assert tokens_in(KEYS, [sign(KEYS, ticket, entry, role)]) == [Token(ticket, entry, role)]


@pytest.mark.parametrize(
    "text",
    [
        f"{TOKEN}@desk.example",
        f"<{TOKEN}@desk.example>",
        f"<{TOKEN.upper()}@DESK.EXAMPLE>",
        f"support+{TOKEN}@desk.example",
        f"before <{TOKEN}@desk.example> after",
        f"Your reference: {TOKEN}.",
    ],
)
def test_found_in(text):
    assert tokens_in(KEYS, [text]) == [VERIFIED]


def test_found_in_order_over_all_texts():
    other = sign(KEYS, 12, ENTRY, "a")
    assert [token.ticket for token in tokens_in(KEYS, [f"{other} {TOKEN}", "nothing", TOKEN])] == [12, TICKET, TICKET]


@pytest.mark.parametrize(
    "forged",
    [
        TOKEN.replace(str(TICKET), "4712"),
        TOKEN.replace(ENTRY, "019cae5f00012ab34ce"),
        TOKEN.replace(".c.", ".a."),
        TOKEN[:-1],
        TOKEN + "a",
        TOKEN.replace("md.4711", "md.04711"),
        sign((b"another key",), TICKET, ENTRY, "c"),
        "md.1.1.c." + "a" * 16,
        "md.1.1.c." + "\N{CYRILLIC SMALL LETTER A}" * 16,
        "md.\N{ARABIC-INDIC DIGIT ONE}.1.c." + "a" * 16,
        "",
    ],
)
def test_not_taken_for_ours(forged):
    assert tokens_in(KEYS, [forged]) == []


@given(position=st.integers(0, len(TOKEN) - 1), character=st.characters(codec="ascii"))
def test_no_character_may_differ_but_in_case(position, character):
    changed = TOKEN[:position] + character + TOKEN[position + 1 :]
    found = tokens_in(KEYS, [changed])
    assert found == ([VERIFIED] if changed.lower() == TOKEN else [])


def test_after_a_change_of_keys_the_old_tokens_still_hold_and_new_ones_are_signed_anew():
    rotated = (b"the new key", *KEYS)
    assert tokens_in(rotated, [TOKEN]) == [VERIFIED]
    assert sign(rotated, TICKET, ENTRY, "c") != TOKEN
    assert tokens_in((b"the new key",), [TOKEN]) == []


def test_a_token_carries_eighty_bits_and_fits_a_plus_address():
    """RFC 5321 §4.5.3.1.1: 64 octets before the @."""
    assert re.fullmatch(r"md\.4711\.\w+\.c\.[a-z2-7]{16}", TOKEN)
    assert len(f"support+{TOKEN}") <= 64


def test_only_the_beginning_of_a_hostile_text_is_read():
    assert tokens_in(KEYS, ["md." * 1_000_000 + TOKEN]) == []

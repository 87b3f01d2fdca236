"""The answer in a reply: shown apart from quotation and signature, and nothing is ever lost."""

from collections import Counter
from pathlib import Path
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.mail.quotes.marker import MARKER, MARKERS, find_marker
from maildesk.mail.reply_text import Split, split_reply

SAMPLES = Path(__file__).parents[2].parent / "shared" / "mails" / "replies"


def words(text: str) -> str:
    return " ".join(text.split())


def test_agrees_with_the_reference_set():
    names = [path.name for path in sorted((SAMPLES / "emails").glob("*.txt"))]
    if not names:
        pytest.skip(f"{SAMPLES} is not there")
    differing = [name for name in names if not agrees(name)]
    assert len(differing) <= len(names) * 0.05, differing


def agrees(name: str) -> bool:
    """An empty expectation means our fallback: the whole text."""
    text = (SAMPLES / "emails" / name).read_text("utf-8")
    expected = (SAMPLES / "trimmed" / name).read_text("utf-8")
    return words(split_reply(text).shown) == words(expected.strip() or text)


LINES = st.sampled_from(
    [
        "", "text", "> quoted", ">> deeper", "-- ", "Anna", "___________", "On 1 May 2020 at 10:00, Anna <anna@example.com> wrote:",
        "From: Anna <anna@example.com>", "Sent: 1 May 2020", "To: desk@example.com", "Subject: hello", MARKER, "Sent from my iPhone", "```",
        "-----Original Message-----", "This message is confidential and intended only for you.", "\u00a0", "Hi Anna,",
    ]
)  # fmt: skip


@given(st.lists(LINES, max_size=40).map("\n".join) | st.text())
def test_every_line_is_shown_or_folded(text: str):
    split = split_reply(text)
    assert filled_lines(split.shown) + filled_lines(split.folded) == filled_lines(text)
    assert bool(split.shown) == bool(text.strip())


def filled_lines(text: str) -> Counter[str]:
    return Counter(line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n") if line.strip())


@pytest.mark.parametrize("marker", MARKERS.values(), ids=MARKERS.keys())
@pytest.mark.parametrize("form", ["{}", "## {} ##", "> {}", ">> *{}*", "—— {} —— [a1b2c3]", "| {}"])
def test_the_marker_is_found_however_it_comes_back(marker: str, form: str):
    assert find_marker(["An answer.", "", form.format(marker), "below"]) == 2


def test_a_marker_wrapped_on_its_way_is_found():
    assert find_marker(["Done.", "> ## Please keep your", "> reply above this", "> line ##"]) == 1


def test_a_marker_in_a_sentence_is_no_marker():
    assert find_marker(["What does 'Please keep your reply above this line' mean?"]) is None


def test_a_quotation_in_an_unknown_language_ends_at_the_marker():
    text = f"Dankie!\n\nOp 1 Mei het Anna dit gesê:\n> {MARKER}\n> Hoe gaan dit?\n"
    assert split_reply(text).shown == "Dankie!"


DEVICE_LINES = [
    "Sent from my iPhone",
    "Von meinem iPhone gesendet",
    "Von unterwegs mit dem Smartphone gesendet",
    "Envoyé de mon iPhone",
    "Envoyé depuis l'application Mail Orange",
    "Envoyé à partir d’Outlook pour Android",
    "Enviado desde mi Huawei",
    "Enviado do meu iPhone",
    "Inviato dal mio Galaxy",
    "Verzonden vanaf mijn iPad",
    "Verstuurd vanaf mijn iPhone",
    "Skickat från min Samsung Galaxy",
    "Sendt fra min iPhone",
    "Lähetetty iPhonesta",
    "Odesláno z iPhonu",
    "Wysłane z iPhone'a",
    "iPhone-ról küldve",
    "Trimis de pe iPhone-ul meu",
    "Отправлено с iPhone",
    "Надіслано з iPhone",
    "iPhone'umdan gönderildi",
    "Στάλθηκε από το iPhone μου",
    "iPhoneから送信",
    "发自我的 iPhone",
    "從我的 iPhone 傳送",
    "나의 iPhone에서 보냄",
    "נשלח מה-iPhone שלי",
    "أُرسلت من الـ iPhone",
    "Get Outlook for Android<https://example.com>",
    "Outlook für iOS beziehen",
    "[Sent from Yahoo Mail on Android](https://example.com)",
    "<< sent from my galaxy >>",
    "Sent via BlackBerry from T-Mobile",
    "Diese Nachricht wurde mit mail.de Mail gesendet",
    "From my iPhone 6",
    "(envoyé de mon portable)",
    "Sent from Mail for Windows",
    "Gesendet von Mail für Windows",
    "Sent from Spike",
    "Sent with Shortwave",
    "Gesendet mit der GMX iPhone App",
    "Yahoo Mail: Search, Organize, Conquer",
    "Téléchargez Outlook pour Android",
    "Envoyé depuis Yahoo Mail pour iPhone",
]
NO_DEVICE_LINES = [
    "Mit meinem Handy kann ich das nicht öffnen.",
    "Von meinem iPhone aus geht es nicht.",
    "From my phone I cannot log in at all.",
    "Outlook für Windows zeigt nichts.",
    "Ich habe Ihnen gestern das Handy gesendet.",
    "Telefon dün gönderildi.",
    "从我的手机无法登录。",
    "Sent it twice from my phone.",
    "Sent my iPhone back.",
    "Das Handy wurde gesendet.",
]


@pytest.mark.parametrize("line", DEVICE_LINES)
def test_a_device_line_is_folded(line: str):
    assert split_reply(f"Yes.\n\n{line}") == Split(shown="Yes.", folded=line)


@pytest.mark.parametrize("line", NO_DEVICE_LINES)
def test_a_sentence_about_a_device_is_shown(line: str):
    assert split_reply(f"Hello.\n\n{line}").folded == ""


HANGS = 10  # seconds
HOSTILE = {
    "colons": ":\n" * 2_500_000,
    "one line": "On " * 1_700_000 + "wrote:",
    "quotes": "> " * 2_500_000,
    "quoted lines": ">\n" * 2_500_000,
    "addresses": "a@b." * 1_250_000,
    "dashes": "-" * 5_000_000,
    "spaced dashes": "- " * 2_500_000,
    "ruled words": "--" + " a" * 2_500_000,
    "labels": "From: a\n" * 600_000,
    "labels and blanks": "From: a\n\n" * 500_000,
    "many attributions": "On 1 May 2020 Anna <a@example.com>\nwrote:\n> a\n\nb\n" * 100_000,
    "disclaimers": "\n\nThis message is confidential" * 200_000,
    "half disclaimers": "\n\nthis message" + " is for " * 600_000,
    "dates": "1.1.2020 10:10 " * 340_000 + ":",
    "markers": (MARKER + "\n") * 130_000,
    "half markers": "a Please keep your reply above this\n" * 130_000,
    "fences": "```\n" * 1_250_000,
    "signatures": "text\n-- \n" * 600_000,
    "one label": "Cc: a\n" * 800_000,
    "one spaced label": "Cc: a\n\n" * 700_000,
    "labels on one line": "From: a To: b Cc: c\n" * 250_000,
    "words for wrote": ("wrote 2020 x@y " * 20 + "wrote:\n") * 15_000,
    "dates and colons": ("1.1.2020 " * 40 + ":\n") * 13_000,
    "device lines": ("Sent from " + "A" * 100 + "\n") * 45_000,
    "invisible": "\u200b\n" * 2_500_000,
    "spaces": " " * 5_000_000,
    "blank lines": "\n" * 5_000_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_does_not_hang(text: str):
    started = monotonic()
    assert split_reply(text).shown or not text.strip()
    assert monotonic() - started < HANGS

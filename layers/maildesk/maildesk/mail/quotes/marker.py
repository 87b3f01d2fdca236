"""The line in our outgoing mail below which an answer ends."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

MARKERS = {
    "en": "Please keep your reply above this line",
    "de": "Bitte antworten Sie oberhalb dieser Zeile",
    "fr": "Veuillez répondre au-dessus de cette ligne",
    "es": "Por favor, responda por encima de esta línea",
    "it": "Si prega di rispondere sopra questa riga",
    "pt": "Por favor, responda acima desta linha",
    "nl": "Gelieve boven deze regel te antwoorden",
    "pl": "Prosimy odpowiadać powyżej tej linii",
    "sv": "Svara gärna ovanför den här raden",
    "da": "Svar venligst over denne linje",
    "no": "Vennligst svar over denne linjen",
    "fi": "Kirjoita vastauksesi tämän rivin yläpuolelle",
    "cs": "Odpovídejte prosím nad tímto řádkem",
    "hu": "Kérjük, e sor felett válaszoljon",
    "ro": "Vă rugăm să răspundeți deasupra acestei linii",
    "ru": "Пожалуйста, пишите ответ выше этой строки",
    "uk": "Будь ласка, пишіть відповідь над цим рядком",
    "tr": "Lütfen yanıtınızı bu satırın üzerine yazın",
    "el": "Παρακαλούμε απαντήστε πάνω από αυτή τη γραμμή",
    "ja": "この行より上に返信してください",
    "zh": "请在此行上方回复",
    "ko": "이 줄 위에 답장해 주세요",
    "he": "נא להשיב מעל שורה זו",
    "ar": "يرجى الرد فوق هذا السطر",
}
MARKER = MARKERS["en"]
"""What stands on top of every mail we send."""

_OTHER_DESKS = (
    "Please type your reply above this line",
    "Please reply above this line",
    "Reply above this line",
    "Write your reply above this line",
    "Add your reply above this line",
    "Enter your reply above this line",
    "Bitte geben Sie Ihre Antwort über dieser Zeile ein",
)


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


_KEYS = tuple(_letters(sentence) for sentence in (*MARKERS.values(), *_OTHER_DESKS))


def find_marker(lines: Sequence[str]) -> int | None:
    """Index of the first line on which a marker begins; quoted, decorated, re-wrapped or followed by a token it is still found."""
    letters = [_letters(line) for line in lines]
    ends = list(accumulate(map(len, letters)))
    whole = "".join(letters)
    found = (_first_at_line_start(whole, key, ends) for key in _KEYS)
    return min((line for line in found if line is not None), default=None)


def _first_at_line_start(whole: str, key: str, ends: Sequence[int]) -> int | None:
    """Somebody writing *about* the marker has words in front of it; a marker has none."""
    starts = {0, *ends}
    position = whole.find(key)
    while position >= 0:
        if position in starts:
            return bisect_right(ends, position)
        position = whole.find(key, position + len(key))
    return None

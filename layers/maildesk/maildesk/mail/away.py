"""How vacation programmes name their answers, by language."""

import re

_NAMES = (
    r"automatic (?:reply|response|answer)", r"auto(?:mated)?[- ]?(?:reply|response|responder|answer)",
    r"out[- ]of[- ](?:the[- ])?office(?: (?:reply|autoreply|notice|alert))?",
    r"automatische (?:antwort|r(?:ü|ue)ckantwort)", r"abwesenheit(?:s(?:notiz|nachricht|meldung|benachrichtigung))?",
    r"réponse automatique", r"absence du bureau", r"absent du bureau", r"notification d'absence",
    r"respuesta automática", r"fuera de (?:la )?oficina", r"risposta automatica", r"fuori ufficio", r"fuori sede",
    r"resposta automática", r"fora do escritório", r"automatisch antwoord", r"afwezig(?:heid(?:sbericht|smelding)?)?",
    r"autosvar", r"automatiskt? svar", r"frånvaro(?:meddelande)?", r"fravær(?:smelding)?",
    r"automaattinen vastaus", r"poissaoloilmoitus", r"odpowiedź automatyczna", r"automatyczna odpowiedź", r"nieobecność",
    r"automatická odpove?ě?ď", r"nepřítomnost", r"automatikus válasz", r"házon kívül", r"răspuns automat",
    r"samodejni odgovor", r"automatski odgovor", r"αυτόματη απάντηση", r"автоматический ответ", r"автоответ",
    r"нет на работе", r"автоматична відповідь", r"автовідповідь", r"автоматичен отговор",
    r"otomatik (?:yanıt|cevap)", r"ofis dışında", r"מענה אוטומטי", r"תשובה אוטומטית", r"رد تلقائي",
    r"自動応答", r"自動返信", r"不在通知", r"不在のお知らせ", r"自动(?:答复|回复)", r"自動(?:回覆|答覆)",
    r"자동 (?:회신|응답)", r"부재중", r"trả lời tự động",
)  # fmt: skip
_AWAY = (*_NAMES, "on vacation", "on holiday", "im urlaub", "en vacances", "de vacaciones", "in ferie", "på semester", "op vakantie")

# A whole name, then a colon or nothing: `Automatic reply: Invoice` and `Abwesenheitsnotiz`, not `Out of office tomorrow?`.
AWAY_PREFIX = rf"^\s*(?:\[[^\]]{{1,40}}\]\s*)?(?:{'|'.join(_NAMES)})\s*(?:[:：]|$)"

# Anywhere, for mail already known as an automatic answer.
AWAY = re.compile("|".join(_AWAY), re.IGNORECASE)

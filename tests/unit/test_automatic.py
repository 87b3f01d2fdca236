"""Which mail no person wrote, and how that is told."""

import pytest

from maildesk.mail.automatic import classify
from maildesk.mail.message import Automatic, Bounce, BouncedRecipient


def told(
    subject: str = "Printer broken", content_type: str = "text/plain", bounce: Bounce | None = None, **headers: str
) -> Automatic | None:
    given = {name.replace("_", "-").lower(): value for name, value in headers.items()}
    return classify(lambda name: given.get(name.lower()), content_type, subject, bounce)


def kind(subject: str = "Printer broken", content_type: str = "text/plain", **headers: str) -> str | None:
    found = told(subject, content_type, **headers)
    return found and found.kind


def test_a_reason_names_header_and_value():
    found = told(Precedence="junk")
    assert found == Automatic("auto-generated", "Precedence: junk (bulk mail)")


def test_a_long_value_is_cut_in_the_reason():
    found = told(List_Id="x" * 5000)
    assert found
    assert len(found.reason) < 200


def test_a_bounce_says_whom_it_is_about():
    bounce = Bounce("a@b", (BouncedRecipient("anna@example.org", "5.1.1", "failed", hard=True),))
    found = told(bounce=bounce, Auto_Submitted="auto-replied")
    assert found == Automatic("bounce", "A mail system reports on a message of ours: anna@example.org failed (5.1.1)")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("no", None),
        (" No ", None),
        ("no; owner-email=x", None),
        ("", None),
        ("auto-replied", "auto-reply"),
        ("Auto-Replied (vacation)", "out-of-office"),
        ("auto-generated (failure)", "auto-generated"),
        ("auto-notified; owner-email=x", "auto-generated"),
        ("yes", "auto-generated"),
    ],
)
def test_auto_submitted_is_the_word_of_the_sender(value: str, expected: str | None):
    assert kind(Auto_Submitted=value) == expected


def test_auto_submitted_no_outweighs_practice_but_not_what_the_mail_is():
    assert kind(Auto_Submitted="no", Precedence="bulk") is None
    assert kind(Auto_Submitted="no", List_Id="<a.example.org>") == "mailing-list"
    assert kind(content_type="multipart/report; report-type=disposition-notification", Auto_Submitted="no") == "read-receipt"


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: Printer",
        "Out of Office AutoReply: Printer",
        "Abwesenheitsnotiz: Drucker",
        "Réponse automatique : Imprimante",
        "Respuesta automática: Impresora",
        "Risposta automatica: Stampante",
        "Resposta automática: Impressora",
        "Automatisch antwoord: Printer",
        "Automatiskt svar: Skrivare",
        "Odpowiedź automatyczna: Drukarka",
        "Automatická odpověď: Tiskárna",
        "Автоматический ответ: Принтер",
        "自動応答: プリンター",
        "自动答复: 打印机",
        "자동 회신: 프린터",
    ],
)
def test_a_vacation_notice_is_known_by_its_name_in_an_answer(subject: str):
    assert kind(subject, In_Reply_To="<a@desk.example.com>") == "out-of-office"
    assert kind(subject, X_Auto_Response_Suppress="All") == "out-of-office"
    assert kind(subject) is None


@pytest.mark.parametrize(
    "subject",
    [
        "Out of office tomorrow?",
        "Who is out of office",
        "Re: Automatic reply: Printer",
        "AW: Abwesenheitsnotiz: Drucker",
        "Automatic replying printer",
    ],
)
def test_people_write_of_absence_too(subject: str):
    assert kind(subject, In_Reply_To="<a@desk.example.com>") is None


def test_what_exchange_and_procmail_add_to_mail_of_people_proves_nothing():
    assert kind(X_Auto_Response_Suppress="DR, OOF, AutoReply", X_Loop="anna@example.org") is None


def test_a_contact_form_is_answered_where_a_person_stands_in_reply_to():
    assert kind(From="noreply@desk.example.com", Reply_To="Anna <anna@example.org>") is None
    assert kind(From="noreply@desk.example.com", Reply_To="no-reply@desk.example.com") == "auto-generated"
    assert kind(From="noreply@desk.example.com") == "auto-generated"


def test_a_name_that_sounds_like_no_reply_is_a_name():
    assert kind(From="Anna Noreplyer <anna@example.org>") is None


@pytest.mark.parametrize("value", ["first-class", "normal", "special-delivery", "listen"])
def test_other_precedences_mean_nothing(value: str):
    assert kind(Precedence=value) is None

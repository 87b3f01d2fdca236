"""`local/operate COMMAND name=value …`, and how a terminal shows the answer."""

import pytest

from local.answers import shown
from local.operate import request


def test_words_become_a_command():
    assert request(["ticket.reply", "ticket=1", "text=Hello there", "note=false"]) == {
        "command": "ticket.reply",
        "ticket": 1,
        "text": "Hello there",
        "note": False,
    }


def test_no_words_ask_for_help():
    assert request([]) == {"command": "help"}


def test_a_file_adds_its_fields(tmp_path):
    file = tmp_path / "mailbox.yaml"
    file.write_text("name: mine\nport: 993\n")
    assert request(["mailbox.put", f"@{file}", "port=1993"]) == {"command": "mailbox.put", "name": "mine", "port": 1993}


def test_a_word_without_a_value_is_refused():
    with pytest.raises(SystemExit, match="'ticket' is no field"):
        request(["ticket.show", "ticket"])


def test_a_refusal_is_shown_in_sentences():
    error = {"field": "port", "message": "Port 143 starts without TLS, but security is tls.", "try": "Set security to starttls."}
    assert shown({"ok": False, "error": error}).splitlines() == [
        "Refused: Port 143 starts without TLS, but security is tls.",
        "Field:   port",
        "Try:     Set security to starttls.",
    ]
    assert shown({"ok": False, "error": error | {"field": None, "try": None}}).splitlines() == [
        "Refused: Port 143 starts without TLS, but security is tls."
    ]


def test_a_desk_in_yaml_is_shown_as_it_is():
    assert shown({"ok": True, "yaml": "desk:\n  name: Support\n"}) == "desk:\n  name: Support\n"


def test_all_else_is_shown_as_json():
    assert shown({"ok": True, "queued": "support"}) == '{\n  "ok": true,\n  "queued": "support"\n}'

"""What POP3 servers answer when they refuse, in words for an operator. Response codes: RFC 2449 §8, RFC 3206."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from poplib import error_proto

from maildesk.connecting.bearer import TOKEN_REFUSED
from maildesk.connecting.servers import Advice, Doing, Failure, closed, network_failure, server_words
from maildesk.ports import GiveUp, TryAgain

SIGNING_IN = "signing in"

_CODES: dict[str, Advice] = {
    "AUTH": (GiveUp, "Check user and password."),
    "IN-USE": (TryAgain, "Another program holds the mailbox; if this goes on, close it there."),
    "LOGIN-DELAY": (TryAgain, "The server wants more time between two sign-ins: set poll_every_minutes higher."),
    "SYS/TEMP": (TryAgain, "The server has trouble of its own; if this goes on, ask its administrator."),
    "SYS/PERM": (GiveUp, "Ask the administrator of the mail server."),
}
_CODE = re.compile(r"\[([A-Z/-]+)\] ?")
_LOCKED = re.compile(r"\b(un)?(lock(ed)?|busy)\b", re.IGNORECASE)


@contextmanager
def pop3_failures(doing: Doing) -> Iterator[None]:
    # Without its cause: what the library says about a broken answer may hold mail text, and tracebacks end in logs.
    try:
        yield
    except OSError as error:
        raise network_failure(error, doing.server, str(doing)) from None
    except error_proto as error:
        raise _failure(said(error), doing) from None
    except ValueError:
        raise _not_pop3(doing) from None


def said(error: error_proto) -> str | None:
    """What the server refused with, behind its -ERR; empty where it ended the session, None where it speaks another protocol."""
    words = error.args[0]
    if words == "-ERR EOF":
        return ""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    return text.removeprefix("-ERR").strip() or "no reason given" if text.startswith("-ERR") else None


def _failure(words: str | None, doing: Doing) -> Failure:
    if words is None:
        return _not_pop3(doing)
    return _refusal(words, doing) if words else closed(doing.server, str(doing))


def _not_pop3(doing: Doing) -> Failure:
    if doing.what:
        return TryAgain(f"{doing.server} gave an answer that is not POP3 {doing}. If this goes on, look into the server's log.")
    return GiveUp(f"{doing.server} answers, but not as a POP3 server. Check host and port.")


def _refusal(words: str, doing: Doing) -> Failure:
    code = _CODE.match(words)
    signing_in = doing.what == SIGNING_IN
    kind, advice = _CODES.get(code[1] if code else "", _usual(words, signing_in))
    if doing.by_token:
        advice = advice.replace("Check user and password.", TOKEN_REFUSED)
    what = f"does not let {doing.user} sign in" if signing_in else f"refused {doing}".rstrip()
    return kind(f'{doing.server} {what}: "{server_words(words[code.end() :] if code else words, doing.password).rstrip(".")}". {advice}')


def _usual(words: str, signing_in: bool) -> Advice:
    """Where the server gives no code."""
    if _LOCKED.search(words):
        return _CODES["IN-USE"]
    return _CODES["AUTH"] if signing_in else (TryAgain, "Look into the server's log.")

"""What IMAP servers answer when they refuse, in words for an operator. Response codes: RFC 5530, RFC 9051 §7.1."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from imapclient.exceptions import (  # type: ignore[import-untyped]
    CapabilityError,
    IMAPClientAbortError,
    IMAPClientError,
    IMAPClientReadOnlyError,
    LoginError,
    ProtocolError,
)

from maildesk.connecting.bearer import TOKEN_REFUSED
from maildesk.connecting.servers import Advice, Doing, Failure, closed, network_failure, server_words
from maildesk.ports import GiveUp, TryAgain

_CODES: dict[str, Advice] = {
    "AUTHENTICATIONFAILED": (GiveUp, "Check user and password."),
    "AUTHORIZATIONFAILED": (GiveUp, "Check that this user may open this mailbox."),
    "EXPIRED": (GiveUp, "The password has expired: set a new one there, then here."),
    "PRIVACYREQUIRED": (GiveUp, "Set security to tls or starttls."),
    "CONTACTADMIN": (GiveUp, "Ask the administrator of the mail server."),
    "NOPERM": (GiveUp, "The user needs the right to do this."),
    "CANNOT": (GiveUp, "The server never does this: choose another folder name."),
    "NONEXISTENT": (GiveUp, "Check the name of the folder."),
    "OVERQUOTA": (GiveUp, "The mailbox is full: delete mails, or raise its quota."),
    "UNAVAILABLE": (TryAgain, "The server has trouble of its own; if this goes on, ask its administrator."),
    "INUSE": (TryAgain, "Another program holds the mailbox; if this goes on, close it there."),
    "LIMIT": (TryAgain, "The server limits this; if this goes on, poll less often."),
    "SERVERBUG": (TryAgain, "The server has trouble of its own; if this goes on, ask its administrator."),
    "EXPUNGEISSUED": (TryAgain, "Another program deletes mails at the same time."),
}
_SETTINGS_TO_CHANGE: tuple[tuple[type[Exception], str], ...] = (
    (CapabilityError, "{server} does not offer STARTTLS. Set security to tls, with its port, or to none."),
    (UnicodeEncodeError, "{server} takes only plain letters in user and password (no AUTH=PLAIN). Choose others there, then here."),
    (IMAPClientReadOnlyError, "{server} lets {user} read mails, not move or delete them. Grant that right, or set after_fetch to keep."),
)
_CODE = re.compile(r"\[([A-Z-]+)(?: [^\]]*)?\] ?")
_SAID = re.compile(r"""b(['"])(.*)\1\]?$""", re.DOTALL)
_COMMAND = re.compile(r"^(\* BYE |command: \w+ => )")
_NOT_SAID = re.compile(r"^(command: \w+ => )?(socket error|unexpected|got more than|server not IMAP4|no CAPABILITY|None$)")


@contextmanager
def imap_failures(doing: Doing) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise network_failure(error, doing.server, str(doing)) from None
    except (IMAPClientError, ValueError) as error:
        # Without its cause: what the library says about a broken answer may hold mail text, and tracebacks end in logs.
        raise _failure(_before_renaming(error), doing) from None


def was_refused(error: IMAPClientError) -> bool:
    """This command failed, and the connection stands: the server said NO or BAD, or answered in a way nobody can read."""
    return not isinstance(error, IMAPClientAbortError) and not _NOT_SAID.search(str(error))


def _before_renaming(error: Exception) -> Exception:
    """The library calls all that happens during sign-in a LoginError, an ended connection too."""
    first = error.__context__
    return first if isinstance(error, LoginError) and isinstance(first, IMAPClientAbortError) else error


def _failure(error: Exception, doing: Doing) -> Failure:
    for kind, sentence in _SETTINGS_TO_CHANGE:
        if isinstance(error, kind):
            return GiveUp(sentence.format(server=doing.server, user=doing.user))
    if "socket error" in str(error):
        return closed(doing.server, str(doing))
    if isinstance(error, ProtocolError | ValueError) or _NOT_SAID.search(str(error)):
        return _not_imap(doing)
    if isinstance(error, IMAPClientAbortError) or str(error).startswith(("b'* BYE", 'b"* BYE')):
        return _ended(error, doing)
    return _refusal(error, doing)


def _not_imap(doing: Doing) -> Failure:
    if doing.what:
        return TryAgain(f"{doing.server} gave an answer that is not IMAP {doing}. If this goes on, look into the server's log.")
    return GiveUp(f"{doing.server} answers, but not as an IMAP server. Check host and port.")


def _ended(error: Exception, doing: Doing) -> Failure:
    _, words = _code_and_words(error, doing)
    return TryAgain(f'{doing.server} ended the connection{_space(doing)}: "{words}".')


def _refusal(error: Exception, doing: Doing) -> Failure:
    code, words = _code_and_words(error, doing)
    default = (GiveUp, "Check user and password.") if isinstance(error, LoginError) else (TryAgain, "Look into the server's log.")
    kind, advice = _CODES.get(code, default)
    if doing.by_token:
        advice = advice.replace("Check user and password.", TOKEN_REFUSED)
    what = f"does not let {doing.user} sign in" if isinstance(error, LoginError) else f"refused{_space(doing)}"
    return kind(f'{doing.server} {what}: "{words}". {advice}')


def _code_and_words(error: Exception, doing: Doing) -> tuple[str, str]:
    text = str(error).partition(" failed: ")[2] or str(error)
    said = _SAID.search(text)
    text = _COMMAND.sub("", said[2] if said else text)
    code = _CODE.match(text)
    words = server_words(text[code.end() :] if code else text, doing.password)
    return (code[1] if code else ""), words.rstrip(".")


def _space(doing: Doing) -> str:
    return f" {doing}" if str(doing) else ""

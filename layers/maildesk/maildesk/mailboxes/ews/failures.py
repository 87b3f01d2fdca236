"""What Exchange servers answer when they refuse, in words for an operator.
https://learn.microsoft.com/exchange/client-developer/web-service-reference/responsecode"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from xml.sax import SAXException

import requests
from exchangelib import errors
from exchangelib.errors import EWSError
from exchangelib.util import is_xml
from spnego.exceptions import SpnegoError
from urllib3.exceptions import HTTPError

from maildesk.connecting.exchange import pause, retry_after
from maildesk.connecting.servers import Advice, Doing, Failure, server_words
from maildesk.connecting.web import causes, web_failure
from maildesk.ports import GiveUp, TryAgain

_NO_RIGHT = (GiveUp, "Check address, and that the user has full access to this mailbox.")
_ITS_OWN_TROUBLE = (TryAgain, "The server has trouble of its own; if this goes on, ask its administrator.")
_CODES: dict[str, Advice] = {
    "ErrorAccessDenied": _NO_RIGHT,
    "ErrorItemNotFound": _NO_RIGHT,  # what Exchange says of all that one may not see
    "ErrorFolderNotFound": _NO_RIGHT,
    "ErrorNonExistentMailbox": (GiveUp, "Check address: it must be the primary address of a mailbox on this server."),
    "ErrorMissingEmailAddress": (GiveUp, "The user has no mailbox; check address."),
    "ErrorQuotaExceeded": (GiveUp, "The mailbox is full: delete mails, or raise its quota."),
    "ErrorAccountDisabled": (GiveUp, "The account is disabled: ask the administrator of the server."),
    "ErrorPasswordExpired": (GiveUp, "The password has expired: set a new one there, then here."),
    "ErrorPasswordChangeRequired": (GiveUp, "The password must be changed: set a new one there, then here."),
    "ErrorMailboxMoveInProgress": (TryAgain, "The mailbox is being moved; it will be back."),
    "ErrorExceededConnectionCount": (TryAgain, "Other programs of this user hold too many connections."),
}
_STATUSES: dict[int, Advice] = {
    401: (GiveUp, "{server} does not let {user} sign in. Check user (DOMAIN\\user, or a user principal name) and password."),
    403: (GiveUp, "{server} forbids {user} Exchange Web Services (HTTP 403). Ask its administrator to allow EWS for this user."),
    404: (GiveUp, "{server} answers, but not as Exchange Web Services (HTTP 404). Check host and port."),
    449: (GiveUp, "{server} wants something of {user} first (HTTP 449): sign in once by Outlook on the web."),
}
_BUSY = {429, 503}
_BROKEN_NTLM = (PermissionError, SpnegoError, struct.error)


@contextmanager
def ews_failures(doing: Doing) -> Iterator[None]:
    """Without the cause: what the library says may hold mail text."""
    try:
        yield
    except _BROKEN_NTLM:
        raise GiveUp(f"{doing.server} does not let {doing.user} sign in: it broke off NTLM. Check user and password.") from None
    except (EWSError, OSError, HTTPError) as error:
        raise _failure(error, doing) from None
    except (
        ArithmeticError,
        AttributeError,
        LookupError,
        SAXException,
        TypeError,
        ValueError,
    ):  # an answer that lacks what the library and we look for
        raise _not_ews(doing) from None


def against_status(response: requests.Response, doing: Doing) -> Failure | None:
    """None for an answer worth reading: also a SOAP fault comes with status 500."""
    status = response.status_code
    if status == requests.codes.ok or (status == requests.codes.server_error and is_xml(response.content)):
        return None
    if status in _STATUSES:
        kind, sentence = _STATUSES[status]
        return kind(sentence.format(server=doing.server, user=doing.user))
    if status in _BUSY:
        return TryAgain(f"{doing.server} is busy (HTTP {status}).", retry_after(response))
    if response.is_redirect:
        elsewhere = server_words(response.headers["Location"].partition("?")[0], doing.password)
        return GiveUp(f"{doing.server} sends Exchange Web Services elsewhere, to {elsewhere}. Check host.")
    if status >= requests.codes.server_error:
        return TryAgain(f"{doing.server} failed (HTTP {status}). If this goes on, look into the server's log.")
    return GiveUp(f"{doing.server} answers, but not as Exchange Web Services (HTTP {status}). Check host and port.")


def _failure(error: Exception, doing: Doing) -> Failure:
    if any(isinstance(one, OSError | HTTPError) for one in causes(error)):
        return web_failure(error, doing.server, str(doing))
    code = type(error).__name__
    if isinstance(error, errors.ErrorServerBusy):
        return TryAgain(f"{doing.server} is busy{_space(doing)}.", pause(error.back_off))
    if not code.startswith("Error"):
        return _not_ews(doing)
    kind, advice = _CODES.get(code, _ITS_OWN_TROUBLE)
    words = server_words(str(error), doing.password).rstrip(".")
    return kind(f'{doing.server} refused{_space(doing)}: "{code}: {words}". {advice}')


def _not_ews(doing: Doing) -> Failure:
    return TryAgain(
        f"{doing.server} gave an answer that is not Exchange Web Services{_space(doing)}. If this goes on, check host and port."
    )


def _space(doing: Doing) -> str:
    return f" {doing}" if str(doing) else ""

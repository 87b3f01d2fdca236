"""What SMTP servers answer when they refuse, in words for an operator. 4yz may pass, 5yz stays (RFC 5321 §4.2.1)."""

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from maildesk.connecting.servers import Failure, Server, closed, network_failure, server_words
from maildesk.ports import GiveUp, TryAgain


@dataclass(frozen=True, slots=True)
class Answer:
    code: int
    words: bytes | str

    def __str__(self) -> str:
        return f"{self.code} {server_words(self.words)}"

    def failure(self, what: str, advice: str = "") -> Failure:
        kind = TryAgain if is_temporary(self.code) else GiveUp
        return kind(f'{what}: "{self}".' + (f" {advice}" if advice and kind is GiveUp else ""))


def is_temporary(code: int) -> bool:
    """Everything but a clear no: answers nobody understands are worth another try."""
    return not str(code).startswith("5")


@contextmanager
def smtp_failures(server: Server, doing: str = "") -> Iterator[None]:
    """`doing` as in "while a mail was sent"; empty while connecting."""
    try:
        yield
    except OSError as error:
        # Without its cause: a library's message may hold what was sent, and tracebacks end in logs.
        raise _failure(error, server, doing) from None
    except ValueError:
        raise GiveUp(f"{server} cannot be told a name, password or address with such characters {doing}. Choose another.") from None


def _failure(error: OSError, server: Server, doing: str) -> Failure:
    match error:
        case smtplib.SMTPServerDisconnected():
            return network_failure(TimeoutError(), server, doing) if "timed out" in str(error) else closed(server, doing)
        case smtplib.SMTPNotSupportedError():
            return GiveUp(f"{server} takes no addresses beyond ASCII (SMTPUTF8). Use another sender for them.")
        case smtplib.SMTPResponseException(smtp_code=-1) if not doing:
            return GiveUp(f"{server} answers, but not as an SMTP server. Check host and port.")
        case smtplib.SMTPResponseException():
            return Answer(error.smtp_code, error.smtp_error).failure(f"{server} refused {doing or 'the connection'}")
        case smtplib.SMTPException():
            return GiveUp(f"{server} offers no way to sign in that Maildesk knows. Ask its administrator for another port.")
    return network_failure(error, server, doing)

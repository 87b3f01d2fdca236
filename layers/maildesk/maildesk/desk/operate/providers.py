"""Where the mail of well-known providers is, and what a newcomer there must know. All of them speak on the usual ports."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from maildesk.settings import MailboxSettings, Sender

_ONE_FOR_APPS = "It takes no password of a person: make an app password in the account's security settings, and give that."


class Hosts(Struct, frozen=True):
    imap: str
    pop3: str | None
    smtp: str
    advice: str


PROVIDERS = {
    "gmail": Hosts("imap.gmail.com", "pop.gmail.com", "smtp.gmail.com", _ONE_FOR_APPS),
    "microsoft365": Hosts(
        "outlook.office365.com", "outlook.office365.com", "smtp.office365.com", "It takes no passwords: set auth to kind microsoft."
    ),
    "yahoo": Hosts("imap.mail.yahoo.com", "pop.mail.yahoo.com", "smtp.mail.yahoo.com", _ONE_FOR_APPS),
    "fastmail": Hosts("imap.fastmail.com", "pop.fastmail.com", "smtp.fastmail.com", _ONE_FOR_APPS),
    "icloud": Hosts("imap.mail.me.com", None, "smtp.mail.me.com", _ONE_FOR_APPS),
    "zoho": Hosts("imap.zoho.com", "pop.zoho.com", "smtp.zoho.com", "IMAP or POP must be switched on in the account's mail settings."),
    "ionos": Hosts("imap.ionos.com", "pop.ionos.com", "smtp.ionos.com", "The user is the whole address."),
}
Provider = Annotated[
    Literal["gmail", "microsoft365", "yahoo", "fastmail", "icloud", "zoho", "ionos"] | None,
    Meta(description=f"one of {', '.join(PROVIDERS)}: fills in host where that is not given; it is not stored"),
]


def advice(account: MailboxSettings | Sender) -> str:
    """What to know about signing in with a password there; empty for a host of nobody's."""
    if account.auth != "password" or not account.host:
        return ""
    return next((known.advice for known in PROVIDERS.values() if account.host in (known.imap, known.pop3, known.smtp)), "")

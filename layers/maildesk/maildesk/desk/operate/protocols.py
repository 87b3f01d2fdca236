"""What a mailbox's protocol cannot do is refused when it is stored, not when it is polled."""

from collections.abc import Iterator

from maildesk.desk.operate.errors import Refused
from maildesk.desk.operate.hosts import wrong_port
from maildesk.settings import PORTS, Mailbox


def against_protocol(mailbox: Mailbox) -> Iterator[Refused]:
    tls, starttls = PORTS[mailbox.protocol]
    yield from wrong_port(mailbox.port, mailbox.security, tls, starttls)
    if mailbox.protocol == "pop3":
        yield from _against_pop3(mailbox)


def _against_pop3(mailbox: Mailbox) -> Iterator[Refused]:
    if mailbox.after_fetch == "move":
        hint = "Set after_fetch to keep or delete, or protocol to imap."
        yield Refused("after_fetch", "POP3 knows no folders, so mails cannot be moved.", hint)
    if mailbox.folder != "INBOX":
        hint = "Leave folder out, or set protocol to imap."
        yield Refused("folder", f"POP3 knows no folders, so {mailbox.folder} cannot be read.", hint)

"""What a mailbox's protocol cannot do is refused when it is stored, not when it is polled."""

from collections.abc import Iterator

from maildesk.desk.operate.errors import Refused
from maildesk.desk.operate.hosts import wrong_port
from maildesk.desk.operate.signing_in import kind_of
from maildesk.settings import PORTS, Mailbox


def against_protocol(mailbox: Mailbox) -> Iterator[Refused]:
    tls, starttls = PORTS[mailbox.protocol]
    yield from wrong_port(mailbox.port, mailbox.security, tls, starttls)
    if mailbox.protocol == "pop3":
        yield from _against_pop3(mailbox)
    if mailbox.protocol == "graph":
        yield from _against_graph(mailbox)
    if mailbox.after_fetch == "move" and mailbox.archive_folder in {one.folder for one in mailbox.each_folder}:
        hint = "Choose an archive_folder that is not read."
        yield Refused("archive_folder", f"Mails moved to {mailbox.archive_folder} would be read there again.", hint)


def _against_pop3(mailbox: Mailbox) -> Iterator[Refused]:
    if mailbox.after_fetch == "move":
        hint = "Set after_fetch to keep or delete, or protocol to imap."
        yield Refused("after_fetch", "POP3 knows no folders, so mails cannot be moved.", hint)
    for field, folder in (("folder", mailbox.folder), *(("folders", folder) for folder in mailbox.folders)):
        if folder != "INBOX":
            hint = f"Leave {field} out, or set protocol to imap."
            yield Refused(field, f"POP3 knows no folders, so {folder} cannot be read.", hint)


def _against_graph(mailbox: Mailbox) -> Iterator[Refused]:
    if mailbox.security != "tls":
        yield Refused("security", "Microsoft Graph speaks TLS only.", "Set security to tls.")
    if mailbox.auth == "password" or kind_of(mailbox.auth) != "microsoft":
        yield Refused("auth", "Microsoft Graph takes no password.", "Set auth to an object with kind microsoft.")

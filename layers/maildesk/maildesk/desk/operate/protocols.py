"""What a mailbox's protocol cannot do is refused when it is stored, not when it is polled."""

from collections.abc import Iterator

from maildesk.desk.operate.errors import Refused
from maildesk.desk.operate.hosts import wrong_port
from maildesk.desk.operate.signing_in import kind_of
from maildesk.settings import PORTS, Mailbox, MailboxSettings, Settings


def against_protocol(mailbox: MailboxSettings, settings: Settings) -> Iterator[Refused]:
    """What the desk's defaults say counts for a mailbox that is polled; to one that is not it means nothing."""
    yield from against_ses(mailbox) if mailbox.pushed else _against_polled(settings.in_effect(mailbox))


_OF_POLLS = (
    *("host", "port", "security", "verify_tls", "user", "auth", "timeout_ms", "batch_size", "poll_every_minutes"),
    *("folder", "folders", "only_unread", "not_before", "after_fetch", "archive_folder"),
)


def against_ses(mailbox: MailboxSettings) -> Iterator[Refused]:
    """Refuses what only a mailbox that is polled can do."""
    if not mailbox.active:
        hint = f"Take {mailbox.address} off ReceivingAddresses of the stack, or make the mailbox one of another protocol."
        yield Refused("active", "Amazon SES goes on handing mail over, and it would have nowhere to wait.", hint)
    plain = Mailbox(name=mailbox.name, address=mailbox.address)
    for field in _OF_POLLS:
        if getattr(mailbox, field) not in (None, getattr(plain, field)):
            why = f"Amazon SES hands mail over as it comes: nobody signs in or fetches, so {field} would have no effect."
            yield Refused(field, why, f"Leave {field} out, or set protocol to imap.")


def _against_polled(mailbox: Mailbox) -> Iterator[Refused]:
    if not mailbox.host:
        hint = "Add the name of the mail server, or a provider."
        yield Refused("host", f"host is missing: a mailbox of protocol {mailbox.protocol} needs one.", hint)
    tls, starttls = PORTS[mailbox.protocol]
    yield from wrong_port(mailbox.port, mailbox.security, tls, starttls)
    if mailbox.protocol == "pop3":
        yield from _against_pop3(mailbox)
    if mailbox.protocol == "graph":
        yield from _against_graph(mailbox)
    if mailbox.protocol == "ews":
        yield from _against_ews(mailbox)
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


def _against_ews(mailbox: Mailbox) -> Iterator[Refused]:
    if mailbox.host and mailbox.host.lower() in _EXCHANGE_ONLINE:
        hint = "Set protocol to graph, and host to graph.microsoft.com."
        yield Refused("protocol", "Exchange Online is not read by Exchange Web Services.", hint)
    if mailbox.security != "tls":
        yield Refused("security", "Exchange Web Services are reached by TLS only.", "Set security to tls.")
    if mailbox.auth != "password":
        hint = "Leave auth out, or set protocol to graph."
        yield Refused("auth", "An Exchange server of one's own is opened by user and password.", hint)


_EXCHANGE_ONLINE = {"outlook.office365.com", "outlook.office.com", "graph.microsoft.com"}

"""The connection test of an IMAP mailbox, one line per step."""

from collections.abc import Callable, Iterator

from imapclient import IMAPClient  # type: ignore[import-untyped]

from maildesk.connecting import describe_tls, reach, resolve, steps
from maildesk.mailboxes.imap_connecting import connect, leave, server_of, sign_in
from maildesk.mailboxes.imap_failures import Doing, imap_failures
from maildesk.mailboxes.imap_folders import existing, in_namespace
from maildesk.ports import Step
from maildesk.settings import Mailbox

_ABILITIES = ("MOVE", "UIDPLUS", "IDLE", "CONDSTORE")


def connection_steps(mailbox: Mailbox, password: str) -> Iterator[Step]:
    """Name, connection, encryption, sign-in: all up to the open mailbox, with milliseconds, ending at the first failure."""
    doing = Doing(server_of(mailbox), mailbox.login, password)
    opened: list[IMAPClient] = []

    def encrypt() -> str:
        opened.append(connect(doing))
        return describe_tls(opened[0].socket())

    def sign() -> str:
        sign_in(opened[0], doing)
        return f"{doing.user} signed in"

    looks = ("name", lambda: resolve(doing.server)), ("connection", lambda: reach(doing.server)), ("encryption", encrypt), ("sign-in", sign)
    try:
        yield from steps(*looks)
    finally:
        for client in opened:
            leave(client, politely=True)


def folder_steps(client: IMAPClient, mailbox: Mailbox, doing: Doing, open_folder: Callable[[], str]) -> Iterator[Step]:
    """Of a mailbox signed in to: its folder, its archive folder where one is needed, and what the server can."""

    def folder() -> str:
        name = open_folder()
        with imap_failures(doing.now(f"folder {name} was counted")):
            counts = client.folder_status(name, ["MESSAGES", "UNSEEN"])
        return f"{name} holds {counts[b'MESSAGES']} mails, {counts[b'UNSEEN']} of them unread"

    def archive() -> str:
        with imap_failures(doing.now(f"folder {mailbox.archive_folder} was looked for")):
            found = existing(client, mailbox.archive_folder)
            return f"{found} exists" if found else f"{in_namespace(client, mailbox.archive_folder)} will be created"

    def abilities() -> str:
        with imap_failures(doing.now("its abilities were asked for")):
            can = {name for name in _ABILITIES if client.has_capability(name)}
        listed = ", ".join(f"{name} {'yes' if name in can else 'no'}" for name in _ABILITIES)
        return f"{listed}; {_what_happens(mailbox, can)}"

    archives = [("archive folder", archive)] if mailbox.after_fetch == "move" else []
    return steps(("folder", folder), *archives, ("abilities", abilities))


def _what_happens(mailbox: Mailbox, can: set[str]) -> str:
    if mailbox.after_fetch == "keep":
        return "mails stay as they are"
    if mailbox.after_fetch == "move" and "MOVE" in can:
        return "mails are moved by MOVE"
    verb = "copied and then deleted" if mailbox.after_fetch == "move" else "deleted"
    if "UIDPLUS" in can:
        return f"mails are {verb} by UID EXPUNGE"
    return f"mails are {verb} by EXPUNGE, and only flagged as deleted while another program has mails flagged there"

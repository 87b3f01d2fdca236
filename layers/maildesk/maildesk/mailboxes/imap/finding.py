"""One mail in an IMAP mailbox, by its Message-ID."""

from imapclient import IMAPClient  # type: ignore[import-untyped]

from maildesk.connecting.servers import Doing
from maildesk.mailboxes.imap.connecting import connect, doing_for, leave, sign_in
from maildesk.mailboxes.imap.failures import imap_failures
from maildesk.mailboxes.imap.folders import existing
from maildesk.settings import Mailbox


def find_in_imap(mailbox: Mailbox, password: str, message_id: str) -> bool:
    """`ports.FindMail`."""
    doing = doing_for(mailbox, password)
    client = connect(doing)
    try:
        sign_in(client, doing)
        return any(_is_in(client, doing, folder, message_id) for folder in mailbox.used_folders)
    finally:
        leave(client, politely=True)


def _is_in(client: IMAPClient, doing: Doing, folder: str, message_id: str) -> bool:
    with imap_failures(doing.now(f"a mail was looked for in {folder}")):
        found = existing(client, folder)
        if found is None:
            return False
        client.select_folder(found, readonly=True)
        return bool(client.search(["HEADER", "Message-ID", message_id]))

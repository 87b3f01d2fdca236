"""Mailboxes by IMAP. What this module offers: `ports.MailboxType`."""

from maildesk.mailboxes.imap.check import check_imap as check_mailbox
from maildesk.mailboxes.imap.finding import find_in_imap as find_mail
from maildesk.mailboxes.imap.mailbox import open_imap
from maildesk.ports import Bucket, MailboxConnection
from maildesk.settings import Mailbox

__all__ = ["check_mailbox", "find_mail", "open_mailbox"]


def open_mailbox(mailbox: Mailbox, password: str, _bucket: Bucket) -> MailboxConnection:
    """The cursor alone tells what has been read."""
    return open_imap(mailbox, password)

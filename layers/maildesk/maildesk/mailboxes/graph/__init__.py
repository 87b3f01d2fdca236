"""Mailboxes of Exchange Online by Microsoft Graph. What this module offers: `ports.MailboxType`."""

from maildesk.mailboxes.graph.check import check_graph as check_mailbox
from maildesk.mailboxes.graph.finding import find_in_graph as find_mail
from maildesk.mailboxes.graph.mailbox import open_graph
from maildesk.ports import Bucket, MailboxConnection
from maildesk.settings import Mailbox

__all__ = ["check_mailbox", "find_mail", "open_mailbox"]


def open_mailbox(mailbox: Mailbox, password: str, _bucket: Bucket) -> MailboxConnection:
    """The cursor alone tells what has been read."""
    return open_graph(mailbox, password)

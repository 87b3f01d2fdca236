"""Mailboxes of Exchange on premises by Exchange Web Services. What this module offers: `ports.MailboxType`."""

from maildesk.mailboxes.ews.check import check_ews as check_mailbox
from maildesk.mailboxes.ews.finding import find_in_ews as find_mail
from maildesk.mailboxes.ews.mailbox import open_ews as open_mailbox

__all__ = ["check_mailbox", "find_mail", "open_mailbox"]

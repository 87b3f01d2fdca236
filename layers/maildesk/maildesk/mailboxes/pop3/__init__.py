"""Mailboxes by POP3. What this module offers: `ports.MailboxType`."""

from maildesk.mailboxes.pop3.check import check_pop3 as check_mailbox
from maildesk.mailboxes.pop3.finding import find_in_pop3 as find_mail
from maildesk.mailboxes.pop3.mailbox import open_pop3 as open_mailbox

__all__ = ["check_mailbox", "find_mail", "open_mailbox"]

"""One mail in a POP3 mailbox, by its Message-ID: POP3 cannot search, so the newest are looked at, header by header."""

from maildesk.mailboxes.pop3.connecting import connect, leave, sign_in
from maildesk.mailboxes.pop3.failures import pop3_failures
from maildesk.mailboxes.pop3.fetching import header
from maildesk.mailboxes.pop3.mailbox import doing_for
from maildesk.settings import Mailbox

_NEWEST = 20


def find_in_pop3(mailbox: Mailbox, password: str, message_id: str) -> bool:
    """`ports.FindMail`."""
    doing = doing_for(mailbox, password)
    client = connect(doing)
    try:
        sign_in(client, doing)
        with pop3_failures(doing.now("a mail was looked for")):
            count, _ = client.stat()
            newest = range(count, max(0, count - _NEWEST), -1)
            return any(f"<{message_id}>".encode() in header(client, number) for number in newest)
    finally:
        leave(client)

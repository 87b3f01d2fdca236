"""A mail that somebody who works here brings in for its writer: an agent by forwarding it, an operator from its receipt."""

from typing import Literal

from msgspec import Struct

from maildesk.mail.message import Address, Attachment, Mail


class HandedIn(Struct, frozen=True, kw_only=True):
    """`came`: the mail as it came, which is what the receipt is about. `note` and `files` stand beside the ticket's message,
    for agents; `autoresponse`: whether the writer may be answered at once."""

    how: Literal["forward", "by hand"]
    by: Address
    came: Mail
    note: str
    files: tuple[Attachment, ...] = ()
    autoresponse: bool = True

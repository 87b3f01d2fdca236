"""Whether whoever wrote a mail works here: an agent's address alone proves nothing, anybody can write it."""

from collections.abc import Collection, Sequence

from msgspec import Struct

from maildesk.mail.authentication import proof_of_origin
from maildesk.mail.message import Mail
from maildesk.settings import Settings
from maildesk.tickets.joining import referenced_ids
from maildesk.tickets.tokens import tokens_in


class Standing(Struct, frozen=True):
    """`reason` is empty where the address is no agent's."""

    agent: bool = False
    reason: str = ""


def standing(mail: Mail, settings: Settings, trusted: Collection[str], keys: Sequence[bytes]) -> Standing:
    """An agent by address, proved by the word of a server that is `trusted`, or by the token of a mail that was written to an agent.
    Such a token counts in what the mail answers and where it was sent, not in its text, which agents pass on."""
    if mail.sender is None or not settings.employs(mail.sender.address):
        return Standing()
    address = mail.sender.address
    if any(token.role == "a" for token in tokens_in(keys, (*referenced_ids(mail), *(one.address for one in mail.to)))):
        return Standing(True, f"{address} works here: the mail answers one that was written to an agent.")
    proof = proof_of_origin(mail, trusted)
    if proof.holds:
        return Standing(True, f"{address} works here: {proof.reason}.")
    return Standing(False, f"{address} is an agent's address, but nothing proves who wrote this: {proof.reason}. It counts as anybody's.")

"""Which ticket does a mail belong to? Candidates, strongest first: our signed token, a Message-ID we stored, the tag in the subject."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from msgspec import Struct

from maildesk.mail.message import Mail
from maildesk.tickets.records import Ticket
from maildesk.tickets.tokens import tokens_in

_TAG = re.compile(r"\[#(\d{1,15})\]", re.ASCII)

_MOST_IDS = 50
"""Message-IDs looked up for one mail; a longer list is hostile or a thread whose nearest mails tell enough."""

Evidence = Literal["token", "message-id", "subject tag"]


class Candidate(Struct, frozen=True):
    """A ticket the mail points at, and by what."""

    ticket: int
    evidence: Evidence


def referenced_ids(mail: Mail) -> tuple[str, ...]:
    """The Message-IDs a mail answers, nearest first; a bounce answers the mail that came back."""
    returned = (mail.bounce.original_message_id,) if mail.bounce and mail.bounce.original_message_id else ()
    return tuple(dict.fromkeys((*returned, *mail.in_reply_to, *reversed(mail.references))))[:_MOST_IDS]


def candidates(mail: Mail, keys: Sequence[bytes], ticket_of: Callable[[str], int | None]) -> list[Candidate]:
    """All tickets the mail points at, strongest evidence first. `ticket_of` knows the Message-IDs we stored."""
    found = dict[int, Candidate]()
    for candidate in _pointers(mail, keys, ticket_of):
        found.setdefault(candidate.ticket, candidate)
    return list(found.values())


def _pointers(mail: Mail, keys: Sequence[bytes], ticket_of: Callable[[str], int | None]) -> Iterator[Candidate]:
    ids = referenced_ids(mail)
    addressed_to = tuple(person.address for person in (*mail.to, *mail.cc))
    for token in tokens_in(keys, (*ids, *addressed_to)):
        yield Candidate(token.ticket, "token")
    for message_id in ids:
        if ticket := ticket_of(message_id):
            yield Candidate(ticket, "message-id")
    for token in tokens_in(keys, (mail.text,)):  # of the line on top of our mails, where a program kept no header
        yield Candidate(token.ticket, "token")
    for match in _TAG.finditer(mail.subject[:1000]):
        yield Candidate(int(match[1]), "subject tag")


def tag(ticket: int) -> str:
    return f"[#{ticket}]"


def without_tags(subject: str) -> str:
    """The subject without any ticket's tag: a foreign tag must not point there again."""
    return " ".join(_TAG.sub(" ", subject).split())


def may_join(mail: Mail, pointer: Candidate, ticket: Ticket) -> bool:
    """A participant may. So may a machine's answer to a mail of ours, proved by its token: bounces come from no participant.
    Reply-To names a participant only beside evidence that cannot be guessed: anybody may write any address and tag there."""
    if pointer.evidence == "token" and (mail.automatic or mail.bounce):
        return True
    names = (mail.sender,) if pointer.evidence == "subject tag" else (mail.sender, *mail.reply_to[:1])
    return any(name is not None and ticket.includes(name.address) for name in names)

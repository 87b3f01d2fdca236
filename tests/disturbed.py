"""A desk whose line to a mail server, and whose own helpers, fail at any moment; and an oracle that counts what became of each mail.

A protocol takes part by a subclass of `Disturbed` that says how the server is reached, and by a list of disturbances (`tests.faults`)."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from random import Random
from typing import Any

from msgspec.structs import replace

from maildesk.mail.identity import fingerprint
from maildesk.mailboxes.imap.mailbox import open_imap
from maildesk.mailboxes.pop3.mailbox import open_pop3
from maildesk.ports import Inbound, MailboxConnection, TryAgain
from maildesk.settings import Mailbox
from tests.office import Office, written
from tests.polled import Polled
from tests.servers.proxy import Proxy
from tests.servers.web import Answer, Request, WebServer

POLLS = 3
IMPATIENT_MS, PATIENT_MS = 150, 20_000
"""How long a server may be silent: where silence is part of the case, and where a busy machine is the only reason for it."""

TAKES_AWAY = re.compile(rb"^(\S+ (UID )?(MOVE|STORE|EXPUNGE)|DELE)\b")
HELPERS = {
    "secrets": ["get", "put"],
    "bucket": ["put", "put_parts"],
    "queues": ["inbound"],
    "states": ["take_lease", "save_cursor", "release"],
}


class Killed(BaseException):
    """The function is ended from outside: nothing of ours runs any more."""


def a_mail(number: int) -> bytes:
    """Each from somebody else and of another length, with lines that mean something to IMAP and POP3."""
    text = "\r\n".join(["Please help.", ".", "..", ") OK", *(f"line {line}" for line in range(number % 5 * 60))])
    return written(f"mail{number}", f"person{number}@customer.example", f"Question {number}", text)


class Disturbed:
    """`account` is one of `tests.servers.accounts`, or like it. `struck` counts by name what really struck.
    A disturbance is a function of this and of a Random, and has one poll; `fault` is what befalls the helper asked as number `fatal`."""

    def __init__(self, account: Any, struck: Counter[str], **mailbox: Any) -> None:
        self.account, self.struck = account, struck
        self.desk = Polled(**{"batch_size": 2} | mailbox)
        self.desk.server.open = self._opened  # type: ignore[method-assign]
        (self.mailbox,) = self.desk.settings.stored.mailboxes
        self.office = Office(bucket=self.desk.bucket)
        self.delivered: dict[str, bytes] = {}
        self.meddled: set[str] = set()
        self.optional: set[str] = set()
        self.safe: set[str] = set()
        self.problems: list[str] = []
        self.fault: Callable[..., Any] | None = None
        self.fatal = self._asked = self._received = 0
        self.patience_ms = PATIENT_MS
        self._queued = self.desk.queues.inbound
        self.desk.queues.inbound = self._inbound  # type: ignore[method-assign]
        for helper, names in HELPERS.items():
            self._watch(getattr(self.desk, helper), *names)

    # ------------------------------------------------------------ what a protocol brings

    def reached(self) -> AbstractContextManager[Any]:
        """The line to the server, for one poll: what disturbances get as `line`. It calls `taking_away`."""
        raise NotImplementedError

    def open(self, mailbox: Mailbox, password: str) -> AbstractContextManager[MailboxConnection]:
        raise NotImplementedError

    def cut(self) -> None:
        """The server hears no more of this poll."""

    # ------------------------------------------------------------ what happens

    def go_through(self, disturbances: Sequence[Callable[["Disturbed", Random], None]], seed: int) -> None:
        chance = Random(seed)
        self.strike("case")
        self.deliver(chance.randrange(3, 6))
        for turn in range(POLLS):
            self.poll(lambda turn=turn: disturbances[(seed * POLLS + turn) % len(disturbances)](self, chance))
            self.deliver(chance.randrange(1, 3))
            if chance.random() < 0.4:
                self.meddle(chance.choice(["delete", "read", "file"]), chance)
            if chance.random() < 0.2:
                self.account.renumber()
                self.strike("renumbered")
        self.poll()
        self.assert_each_mail_is_there_once()

    def deliver(self, how_many: int) -> None:
        for number in range(len(self.delivered), len(self.delivered) + how_many):
            raw = a_mail(number)
            self.account.deliver(raw)
            self.delivered[fingerprint(raw).identity] = self.account.kept(raw)

    def meddle(self, what: str, chance: Random) -> None:
        """Another program does something with a mail, which may be one that the desk has not seen yet."""
        identity, raw = chance.choice(list(self.delivered.items()))
        if not self.account.meddle(raw, what):
            return
        self.strike(f"another program: {what}")
        self.meddled.add(identity)
        if identity not in self.accepted and (what != "read" or self.mailbox.only_unread):
            self.optional.add(identity)

    def poll(self, disturb: Callable[[], None] | None = None) -> None:
        self.desk.clock.wait(minutes=60)
        self.fault, self._asked = None, 0
        self.patience_ms = IMPATIENT_MS if disturb else PATIENT_MS
        with self.reached() as self.line:
            if disturb:
                disturb()
            try:
                self.desk.poll()
            except (Killed, TryAgain):
                self.strike("ended without a word")
        error = self.desk.state.last_error or ""
        self._check("Maildesk met an error" not in error and "{" not in error, f"not foreseen: {error}")
        self._check(self.delivered.keys() - {*self._in_inbox()} <= self.safe | self.meddled, "left the folder before it was safe")
        self._receive()

    def strike(self, name: str) -> None:
        self.struck[name] += 1

    def taking_away(self) -> None:
        """The server is told to move or delete: what it may take is what was accepted by now."""
        self.safe = self.accepted

    @contextmanager
    def _opened(self, mailbox: Mailbox, password: str) -> Iterator[MailboxConnection]:
        with self.open(replace(mailbox, timeout_ms=self.patience_ms), password) as connection:
            self._watch(connection, "list_new", "fetch", "finish")
            yield connection

    def _watch(self, helper: object, *names: str) -> None:
        for name in names:
            setattr(helper, name, self._watched(getattr(helper, name)))

    def _watched(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def asked(*arguments: Any, **named: Any) -> Any:
            self._asked += 1
            if self.fault is None or self._asked != self.fatal:
                return call(*arguments, **named)
            self.strike(self.fault.__name__)
            return self.fault(self, call, *arguments, **named)

        return asked

    def _inbound(self, mails: Sequence[Inbound]) -> None:
        for mail in mails:
            stored, sent = self.desk.bucket.objects.get(mail.raw_key), self.delivered.get(mail.identity)
            self._check(mail.header_only or (stored is not None and stored == sent), f"queued as {stored!r}")
        self._queued(mails)

    def _receive(self) -> None:
        """What is queued, and some of it twice, in batches as the queue hands them over."""
        news = self.desk.queues.mails[max(0, self._received - 3) :]
        self._received = len(self.desk.queues.mails)
        for start in range(0, len(news), 10):
            self.office.hand_over(*news[start : start + 10])

    # ------------------------------------------------------------ what must be

    @property
    def accepted(self) -> set[str]:
        return {mail.identity for mail in self.desk.queues.mails if not mail.header_only}

    def assert_each_mail_is_there_once(self) -> None:
        accepted, left, archived = self.accepted, self._in_inbox(), _identities(self.account.mails("Archive"))
        after_fetch, untouched = self.mailbox.after_fetch, self.delivered.keys() - self.meddled
        self._check(self.desk.state.last_error is None, f"the quiet poll failed: {self.desk.state.last_error}")
        self._check(self.delivered.keys() - self.optional <= accepted, "a mail was lost")
        self._check(not any(mail.header_only for mail in self.desk.queues.mails), "a mail was taken for one that cannot be had")
        self._check(sorted(message.message_id for message in self.office.messages) == sorted(map(self._message_id, accepted)), "messages")
        self._check(len(self.office.tickets) == len(accepted), "a mail was doubled, or came to nothing")
        self._check({*left} & untouched == (untouched if after_fetch == "keep" else set()), f"left in the folder: {len(left)}")
        self._check({*archived} & untouched == (untouched if after_fetch == "move" else set()), f"in the archive: {len(archived)}")
        self._check(len(archived) == len({*archived}), "archived twice")
        assert self.problems == []

    def _check(self, holds: bool, otherwise: str) -> None:
        if not holds:
            self.problems.append(otherwise)

    def _in_inbox(self) -> list[str]:
        mails = zip(self.account.mails(), self.account.flags(), strict=True)
        return _identities(raw for raw, flags in mails if "Deleted" not in flags)

    def _message_id(self, identity: str) -> str:
        return self.delivered.get(identity, b"").partition(b"Message-ID: <")[2].partition(b">")[0].decode()


class OnALine(Disturbed):
    """By IMAP or POP3, through a proxy."""

    line: Proxy

    @contextmanager
    def reached(self) -> Iterator[Proxy]:
        with Proxy(self.account.port) as proxy:
            proxy.heard = lambda line: TAKES_AWAY.search(line) and self.taking_away()
            yield proxy

    def open(self, mailbox: Mailbox, password: str) -> AbstractContextManager[MailboxConnection]:
        reached = replace(mailbox, port=self.line.port)
        return open_imap(reached, password) if mailbox.protocol == "imap" else open_pop3(reached, password, self.desk.bucket)

    def cut(self) -> None:
        self.line.cut()


class OnTheWeb(Disturbed):
    """By HTTP, from a server that may itself be disturbed."""

    line: WebServer

    @contextmanager
    def reached(self) -> Iterator[WebServer]:
        server: WebServer = self.account.server
        server.disturb = self._carried_out
        yield server
        server.disturb = self._carried_out

    def takes_away(self, request: Request) -> bool:
        raise NotImplementedError

    def _carried_out(self, answer: Callable[[Request], Answer], request: Request) -> Answer:
        if self.takes_away(request):
            self.taking_away()
        return answer(request)


def _identities(mails: Iterable[bytes]) -> list[str]:
    return [fingerprint(raw).identity for raw in mails]

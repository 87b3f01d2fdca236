"""Everything the desk needs from outside, in memory, by the same rules as the real things."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from msgspec.structs import replace

from maildesk.mail.identity import header_of
from maildesk.ports import (
    BrokeOff,
    Cursor,
    DeskEvent,
    Envelope,
    Fetched,
    GiveUp,
    Inbound,
    LeaseLost,
    Listed,
    MailboxState,
    OutboxKey,
    Page,
    Progress,
    Sent,
    Step,
    TryAgain,
)
from maildesk.settings import Mailbox, MailboxSettings, Sender, Settings
from maildesk.tickets.records import Found, Key, Message, OutboxItem, Plan, Receipt, Record, Ticket, Write

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@dataclass
class FixedClock:
    """Time stands still until it is told to pass."""

    time: datetime = NOW

    def __call__(self) -> datetime:
        return self.time

    def wait(self, **units: float) -> None:
        self.time += timedelta(**units)


class MemoryStore:
    """`before_commit` is called, and forgotten, before the next commit: somebody else who is faster."""

    def __init__(self, *records: Record) -> None:
        self.records: dict[Key, Record] = {record.key: record for record in records}
        self.before_commit: Callable[[], object] | None = None
        self._last_number = 0

    def all(self, shape: type[Any]) -> list[Any]:
        return [record for record in self.records.values() if isinstance(record, shape)]

    def add(self, *records: Record) -> None:
        self.records |= {record.key: record for record in records}

    def fetch(self, keys: Iterable[Key]) -> Found:
        return Found(self.records[key] for key in set(keys) if key in self.records)

    def commit(self, plans: Sequence[Plan]) -> list[bool]:
        faster, self.before_commit = self.before_commit, None
        if faster:
            faster()
        return [self._committed(plan) for plan in plans]

    def _committed(self, plan: Plan) -> bool:
        if not all(self._holds(write) for write in plan):
            return False
        self.add(*(write.record for write in plan))
        return True

    def _holds(self, write: Write) -> bool:
        stored = self.records.get(write.record.key)
        version = getattr(stored, "version", -1) if stored else 0
        return write.expects is None or version == write.expects

    def next_numbers(self, count: int) -> range:
        first = self._last_number + 1
        self._last_number += count
        return range(first, first + count)

    def thread(self, ticket: int) -> list[Record]:
        entries = [record for record in self.records.values() if isinstance(record, Message | OutboxItem) and record.ticket == ticket]
        return sorted(entries, key=lambda entry: entry.id)

    def tickets(self, status: str, limit: int, after: str | None) -> Page:
        return self._page([one for one in self.all(Ticket) if one.status == status], lambda one: one.updated_at, limit, after)

    def receipts(self, state: str, limit: int, after: str | None) -> Page:
        return self._page([one for one in self.all(Receipt) if one.state == state], lambda one: one.processed_at, limit, after)

    def outbox(self, state: str, limit: int, after: str | None) -> Page:
        return self._page([one for one in self.all(OutboxItem) if one.state == state], lambda one: one.created_at, limit, after)

    @staticmethod
    def _page(records: list[Any], time: Callable[[Any], datetime], limit: int, after: str | None) -> Page:
        start = int(after or 0)
        latest = sorted(records, key=time, reverse=True)
        return Page(latest[start : start + limit], str(start + limit) if start + limit < len(latest) else None)


class MemoryBucket:
    def __init__(self, **objects: bytes) -> None:
        self.objects: dict[str, bytes] = dict(objects)

    def put(self, key: str, content: bytes) -> None:
        self.objects[key] = content

    def put_parts(self, key: str, parts: Iterable[bytes]) -> None:
        self.objects[key] = b"".join(parts)

    def get(self, key: str, most: int | None = None) -> bytes:
        try:
            return self.objects[key][:most]
        except KeyError:
            raise GiveUp(f"The bucket no longer holds {key}.") from None

    def delete_below(self, prefix: str) -> None:
        self.objects = {key: content for key, content in self.objects.items() if not key.startswith(prefix)}


@dataclass
class MemoryQueues:
    """What was sent, in order. While `refusing`, nothing is taken."""

    polls: list[str] = field(default_factory=list)
    mails: list[Inbound] = field(default_factory=list)
    items: list[OutboxKey] = field(default_factory=list)
    delays: list[tuple[str, int]] = field(default_factory=list)
    refusing: bool = False

    def poll(self, mailboxes: Sequence[MailboxSettings]) -> None:
        self._take(self.polls, [mailbox.name for mailbox in mailboxes])

    def inbound(self, mails: Sequence[Inbound]) -> None:
        self._take(self.mails, mails)

    def outbox(self, items: Sequence[OutboxKey]) -> None:
        self._take(self.items, items)

    def delay(self, receipt_handle: str, seconds: int) -> None:
        self.delays.append((receipt_handle, seconds))

    def _take(self, queue: list[Any], messages: Sequence[Any]) -> None:
        if self.refusing:
            raise TryAgain("The queue refused the messages.")
        queue.extend(messages)


@dataclass
class MemoryEvents:
    told: list[DeskEvent] = field(default_factory=list)

    def tell(self, events: Sequence[DeskEvent]) -> None:
        self.told.extend(events)


class MemorySecrets:
    """`forgotten`: the names somebody asked to read anew."""

    def __init__(self, **values: str) -> None:
        self.values: dict[str, str] = dict(values)
        self.keys: tuple[bytes, ...] = (b"a token key for tests",)
        self.forgotten: list[str] = []

    def get(self, name: str) -> str | None:
        return self.values.get(name)

    def forget(self, name: str) -> None:
        self.forgotten.append(name)

    def put(self, name: str, value: str) -> None:
        self.values[name] = value

    def delete(self, name: str) -> None:
        self.values.pop(name, None)

    def token_keys(self) -> tuple[bytes, ...]:
        return self.keys


class MemorySettings:
    """`load` goes on giving what it gave at first, as a cache does, until `save` or `fresh`."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.stored = settings or Settings()
        self._cached: Settings | None = None

    def load(self) -> Settings:
        self._cached = self._cached or self.stored
        return self._cached

    def fresh(self) -> Settings:
        self._cached = self.stored
        return self.stored

    def save(self, before: Settings, after: Settings) -> None:
        assert before == self.stored
        self.stored, self._cached = after, None


class MemoryStates:
    def __init__(self, *states: MailboxState) -> None:
        self.states: dict[str, MailboxState] = {state.name: state for state in states}
        self.owners: dict[str, str] = {}

    def due(self, now: datetime) -> list[str]:
        return [state.name for state in self.states.values() if state.next_poll_at and state.next_poll_at <= now]

    def get(self, name: str) -> MailboxState | None:
        return self.states.get(name)

    def take_lease(self, name: str, owner: str, now: datetime, until: datetime, next_poll_at: datetime) -> MailboxState | None:
        state = self.states.get(name)
        if state is None or state.next_poll_at is None or state.next_poll_at > now:
            return None
        if state.lease_until and state.lease_until > now:
            return None
        self.owners[name] = owner
        return self._change(name, lease_until=until, next_poll_at=next_poll_at)

    def save_cursor(self, name: str, owner: str, cursor: Cursor, until: datetime, progress: Progress | None = None) -> None:
        self._check(name, owner)
        self._change(name, cursor=dict(cursor), lease_until=until, **_told(progress))

    def release(
        self,
        name: str,
        owner: str,
        *,
        next_poll_at: datetime | None,
        now: datetime,
        error: str | None,
        progress: Progress | None = None,
        broke_off: dict[str, BrokeOff] | None = None,
    ) -> None:
        self._check(name, owner)
        del self.owners[name]
        self._change(name, lease_until=None, next_poll_at=next_poll_at, last_polled_at=now, broke_off=broke_off or None, **_told(progress))
        if error is None:
            self._change(name, last_success_at=now, last_error=None, failures=0)
        else:
            self._change(name, last_error=error, last_error_at=now, failures=self.states[name].failures + 1)

    def schedule(self, name: str, next_poll_at: datetime | None) -> None:
        self._change(name, next_poll_at=next_poll_at)

    def delete(self, name: str) -> None:
        self.states.pop(name, None)
        self.owners.pop(name, None)

    def _check(self, name: str, owner: str) -> None:
        if self.owners.get(name) != owner:
            raise LeaseLost(f"The lease of mailbox {name} went to another poll.")

    def _change(self, name: str, **fields: Any) -> MailboxState:
        self.states[name] = replace(self.states.get(name) or MailboxState(name=name), **fields)
        return self.states[name]


def _told(progress: Progress | None) -> dict[str, Progress]:
    return {"progress": progress} if progress else {}


@dataclass
class MailServer:
    """A mailbox on a server: `mails` by key in the order they came, `gone` what was moved or deleted.
    `failure` is raised by what is done while that is named in `fails_at`, and by reading mails that are `bad`, of which the header
    may be had unless it is among `bad_headers`."""

    mails: dict[str, bytes] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    password: str = "secret"
    fails_at: str = ""
    failure: Exception = field(default_factory=lambda: TryAgain("mail.example.test port 993 closed the connection."))
    bad: set[str] = field(default_factory=set)
    bad_headers: set[str] = field(default_factory=set)
    steps: tuple[Step, ...] = (Step("name", True, "mail.example.test is 192.0.2.1"), Step("sign-in", True, "signed in"))
    did: list[str] = field(default_factory=list)

    def open(self, mailbox: Mailbox, password: str) -> "MailServerConnection":
        self.doing("open")
        if password != self.password:
            raise GiveUp(f"{mailbox.host} does not let {mailbox.login} sign in.")
        return MailServerConnection(self, mailbox)

    def check(self, mailbox: Mailbox, password: str) -> Iterator[Step]:
        self.doing(f"check {mailbox.name} with {password}")
        return iter(self.steps)

    def find(self, mailbox: Mailbox, password: str, message_id: str) -> bool:
        self.doing("find")
        return any(f"<{message_id}>".encode() in raw for raw in self.mails.values())

    def doing(self, what: str) -> None:
        self.did.append(what)
        if what == self.fails_at:
            raise self.failure


@dataclass
class MailServerConnection:
    """Its cursor is the number of mails read; a key is a mail's place."""

    server: MailServer
    mailbox: Mailbox

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.server.did.append("close")

    def list_new(self, cursor: Cursor | None) -> list[Listed]:
        self.server.doing("list")
        after = cursor["key"] if cursor else ""
        present = [(key, raw) for key, raw in self.server.mails.items() if key not in self.server.gone]
        return [Listed(key, len(raw)) for key, raw in present if key > after]

    def more(self) -> int:
        return 0

    def fetch(self, mails: Sequence[Listed], max_size: int) -> Iterator[Fetched]:
        self.server.doing("fetch")
        for mail in mails:
            raw = self.server.mails[mail.key]
            too_large = bool(max_size) and mail.size > max_size
            if mail.key in (self.server.bad_headers if too_large else self.server.bad):
                raise self.server.failure
            yield Fetched(mail.key, header_of(raw) if too_large else raw, NOW, header_only=too_large)

    def finish(self, keys: Sequence[str]) -> None:
        self.server.doing("finish")
        if self.mailbox.after_fetch != "keep":
            self.server.gone.extend(keys)

    def cursor_after(self, key: str) -> Cursor:
        return {"key": key}


@dataclass
class PostOffice:
    """Where senders hand their mail over. While there are `failures`, the next send raises the first of them."""

    sent: list[tuple[Envelope, bytes]] = field(default_factory=list)
    logins: list[Any] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    refuses_login: Exception | None = None
    steps: tuple[Step, ...] = (Step("name", True, "smtp.example.test is 192.0.2.2"), Step("sign-in", True, "signed in"))
    checked: list[tuple[Sender, Any]] = field(default_factory=list)

    def open(self, sender: Sender, login: Any) -> "PostOfficeConnection":
        self.logins.append(login)
        if self.refuses_login:
            raise self.refuses_login
        return PostOfficeConnection(self)

    def check(self, sender: Sender, login: Any) -> Iterator[Step]:
        self.checked.append((sender, login))
        return iter(self.steps)


@dataclass
class PostOfficeConnection:
    office: PostOffice

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None: ...

    def send(self, envelope: Envelope, mime: bytes) -> Sent:
        if self.office.failures:
            raise self.office.failures.pop(0)
        self.office.sent.append((envelope, mime))
        return Sent(f"250 taken as {len(self.office.sent)}")

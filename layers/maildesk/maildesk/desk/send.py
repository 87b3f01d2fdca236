"""Outbox items on their way. The retry policy is here: adapters say whether trying again may help, this says when."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from math import ceil
from typing import Self

from msgspec.structs import replace

from maildesk.desk.bodies import Bodies
from maildesk.desk.remembered import settings_with
from maildesk.mail.compose import File, Outgoing, compose
from maildesk.mail.message import Address
from maildesk.ports import (
    Bucket,
    Clock,
    Envelope,
    GiveUp,
    Login,
    OpenSender,
    OutboxKey,
    Secrets,
    SenderConnection,
    Sent,
    SettingsStore,
    SignInAgain,
    Store,
    TryAgain,
)
from maildesk.settings import Sender, Settings
from maildesk.telemetry import ALARM, logger, whereabouts
from maildesk.tickets.records import Message, OutboxItem, Person, replacing

RETRY_SECONDS = (60, 120, 300, 600, 1800, 3600, 7200, 14400, 28800)
"""Pauses after the first, second, … failed attempt: a good half day in all, then the item has failed."""


@dataclass
class Mailer:
    """Sends a batch of outbox items, each sender signed in to once. Use it as a context manager: it keeps connections."""

    store: Store
    bucket: Bucket
    settings: SettingsStore
    secrets: Secrets
    open_sender: OpenSender
    clock: Clock
    _ahead: dict[OutboxKey, OutboxItem] = field(default_factory=dict)
    _open: dict[str, SenderConnection] = field(default_factory=dict)
    _stack: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._open.clear()
        self._stack.close()

    def look_ahead(self, keys: Sequence[OutboxKey]) -> None:
        """Reads a batch's items in one request."""
        self._ahead = self._read(keys)

    def _read(self, keys: Sequence[OutboxKey]) -> dict[OutboxKey, OutboxItem]:
        found = self.store.fetch((OutboxItem.kind, key.owner, key.id) for key in keys)
        return {key: item for key in keys if (item := found.one(OutboxItem, key.owner, key.id))}

    def send(self, key: OutboxKey) -> int:
        """Sends what is not sent yet. Returns the seconds after which to try again; 0: done, for better or worse."""
        item = self._ahead.pop(key, None) or self._read([key]).get(key)
        if item is None or item.state not in {"queued", "waiting"} or item.generation != key.generation:
            return 0
        tried = replace(item, attempts=item.attempts + 1, version=item.version + 1)
        try:
            sent = self._send(item)
        except (TryAgain, GiveUp) as failure:
            return self._failed(tried, failure)
        except Exception as error:
            logger.error("sending broke off", ticket=item.ticket, receipt=item.receipt, outbox=item.id, error=whereabouts(error))
            reason = f"Maildesk met an error of its own ({type(error).__name__}); the log of send-mail says where."
            return self._failed(tried, TryAgain(reason))
        refused = ", ".join(f'{each.address} was refused: "{each.words}"' for each in sent.refused)
        if left := tuple(each.address for each in sent.refused if each.temporary):
            return self._failed(replace(tried, left=left), TryAgain(refused))
        self._note(replace(tried, state="sent", sent_at=self.clock(), provider_id=sent.provider_id[:200], last_error=refused[:500] or None))
        return 0

    def _failed(self, tried: OutboxItem, failure: TryAgain | GiveUp) -> int:
        final = isinstance(failure, GiveUp) or tried.attempts > len(RETRY_SECONDS)
        log = partial(logger.warning, ticket=tried.ticket, receipt=tried.receipt, outbox=tried.id)
        log("not sent", attempt=tried.attempts, error=str(failure), final=final)
        self._note(replace(tried, state="failed" if final else "waiting", last_error=str(failure)[:500]))
        return 0 if final else max(RETRY_SECONDS[tried.attempts - 1], ceil(getattr(failure, "seconds", 0)))

    def _note(self, item: OutboxItem) -> None:
        """A note that comes too late is left: what changed the item meanwhile knows better."""
        self.store.commit([(replacing(item),)])

    def _send(self, item: OutboxItem) -> Sent:
        settings = settings_with(item.mailbox, self.settings)
        sender = settings.sender_for(settings.mailbox(item.mailbox))
        if sender is None:
            raise TryAgain("No sender is set up: add one with sender.put.")
        mime = compose(self._outgoing(item, sender, settings))
        if sender.max_size_mb and len(mime) > sender.max_size_mb * 1024 * 1024:
            raise GiveUp(_too_large(len(mime), sender))
        everybody = tuple(dict.fromkeys(person.address for person in (*item.to, *item.cc)))
        envelope = Envelope(sender.address, item.left or everybody)
        return self._through(sender, settings, lambda connection: connection.send(envelope, mime))

    def _through(self, sender: Sender, settings: Settings, send: Callable[[SenderConnection], Sent]) -> Sent:
        try:
            if sender.name not in self._open:
                self._open[sender.name] = self._stack.enter_context(self._signed_in(sender, settings))
            return send(self._open[sender.name])
        except GiveUp:
            raise
        except Exception:
            self._open.pop(sender.name, None)
            raise

    def _signed_in(self, sender: Sender, settings: Settings) -> SenderConnection:
        """What stands against signing in is worth another try: an operator may mend it, and no customer's mail is to blame."""
        try:
            return self.open_sender(sender, login_of(sender, settings, self.secrets))
        except (TryAgain, GiveUp) as failure:
            for secret in (f"sender/{sender.name}", f"mailbox/{sender.mailbox}"):
                self.secrets.forget(secret)
            if isinstance(failure, SignInAgain):
                logger.error(ALARM, sender=sender.name)
            raise TryAgain(str(failure), getattr(failure, "seconds", 0)) from failure

    def _outgoing(self, item: OutboxItem, sender: Sender, settings: Settings) -> Outgoing:
        message = self._message(item)
        mailbox = settings.mailbox(item.mailbox)
        text = item.text or (Bodies(self.bucket).read(message).text if message else "")
        return Outgoing(
            sender=Address(sender.display_name or settings.desk.name, sender.address),
            reply_to=Address(mailbox.display_name, mailbox.address) if mailbox and mailbox.address != sender.address else None,
            to=_addresses(item.to),
            cc=_addresses(item.cc),
            subject=item.subject,
            text=text,
            date=item.created_at,
            message_id=item.message_id,
            references=item.references,
            automatic="auto-replied" if item.purpose != "answer" else None,
            files=self._files(message) if message else (),
        )

    def _message(self, item: OutboxItem) -> Message | None:
        if item.message is None or item.ticket is None:
            return None
        return self.store.fetch([(Message.kind, item.ticket, item.message)]).one(Message, item.ticket, item.message)

    def _files(self, message: Message) -> tuple[File, ...]:
        return tuple(File(kept.filename, kept.content_type, self.bucket.get(f"attachments/{kept.sha256}")) for kept in message.attachments)


def _too_large(size: int, sender: Sender) -> str:
    return (
        f"The mail has {size / 1024 / 1024:.1f} MB with its files as they travel, more than sender {sender.name} takes"
        f" (`max_size_mb`: {sender.max_size_mb}). Answer with smaller files, or raise the limit and send it again with outbox.retry."
    )


def login_of(sender: Sender, settings: Settings, secrets: Secrets) -> Login | None:
    """What a sender signs in with: its own password or token, its mailbox's, or nothing."""
    if sender.kind == "ses" or sender.auth == "none":
        return None
    mailbox = settings.mailbox(sender.mailbox) if sender.auth == "same_as_mailbox" and sender.mailbox else None
    account, secret = (mailbox, f"mailbox/{mailbox.name}") if mailbox else (sender, f"sender/{sender.name}")
    password = secrets.get(secret)
    if password is None:
        raise GiveUp(f"No password is stored for {secret}: give one with {secret.partition('/')[0]}.put.")
    return Login(account.login, password, account.auth, secret)


def _addresses(people: tuple[Person, ...]) -> tuple[Address, ...]:
    return tuple(Address(person.name, person.address) for person in people)

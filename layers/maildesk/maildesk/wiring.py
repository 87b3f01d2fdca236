"""The one place that knows the concrete adapters. Each function asks for its use case; what that needs is imported then."""

import os
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from maildesk.settings import POLLED_APART

if TYPE_CHECKING:
    from collections.abc import Iterator

    from maildesk.desk.checking import Checker
    from maildesk.desk.operate.operator import Operator
    from maildesk.desk.poll import Poller
    from maildesk.desk.push import Reception
    from maildesk.desk.receive import Receiver
    from maildesk.desk.relay import Relay
    from maildesk.desk.schedule import Scheduler
    from maildesk.desk.send import Mailer
    from maildesk.oauth.tokens import AccessTokens
    from maildesk.ports import Login, MailboxConnection, MailboxType, SenderConnection, SenderType, Step
    from maildesk.settings import Mailbox, Sender
    from maildesk.storage.bucket import MailBucket
    from maildesk.storage.functions import ExchangeFunction
    from maildesk.storage.mailbox_states import MailboxStatesTable
    from maildesk.storage.queues import WorkQueues
    from maildesk.storage.secrets import SecretsManager
    from maildesk.storage.settings import SettingsTable
    from maildesk.storage.tickets import TicketsTable


def now() -> datetime:
    return datetime.now(UTC)


@cache
def settings() -> "SettingsTable":
    from maildesk.storage.settings import SettingsTable

    return SettingsTable()


@cache
def states() -> "MailboxStatesTable":
    from maildesk.storage.mailbox_states import MailboxStatesTable

    return MailboxStatesTable()


@cache
def store() -> "TicketsTable":
    from maildesk.storage.tickets import TicketsTable

    return TicketsTable()


@cache
def bucket() -> "MailBucket":
    from maildesk.storage.bucket import MailBucket

    return MailBucket(os.environ["BUCKET"])


@cache
def queues() -> "WorkQueues":
    from maildesk.storage.queues import WorkQueues

    return WorkQueues(
        os.environ["POLLS_QUEUE"], os.environ["EXCHANGE_POLLS_QUEUE"], os.environ["INBOUND_QUEUE"], os.environ["OUTBOX_QUEUE"]
    )


@cache
def secrets() -> "SecretsManager":
    from maildesk.storage.secrets import SecretsManager

    return SecretsManager(os.environ["SECRETS_PREFIX"], os.environ["TOKEN_KEY"])


@cache
def access_tokens() -> "AccessTokens":
    from maildesk.oauth.tokens import AccessTokens

    return AccessTokens(secrets())


@cache
def exchange_function() -> "ExchangeFunction":
    from maildesk.storage.functions import ExchangeFunction

    return ExchangeFunction(os.environ["EXCHANGE_FUNCTION"], secrets())


@contextmanager
def open_mailbox(mailbox: "Mailbox", password: str) -> "Iterator[MailboxConnection]":
    """A token that ends in the middle of a poll is not used for the next one."""
    from maildesk.oauth.tokens import of_mailbox

    with access_tokens().signing_in(of_mailbox(mailbox, password)) as token, reach_mailbox(mailbox, token) as connection:
        yield connection


def reach_mailbox(mailbox: "Mailbox", password: str) -> "MailboxConnection":
    return mailbox_type(mailbox.protocol).open_mailbox(mailbox, password, bucket())


def mailbox_type(protocol: str) -> "MailboxType":
    if protocol == "pop3":
        from maildesk.mailboxes import pop3

        return pop3
    if protocol == "graph":
        from maildesk.mailboxes import graph

        return graph
    if protocol == "ews":
        from maildesk.mailboxes import ews

        return ews
    from maildesk.mailboxes import imap

    return imap


def open_sender(sender: "Sender", login: "Login | None") -> "SenderConnection":
    if login is None:
        return reach_sender(sender, None)
    from maildesk.oauth.tokens import for_sender

    login = for_sender(sender, login)
    with access_tokens().signing_in(login) as token:
        return reach_sender(sender, login.by(token))


def reach_sender(sender: "Sender", login: "Login | None") -> "SenderConnection":
    return sender_type(sender.kind).open_sender(sender, login)


def sender_type(kind: str) -> "SenderType":
    if kind == "ses":
        from maildesk.senders import ses

        return ses
    if kind == "graph":
        from maildesk.senders import graph

        return graph
    from maildesk.senders import smtp

    return smtp


def check_mailbox(mailbox: "Mailbox", password: str) -> "Iterator[Step]":
    from maildesk.oauth.tokens import of_mailbox

    if mailbox.protocol in POLLED_APART:
        return exchange_function().check(mailbox, password)
    return access_tokens().checking(of_mailbox(mailbox, password), lambda token: look_at_mailbox(mailbox, token))


def look_at_mailbox(mailbox: "Mailbox", password: str) -> "Iterator[Step]":
    if mailbox.pushed:
        from maildesk.mailboxes.ses import check_ses_mailbox

        return check_ses_mailbox(mailbox, os.environ["BUCKET"])
    return mailbox_type(mailbox.protocol).check_mailbox(mailbox, password)


def find_mail(mailbox: "Mailbox", password: str, message_id: str) -> bool:
    from maildesk.oauth.tokens import of_mailbox

    if mailbox.pushed:
        return False  # its receipt tells
    if mailbox.protocol in POLLED_APART:
        return exchange_function().find(mailbox, password, message_id)
    with access_tokens().signing_in(of_mailbox(mailbox, password)) as token:
        return look_for_mail(mailbox, token, message_id)


def look_for_mail(mailbox: "Mailbox", password: str, message_id: str) -> bool:
    return mailbox_type(mailbox.protocol).find_mail(mailbox, password, message_id)


def check_sender(sender: "Sender", login: "Login | None") -> "Iterator[Step]":
    if login is None:
        return look_at_sender(sender, None)
    from maildesk.oauth.tokens import for_sender

    return access_tokens().checking(for_sender(sender, login), lambda token: look_at_sender(sender, login.by(token)))


def look_at_sender(sender: "Sender", login: "Login | None") -> "Iterator[Step]":
    return sender_type(sender.kind).check_sender(sender, login)


@cache
def scheduler() -> "Scheduler":
    from maildesk.desk.schedule import Scheduler

    return Scheduler(settings(), states(), queues(), now)


@cache
def poller() -> "Poller":
    from maildesk.desk.poll import Poller

    return Poller(settings(), states(), secrets(), bucket(), queues(), open_mailbox, now, apart=POLLED_APART)


@cache
def exchange_poller() -> "Poller":
    from maildesk.desk.poll import Poller

    return Poller(settings(), states(), secrets(), bucket(), queues(), open_mailbox, now)


@cache
def checker() -> "Checker":
    from maildesk.desk.checking import Checker

    return Checker(secrets(), look_at_mailbox, look_for_mail)


@cache
def reception() -> "Reception":
    from maildesk.desk.push import Reception

    return Reception(settings(), bucket(), queues())


@cache
def receiver() -> "Receiver":
    from maildesk.desk.bodies import Bodies
    from maildesk.desk.intake import Intake
    from maildesk.desk.receive import Receiver

    intake = Intake(store(), settings(), secrets(), Bodies(bucket()))
    return Receiver(store(), bucket(), intake, now, timedelta(days=int(os.environ["RAW_MAIL_DAYS"])))


@cache
def relay() -> "Relay":
    from maildesk.desk.relay import Relay
    from maildesk.storage.events import EventBus

    return Relay(queues(), EventBus(os.environ["EVENT_BUS"]))


def mailer() -> "Mailer":
    from maildesk.desk.send import Mailer

    return Mailer(store(), bucket(), settings(), secrets(), open_sender, now)


@cache
def operator() -> "Operator":
    from maildesk.desk.operate.operator import Operator

    stores = settings(), states(), secrets(), store(), bucket(), queues()
    return Operator(*stores, check_mailbox, check_sender, open_sender, find_mail, now)

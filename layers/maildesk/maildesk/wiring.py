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
    from maildesk.ports import Login, MailboxConnection, SenderConnection, Step
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
    if mailbox.protocol == "pop3":
        from maildesk.mailboxes.pop3 import open_pop3

        return open_pop3(mailbox, password, bucket())
    if mailbox.protocol == "graph":
        from maildesk.mailboxes.graph import open_graph

        return open_graph(mailbox, password)
    if mailbox.protocol == "ews":
        from maildesk.mailboxes.ews import open_ews

        return open_ews(mailbox, password, bucket())
    from maildesk.mailboxes.imap import open_imap

    return open_imap(mailbox, password)


def open_sender(sender: "Sender", login: "Login | None") -> "SenderConnection":
    if login is None:
        return reach_sender(sender, None)
    from maildesk.oauth.tokens import for_sender

    login = for_sender(sender, login)
    with access_tokens().signing_in(login) as token:
        return reach_sender(sender, login.by(token))


def reach_sender(sender: "Sender", login: "Login | None") -> "SenderConnection":
    if sender.kind == "ses":
        from maildesk.senders.ses import open_ses

        return open_ses(sender, login)
    if sender.kind == "graph":
        from maildesk.senders.graph import open_graph_sender

        return open_graph_sender(sender, login)
    from maildesk.senders.smtp import open_smtp

    return open_smtp(sender, login)


def check_mailbox(mailbox: "Mailbox", password: str) -> "Iterator[Step]":
    from maildesk.oauth.tokens import of_mailbox

    if mailbox.protocol in POLLED_APART:
        return exchange_function().check(mailbox, password)
    return access_tokens().checking(of_mailbox(mailbox, password), lambda token: look_at_mailbox(mailbox, token))


def look_at_mailbox(mailbox: "Mailbox", password: str) -> "Iterator[Step]":
    if mailbox.protocol == "pop3":
        from maildesk.mailboxes.pop3_check import check_pop3

        return check_pop3(mailbox, password)
    if mailbox.protocol == "graph":
        from maildesk.mailboxes.graph_check import check_graph

        return check_graph(mailbox, password)
    if mailbox.protocol == "ews":
        from maildesk.mailboxes.ews_check import check_ews

        return check_ews(mailbox, password)
    if mailbox.protocol == "ses":
        from maildesk.mailboxes.ses_check import check_ses_mailbox

        return check_ses_mailbox(mailbox, os.environ["BUCKET"])
    from maildesk.mailboxes.imap_check import check_imap

    return check_imap(mailbox, password)


def find_mail(mailbox: "Mailbox", password: str, message_id: str) -> bool:
    from maildesk.oauth.tokens import of_mailbox

    if mailbox.pushed:
        return False  # its receipt tells
    if mailbox.protocol in POLLED_APART:
        return exchange_function().find(mailbox, password, message_id)
    with access_tokens().signing_in(of_mailbox(mailbox, password)) as token:
        return look_for_mail(mailbox, token, message_id)


def look_for_mail(mailbox: "Mailbox", password: str, message_id: str) -> bool:
    if mailbox.protocol == "pop3":
        from maildesk.mailboxes.pop3_finding import find_in_pop3

        return find_in_pop3(mailbox, password, message_id)
    if mailbox.protocol == "graph":
        from maildesk.mailboxes.graph_finding import find_in_graph

        return find_in_graph(mailbox, password, message_id)
    if mailbox.protocol == "ews":
        from maildesk.mailboxes.ews_finding import find_in_ews

        return find_in_ews(mailbox, password, message_id)
    from maildesk.mailboxes.imap_finding import find_in_imap

    return find_in_imap(mailbox, password, message_id)


def check_sender(sender: "Sender", login: "Login | None") -> "Iterator[Step]":
    if login is None:
        return look_at_sender(sender, None)
    from maildesk.oauth.tokens import for_sender

    return access_tokens().checking(for_sender(sender, login), lambda token: look_at_sender(sender, login.by(token)))


def look_at_sender(sender: "Sender", login: "Login | None") -> "Iterator[Step]":
    if sender.kind == "ses":
        from maildesk.senders.ses import check_ses

        return check_ses(sender, login)
    if sender.kind == "graph":
        from maildesk.senders.graph import check_graph_sender

        return check_graph_sender(sender, login)
    from maildesk.senders.smtp_check import check_smtp

    return check_smtp(sender, login)


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

"""Mails, tickets and settings for tests, each with whatever the test is about."""

from datetime import UTC, datetime, timedelta
from typing import Any

from maildesk.mail.message import Address, Automatic, Mail
from maildesk.settings import Mailbox, Sender, Settings
from maildesk.tickets.arrival import Arrival, Known
from maildesk.tickets.records import OutboxItem, Person, Ticket

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
KEYS = (b"a token key for tests",)
ANNA = Address("Anna", "anna@customer.example")
BEN = Address("Ben", "ben@customer.example")
MALLORY = Address("Mallory", "mallory@stranger.example")
OUT_OF_OFFICE = Automatic("out-of-office", "its subject says so")


def mail(sender: Address | None = ANNA, subject: str = "The printer is on fire", **more: Any) -> Mail:
    return Mail(**{"message_id": "first@customer.example", "subject": subject, "sender": sender, "text": "Please help.", **more})


def person(address: Address) -> Person:
    return Person(address.name, address.address)


def ticket(number: int = 7, **more: Any) -> Ticket:
    return Ticket(
        **{
            "number": number,
            "subject": "The printer is on fire",
            "requester": person(ANNA),
            "mailbox": "help",
            "thread": ("first@customer.example",),
            "created_at": NOW - timedelta(hours=1),
            "updated_at": NOW - timedelta(hours=1),
            **more,
        }
    )


def settings(**more: Any) -> Settings:
    """One mailbox, help@desk.example, and one sender for it."""
    return Settings(**{"mailboxes": (mailbox(),), "senders": (sender(),), **more})


def mailbox(name: str = "help", **more: Any) -> Mailbox:
    return Mailbox(**{"name": name, "address": f"{name}@desk.example", "host": "mail.desk.example", **more})


def sender(name: str = "out", **more: Any) -> Sender:
    return Sender(**{"name": name, "address": "help@desk.example", "host": "smtp.desk.example", "default": True, **more})


def arrival(**more: Any) -> Arrival:
    return Arrival(
        **{
            "identity": "0" * 32,
            "id": "019cae5f00000000000",
            "mailbox": "help",
            "raw_key": f"raw/{'0' * 32}.eml",
            "size": 1000,
            "received_at": NOW,
            "now": NOW,
            "expires_at": NOW + timedelta(days=365),
            **more,
        }
    )


def known(**more: Any) -> Known:
    return Known(**{"settings": settings(), **more})


def outbox_item(**more: Any) -> OutboxItem:
    return OutboxItem(
        **{
            "ticket": 7,
            "id": "019cae5f00000000000",
            "purpose": "auto-response",
            "mailbox": "help",
            "to": (person(ANNA),),
            "subject": "Re: The printer is on fire",
            "text": "We have your request.",
            "message_id": "md.7.019cae5f00000000000.c.aaaaaaaaaaaaaaaa@desk.example",
            "references": ("first@customer.example",),
            "created_at": NOW,
            **more,
        }
    )

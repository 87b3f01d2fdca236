"""The few things the desk needs from outside. Adapters translate every failure into one of two:
`TryAgain` (it may work later) or `GiveUp` (it will not until somebody changes something).
Both carry one plain sentence for the operator, never a secret and never mail text.
The use cases own the retry policy; adapters never retry."""

from maildesk.ports.accounts import (
    CheckMailbox,
    CheckSender,
    Cursor,
    Envelope,
    Fetched,
    FindMail,
    Listed,
    Login,
    MailboxConnection,
    OpenMailbox,
    OpenSender,
    Refused,
    SenderConnection,
    Sent,
)
from maildesk.ports.adapters import MailboxType, SenderType
from maildesk.ports.checks import LOOK_FOR_MAIL, Look, Step, steps
from maildesk.ports.failures import GiveUp, LeaseLost, SignInAgain, TryAgain, Withheld
from maildesk.ports.messages import Change, CheckRequest, DeskEvent, Events, Inbound, OutboxKey, Queues
from maildesk.ports.state import BrokeOff, Bucket, Clock, MailboxState, MailboxStates, Page, Progress, Secrets, SettingsStore, Store

__all__ = [
    "LOOK_FOR_MAIL",
    "BrokeOff",
    "Bucket",
    "Change",
    "CheckMailbox",
    "CheckRequest",
    "CheckSender",
    "Clock",
    "Cursor",
    "DeskEvent",
    "Envelope",
    "Events",
    "Fetched",
    "FindMail",
    "GiveUp",
    "Inbound",
    "LeaseLost",
    "Listed",
    "Login",
    "Look",
    "MailboxConnection",
    "MailboxState",
    "MailboxStates",
    "MailboxType",
    "OpenMailbox",
    "OpenSender",
    "OutboxKey",
    "Page",
    "Progress",
    "Queues",
    "Refused",
    "Secrets",
    "SenderConnection",
    "SenderType",
    "Sent",
    "SettingsStore",
    "SignInAgain",
    "Step",
    "Store",
    "TryAgain",
    "Withheld",
    "steps",
]

"""Senders by SMTP submission. What this module offers: `ports.SenderType`."""

from maildesk.senders.smtp.check import check_smtp as check_sender
from maildesk.senders.smtp.sender import open_smtp as open_sender

__all__ = ["check_sender", "open_sender"]

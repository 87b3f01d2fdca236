"""The last steps of a full test: a mail is sent to the mailbox, as an answer from there would be, and awaited in it."""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain, repeat
from uuid import uuid4

from maildesk.desk.operate.operator import Operator
from maildesk.desk.send import login_of
from maildesk.mail.compose import Outgoing, compose
from maildesk.mail.message import Address
from maildesk.ports import Envelope, GiveUp, Look, TryAgain
from maildesk.settings import Mailbox, Sender, Settings
from maildesk.tickets.records import Receipt

PATIENCE = 60
"""Seconds a mail may take."""

WHOLE_TEST = 90
"""Seconds until the last look for it begins. `operate` has 120: a server may leave that look without an answer for half a minute."""

_PAUSES = (1, 1, 2, 3, 5)
_LAST_PAUSE = 8
_LATEST = 50  # receipts

_TEXT = "This mail was sent by a full test of mailbox {0}, to see whether mail arrives there. It opens no ticket; nobody need answer.\n"
_IN_THE_END = {"keep": "leaves it there", "move": "moves it to {archive_folder}", "delete": "deletes it"}


class RoundTrip:
    """`settings`: the desk as it would be with this mailbox; `password`: what Secrets Manager would hold of it."""

    def __init__(self, operator: Operator, settings: Settings, mailbox: Mailbox, password: str) -> None:
        self._operator, self._settings, self._mailbox, self._password = operator, settings, mailbox, password
        self._message_id = ""
        self._whole_test_began = operator.clock()
        self._patience = 0.0

    def looks(self) -> Iterator[Look]:
        yield "mail sent", self._send
        yield "mail received", self._receive

    def _send(self) -> str:
        sender = self._settings.sender_for(self._mailbox)
        if sender is None:
            raise GiveUp("No sender is set up that could answer for this mailbox. Add one with sender.put.")
        try:
            self._send_by(sender)
        except (TryAgain, GiveUp) as failure:
            raise GiveUp(f"Sender {sender.name} did not send it. {failure} sender.test looks at that sender alone.") from failure
        return f"sender {sender.name} gave it away, from {sender.address} to {self._mailbox.address}"

    def _send_by(self, sender: Sender) -> None:
        message_id = f"full-test.{uuid4().hex}@{sender.address.rpartition('@')[2]}"
        mime = compose(self._mail(sender, message_id))
        with self._operator.open_sender(sender, login_of(sender, self._settings, self._operator.secrets)) as connection:
            sent = connection.send(Envelope(sender.address, (self._mailbox.address,)), mime)
        self._message_id = sent.message_id or message_id

    def _mail(self, sender: Sender, message_id: str) -> Outgoing:
        return Outgoing(
            sender=Address(sender.display_name or self._settings.desk.name, sender.address),
            reply_to=None,
            to=(Address("", self._mailbox.address),),
            cc=(),
            subject=f"Full test of mailbox {self._mailbox.name}",
            text=_TEXT.format(self._mailbox.name),
            date=self._operator.clock(),
            message_id=message_id,
            references=(),
            automatic="auto-generated",
        )

    def _receive(self) -> str:
        began, trouble = self._operator.clock(), ""
        self._patience = max(0.0, min(PATIENCE, WHOLE_TEST - self._seconds_since(self._whole_test_began)))
        for pause in chain(_PAUSES, repeat(_LAST_PAUSE)):
            try:
                if self._is_there():
                    return f"after {self._seconds_since(began):.0f} s. {self._what_becomes_of_it}"
            except TryAgain as failure:  # a POP3 server may want more time between two sign-ins
                trouble = f" The last look for it failed: {failure}"
            left = self._patience - self._seconds_since(began)
            if left <= 0:
                break
            self._operator.wait(min(pause, left))
        raise GiveUp(self._not_there + trouble)

    def _is_there(self) -> bool:
        """In the mailbox, or taken from there by a poll that was faster, or handed over by Amazon SES."""
        taken = self._operator.store.receipts("done", _LATEST, None).records
        arrived = any(isinstance(one, Receipt) and one.message_id == self._message_id for one in taken)
        return arrived or self._operator.find_mail(self._mailbox, self._password, self._message_id)

    def _seconds_since(self, began: datetime) -> float:
        return (self._operator.clock() - began).total_seconds()

    @property
    def _what_becomes_of_it(self) -> str:
        if self._mailbox.pushed:
            return "Amazon SES handed it over; it opened no ticket"
        in_the_end = _IN_THE_END[self._mailbox.after_fetch].format(archive_folder=self._mailbox.archive_folder)
        return f"It stays in the mailbox; a poll that meets it opens no ticket for it and {in_the_end}"

    @property
    def _not_there(self) -> str:
        if self._mailbox.pushed:
            return (
                f"Amazon SES has not handed it over after {self._patience:.0f} s. Check the MX record of the domain of"
                f" {self._mailbox.address}, look into the log of receive-ses, and look for a bounce in the sender's own mailbox."
            )
        where = " or ".join(self._mailbox.used_folders)
        return (
            f"It is not in {where} after {self._patience:.0f} s. Look for it in the spam folder, check that mail to"
            f" {self._mailbox.address} comes to this account and no rule there forwards or sorts it, and look for a bounce in the sender's"
            " own mailbox."
        )

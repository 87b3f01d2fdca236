"""A connection test that one function carries out for another, because only it has the library for the protocol."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from maildesk.ports import LOOK_FOR_MAIL, CheckMailbox, CheckRequest, FindMail, GiveUp, Secrets, Step, TryAgain


@dataclass(frozen=True)
class Checker:
    secrets: Secrets
    check: CheckMailbox
    find: FindMail

    def answer(self, event: Any) -> list[dict[str, Any]]:
        """The steps, as JSON has them: whether a mail is there is one, and so is what keeps a test from starting."""
        request = msgspec.convert(event, CheckRequest)
        try:
            steps = list(self._steps(request))
        except (TryAgain, GiveUp) as failure:
            steps = [Step("connection", False, str(failure))]
        return [msgspec.to_builtins(step) for step in steps]

    def _steps(self, request: CheckRequest) -> Iterable[Step]:
        password = self._password(request)
        if request.message_id is None:
            return self.check(request.mailbox, password)
        return [Step(LOOK_FOR_MAIL, self.find(request.mailbox, password, request.message_id), "")]

    def _password(self, request: CheckRequest) -> str:
        if request.password is not None:
            return request.password
        secret = f"mailbox/{request.mailbox.name}"
        self.secrets.forget(secret)
        return self.secrets.get(secret) or ""

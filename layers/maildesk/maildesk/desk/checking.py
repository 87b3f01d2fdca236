"""A connection test that one function carries out for another, because only it has the library for the protocol."""

from dataclasses import dataclass
from typing import Any

import msgspec

from maildesk.ports import CheckMailbox, CheckRequest, GiveUp, Secrets, Step, TryAgain


@dataclass(frozen=True)
class Checker:
    secrets: Secrets
    check: CheckMailbox

    def answer(self, event: Any) -> list[dict[str, Any]]:
        """The steps, as JSON has them; what keeps the test from starting is one too."""
        request = msgspec.convert(event, CheckRequest)
        try:
            steps = list(self.check(request.mailbox, self._password(request)))
        except (TryAgain, GiveUp) as failure:
            steps = [Step("connection", False, str(failure))]
        return [msgspec.to_builtins(step) for step in steps]

    def _password(self, request: CheckRequest) -> str:
        if request.password is not None:
            return request.password
        secret = f"mailbox/{request.mailbox.name}"
        self.secrets.forget(secret)
        return self.secrets.get(secret) or ""

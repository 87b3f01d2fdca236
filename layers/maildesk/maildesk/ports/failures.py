"""What goes wrong outside, in two kinds."""


class TryAgain(Exception):  # noqa: N818
    """A failure that may pass: a time-out, a closed port, a server that is busy and may have said for how many `seconds`."""

    def __init__(self, sentence: str, seconds: float = 0) -> None:
        super().__init__(sentence)
        self.seconds = seconds


class LeaseLost(TryAgain):
    """Another poll has the mailbox now."""


class GiveUp(Exception):  # noqa: N818
    """A failure that stays until somebody acts: a wrong password, a missing folder, an untrusted certificate."""


class Withheld(GiveUp):
    """A mail that the server does not give, or its rest, though it gave the start; other mails can be had."""


class SignInAgain(GiveUp):
    """A consent or a client that the provider no longer honours: no try will help before the operator gives a new one."""

"""Every command's example, on an empty desk and on one with something on it."""

import pytest

from maildesk.desk.operate.dispatch import COMMANDS, answer
from maildesk.desk.operate.operator import Operator
from tests.fakes import (
    FixedClock,
    MailServer,
    MemoryBucket,
    MemoryQueues,
    MemorySecrets,
    MemorySettings,
    MemoryStates,
    MemoryStore,
    PostOffice,
)


@pytest.fixture
def operator() -> Operator:
    return Operator(
        MemorySettings(),
        MemoryStates(),
        MemorySecrets(),
        MemoryStore(),
        MemoryBucket(),
        MemoryQueues(),
        MailServer().check,
        PostOffice().check,
        FixedClock(),
    )


@pytest.mark.parametrize("command", COMMANDS.values(), ids=lambda command: command.name)
def test_every_example_is_understood(operator, command):
    result = answer(operator, {"command": command.name, **command.example})
    assert result["ok"] or result["error"]["message"].startswith(
        ("There is no mailbox", "There is no sender", "There is no ticket", "There is no receipt")
    )

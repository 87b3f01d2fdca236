"""Requests to AWS and DynamoDB units for each new mail, against the budgets. `python -m benchmarks.calls`"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from benchmarks.desk import Call, Desk, local_state, recorded
from maildesk import wiring
from maildesk.mail.parse import parse
from maildesk.telemetry import logger

MAILS = 100
BUDGET_CALLS, BUDGET_WRITE_UNITS = 6, 20

MAIL = """\
Message-ID: <{number}@customer.example>
Date: Mon, 2 Mar 2026 09:30:00 +0000
From: Person {number} <person{number}@customer.example>
To: help@desk.example
Subject: The printer on floor {number} is on fire

It began this morning, shortly after nine. We have unplugged it, and opened the windows.
Could somebody come and have a look? The keys are at the desk.

Person {number}
"""

ANSWER = """\
Message-ID: <answer{number}@customer.example>
In-Reply-To: <{answered}>
References: <{number}@customer.example> <{answered}>
From: Person {number} <person{number}@customer.example>
To: help@desk.example
Subject: Re: The printer on floor {number} is on fire

It is out now.
"""

STEPS = ("schedule", "poll", "receive", "relay", "send")


def measured(desk: Desk, mails: Sequence[str]) -> dict[str, list[Call]]:
    """What each function asked for, for these new mails."""
    before = len(desk.server.mails)
    desk.server.mails |= {f"{before + place:06}": mail.replace("\n", "\r\n").encode() for place, mail in enumerate(mails)}
    wiring.states().schedule("help", datetime.now(UTC))
    return {step: _calls(getattr(desk, step)) for step in STEPS}


def _calls(step: Callable[[], None]) -> list[Call]:
    """Without those that AWS's pollers make themselves."""
    with recorded() as calls:
        step()
    own = {"sqs:ReceiveMessage", "sqs:DeleteMessageBatch"}
    return [call for call in calls if call.name not in own and call.service != "dynamodbstreams"]


def show(title: str, steps: dict[str, list[Call]], console: Console) -> None:
    table = Table("function", "requests", "per mail", "write units", "per mail", "which", title=title)
    for step, calls in steps.items():
        kinds = ", ".join(f"{count} {name}" for name, count in Counter(call.name for call in calls).most_common())
        written = sum(call.written for call in calls)
        table.add_row(step, f"{len(calls)}", f"{len(calls) / MAILS:.2f}", f"{written:g}", f"{written / MAILS:.2f}", kinds)
    console.print(table)


def main() -> None:
    console = Console(width=160)
    logger.setLevel("WARNING")
    with local_state():
        desk = Desk()
        new = measured(desk, [MAIL.format(number=number) for number in range(MAILS)])
        show(f"{MAILS} new mails, each answered at once", new, console)
        ids = [parse(mime).message_id for _, mime in desk.office.sent]
        assert len(ids) == MAILS, "each mail was answered"
        answers = measured(desk, [ANSWER.format(number=number, answered=one) for number, one in enumerate(ids)])
        show(f"{MAILS} answers", answers, console)
        nothing = measured(desk, [])
        show("A poll with nothing new", nothing, console)
    taken_in = sum(len(new[step]) for step in ("poll", "receive")) / MAILS
    written = sum(call.written for calls in new.values() for call in calls) / MAILS
    console.print(f"to take in one mail: {taken_in:.2f} requests (budget {BUDGET_CALLS})")
    console.print(f"a new ticket with auto-response, sent: {written:.2f} write units (budget {BUDGET_WRITE_UNITS})")


if __name__ == "__main__":
    main()

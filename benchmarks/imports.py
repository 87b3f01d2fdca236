"""How long each function takes to be ready for its first event, with all its use case and clients need, against boto3 with one client:
fresh processes, the built layers with their bytecode."""

import os
import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from local.aws import ROOT, USER
from local.deploy import BUILD, build

ROUNDS = 7
BUDGET = 1.5
FLOOR = "import boto3; boto3.client('dynamodb')"
STACK = BUILD / "stack"
READY = {
    "operate": "operator(); wiring.settings()",
    "poll_exchange": "exchange_poller(); wiring.bucket()._s3; wiring.queues()._sqs; import maildesk.mailboxes.ews.mailbox",
    "poll_mailbox": "poller(); wiring.bucket()._s3; wiring.queues()._sqs; import maildesk.mailboxes.imap.mailbox",
    "receive_mail": "receiver(); wiring.bucket()._s3",
    "receive_ses": "reception(); wiring.bucket()._s3; wiring.queues()._sqs",
    "relay_outbox": "relay(); wiring.queues()._sqs",
    "schedule_polls": "scheduler(); wiring.queues()._sqs",
    "send_mail": "mailer(); import maildesk.senders.smtp.sender",
}
LAYERS = [STACK / f"{name}Layer/python" for name in ("Maildesk", "Dependencies", "Exchange")]
SETTINGS = dict.fromkeys(
    (
        "BUCKET",
        "POLLS_QUEUE",
        "EXCHANGE_POLLS_QUEUE",
        "EXCHANGE_FUNCTION",
        "INBOUND_QUEUE",
        "OUTBOX_QUEUE",
        "EVENT_BUS",
        "SECRETS_PREFIX",
        "TOKEN_KEY",
        "SETTINGS_TABLE",
        "TICKETS_TABLE",
    ),
    "x",
) | {
    "RAW_MAIL_DAYS": "1",
    "AWS_REGION": "eu-central-1",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": USER,
    "AWS_SECRET_ACCESS_KEY": USER,
}


def seconds(code: str, *folders: Path) -> float:
    """The best of some rounds of the process's own CPU and waiting, the interpreter's start included."""
    path = os.pathsep.join(map(str, [*folders, *LAYERS]))
    environment = SETTINGS | {"PYTHONPATH": path, "PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    return min(_once(code, environment) for _ in range(ROUNDS))


def _once(code: str, environment: dict[str, str]) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-S", "-c", code], env=environment, check=True)
    return time.perf_counter() - start


def main() -> None:
    build()
    bare, floor = seconds("pass"), seconds(FLOOR)
    table = Table("function", "ms", f"of the floor ({(floor - bare) * 1000:.0f} ms)", title=f"Imports (budget {BUDGET}x)")
    for folder in sorted((ROOT / "functions").glob("*/")):
        taken = seconds(f"import handler; from maildesk import wiring; wiring.{READY[folder.name]}", folder) - bare
        table.add_row(folder.name, f"{taken * 1000:.0f}", f"{taken / (floor - bare):.2f}x")
    Console().print(table)


if __name__ == "__main__":
    main()

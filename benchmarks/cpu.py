"""CPU of the deployed functions for each mail of the corpus, from Dovecot to the SMTP server, on the local AWS. Our processes only:
what the local AWS and the mail servers use is not counted, nor is the functions' start. `python -m benchmarks.cpu [MAILS]`."""

import os
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from local.aws import LocalAws, free_port
from local.desk import LocalDesk, deployed
from local.mail.dovecot import Dovecot, missing
from local.mail.smtp_receiver import SmtpReceiver
from tests.end_to_end.corpus import corpus
from tests.end_to_end.disturbance import let_lease_expire, wait_until_idle, workers

USER = "support@example.test"
WARM_UP = 100
BUDGETS = {"poll + receive": (5, ("poll", "receive")), "the same, answered and sent": (9, ("poll", "receive", "relay", "send"))}


def connect(desk: LocalDesk, dovecot: Dovecot, receiver: SmtpReceiver) -> None:
    mailbox = {"name": "support", "address": USER, "host": "127.0.0.1", "port": dovecot.imap_port, "security": "none", "password": "secret"}
    sender = {"name": "out", "address": USER, "host": "127.0.0.1", "port": receiver.port, "security": "none", "auth": "none"}
    document = {"desk": {"autoresponse": {"max_age_days": 0}}, "mailboxes": [mailbox], "senders": [sender]}
    answer = desk.operate({"command": "settings.apply", "document": document})
    assert answer["ok"], answer


def milliseconds(desk: LocalDesk) -> Counter[str]:
    """CPU so far, by function."""
    used: Counter[str] = Counter()
    tick = 1000 / os.sysconf("SC_CLK_TCK")
    for pid, function in workers(desk):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        used[function] += round((int(fields[11]) + int(fields[12])) * tick)
    return used


def take_in(desk: LocalDesk, dovecot: Dovecot, count: int, seed: int) -> Counter[str]:
    """Delivers so many mails, lets the functions work, returns the CPU that took."""
    before = milliseconds(desk)
    for _, raw in corpus(count, seed):
        dovecot.deliver(USER, raw)
    let_lease_expire(desk, "support")
    desk.invoke("SchedulePolls", {})
    wait_until_idle(desk, 600)
    return milliseconds(desk) - before


def report(used: Counter[str], count: int) -> Table:
    table = Table("what", "ms a mail", "budget", title=f"CPU of the functions, {count} mails")
    for function, spent in used.most_common():
        table.add_row(function, f"{spent / count:.2f}", "")
    for name, (budget, functions) in BUDGETS.items():
        table.add_row(name, f"{sum(used[function] for function in functions) / count:.2f}", f"{budget}")
    return table


def main(count: int) -> None:
    if reason := missing():
        sys.exit(reason)
    with (
        TemporaryDirectory() as folder,
        LocalAws(Path(folder) / "aws", port=free_port()) as aws,
        Dovecot(Path(folder) / "dovecot", {USER: "secret"}) as dovecot,
        SmtpReceiver() as receiver,
    ):
        desk = deployed(aws)
        connect(desk, dovecot, receiver)
        take_in(desk, dovecot, WARM_UP, seed=1)
        Console().print(report(take_in(desk, dovecot, count, seed=2), count))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)

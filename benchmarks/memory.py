"""Peak memory of taking in one large mail: polled from a real server and sent to the local AWS's bucket, then read again and decided.
`python -m benchmarks.memory [MEGABYTES]`"""

import os
import subprocess
import sys
from base64 import encodebytes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

import boto3
import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks.desk import local_state
from local.mail.certificates import authority
from local.mail.dovecot import Dovecot, missing
from maildesk import wiring
from maildesk.desk.receive import Delivery
from maildesk.ports import Inbound
from maildesk.settings import Mailbox, Settings
from maildesk.settings.auth import Microsoft
from tests.servers.ews import ADDRESS, EwsServer
from tests.servers.ews import USER as EXCHANGE_USER
from tests.servers.graph import TOKEN, USER, GraphServer
from tests.servers.web import trusted

MEGABYTES = 100
BUDGET = 256
"""Where a protocol gives a mail in parts. Where it does not, three times the mail."""

FUNCTION = 1024
HEAD = b"""\
From: anna@example.net
Subject: Large
Message-ID: <%s@example.net>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b

The film is attached.
--b
Content-Type: video/mp4; name=film.mp4
Content-Disposition: attachment
Content-Transfer-Encoding: base64

"""


def large_mail(name: str, megabytes: int) -> bytes:
    line = encodebytes(bytes(range(57))).replace(b"\n", b"\r\n")
    return (HEAD % name.encode()).replace(b"\n", b"\r\n") + line * (megabytes * 1_000_000 // len(line)) + b"--b--\r\n"


@contextmanager
def servers(megabytes: int) -> Iterator[list[Mailbox]]:
    """A mailbox of each protocol, each with one large mail."""
    certificates = authority()
    with TemporaryDirectory() as name, Dovecot(Path(name), dict.fromkeys(("imap@x.test", "pop3@x.test"), TOKEN)) as dovecot:
        for protocol in ("imap", "pop3"):
            dovecot.deliver(f"{protocol}@x.test", large_mail(protocol, megabytes))
        here = {"host": "127.0.0.1", "security": "none", "max_size_mb": 0}
        trusting = mock.patch.dict(os.environ, REQUESTS_CA_BUNDLE=str(trusted(certificates, Path(name))))
        with GraphServer(certificates) as graph, EwsServer(certificates) as exchange, trusting:
            graph.deliver(large_mail("graph", megabytes))
            exchange.deliver(large_mail("ews", megabytes))
            exchange.password = TOKEN
            port, ews_port = (int(server.origin.rpartition(":")[2]) for server in (graph, exchange))
            ews = {"name": "ews", "protocol": "ews", "address": ADDRESS, "user": EXCHANGE_USER, "port": ews_port}
            yield [
                Mailbox(name="imap", address="imap@x.test", port=dovecot.imap_port, **here),
                Mailbox(name="graph", address=USER, protocol="graph", auth=Microsoft(tenant_id="t", client_id="c"), port=port, **here),
                Mailbox(**here | ews | {"security": "tls"}),
                Mailbox(name="pop3", address="pop3@x.test", protocol="pop3", port=dovecot.pop3_port, **here),
            ]


def main(megabytes: int = MEGABYTES) -> None:
    if reason := missing():
        print(reason)
        return
    table = Table("protocol", "poll", "budget", "receive", "function", title=f"Peak memory in MB with one mail of {megabytes} MB")
    with local_state(), servers(megabytes) as mailboxes:
        wiring.settings().save(Settings(), Settings(mailboxes=tuple(mailboxes)))
        for mailbox in mailboxes:
            wiring.secrets().put(f"mailbox/{mailbox.name}", TOKEN)
            wiring.states().schedule(mailbox.name, datetime.now(UTC))
            table.add_row(mailbox.name, peak_of("poll", mailbox.name), str(BUDGET), peak_of("receive", mailbox.name), str(FUNCTION))
    Console().print(table)


def peak_of(work: str, mailbox: str) -> str:
    """In a process of its own, so that one's peak is not another's."""
    arguments = [sys.executable, "-m", "benchmarks.memory", work, mailbox]
    return subprocess.run(arguments, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[-1]


def poll(mailbox: str) -> None:
    wiring.open_mailbox = wiring.reach_mailbox  # the access token is the password here
    wiring.exchange_poller().poll(mailbox, lambda: 300)  # it knows all protocols
    state = wiring.states().get(mailbox)
    assert state and state.progress and (state.last_error, state.progress.taken) == (None, 1), state


def receive(_mailbox: str) -> None:
    (message,) = boto3.client("sqs").receive_message(QueueUrl=os.environ["INBOUND_QUEUE"])["Messages"]
    boto3.client("sqs").delete_message(QueueUrl=os.environ["INBOUND_QUEUE"], ReceiptHandle=message["ReceiptHandle"])
    wiring.receiver().receive([Delivery(msgspec.json.decode(message["Body"], type=Inbound))])


def peak_megabytes() -> int:
    """Of this process alone: what getrusage tells counts the parent's memory from before exec."""
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) // 1000


WORK: dict[str, Callable[[str], None]] = {"poll": poll, "receive": receive}

if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in WORK:
        WORK[sys.argv[1]](sys.argv[2])
        print(peak_megabytes())
    else:
        main(*map(int, sys.argv[1:]))

"""Peak memory of taking in one mail of 100 MB: fetched from Dovecot, told apart, put into the bucket; then read again and decided."""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from local.mail.dovecot import Dovecot, missing

MEGABYTES = 100
BUDGET = 256
USER = "support@example.test"


def main() -> None:
    """Each part in a process of its own, so that one's peak is not the other's."""
    if reason := missing():
        print(reason)
        return
    with TemporaryDirectory() as folder, Dovecot(Path(folder), {USER: "secret"}) as server:
        server.deliver(USER, large_mail())
        arguments = [sys.executable, "-m", "benchmarks.memory", str(server.imap_port)]
        peak = subprocess.run(arguments, check=True, capture_output=True, text=True).stdout.strip()
    print(f"peak memory with one {MEGABYTES} MB mail: poll {peak} MB (budget {BUDGET} MB)")


def large_mail() -> bytes:
    line = b"x" * 76 + b"\r\n"
    head = b"From: anna@example.net\r\nSubject: Large\r\nMessage-ID: <large@example.net>\r\nContent-Type: application/octet-stream\r\n\r\n"
    return head + line * (MEGABYTES * 1_000_000 // len(line))


def poll(port: int) -> None:
    from maildesk.mail.identity import fingerprint
    from maildesk.mailboxes.imap import open_imap
    from maildesk.settings import Mailbox

    mailbox = Mailbox(name="support", address=USER, host="127.0.0.1", port=port, security="none", only_unread=False)
    with open_imap(mailbox, "secret") as connection:
        for mail in connection.fetch(connection.list_new(None), 0):
            fingerprint(mail.raw)
    print(peak_megabytes())


def peak_megabytes() -> int:
    """Of this process alone: what getrusage tells counts the parent's memory from before exec."""
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) // 1000


if __name__ == "__main__":
    poll(int(sys.argv[1]))

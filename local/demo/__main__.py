"""`python -m local.demo [--once] [--port PORT]`"""

import argparse
import sys
import time

from local.aws import CannotStart
from local.demo.screen import Screen
from local.demo.servers import Running, servers
from local.demo.show import show_how_to_go_on, show_receipts, show_sent, show_tickets
from local.demo.story import begin, tell
from local.demo.view import receipts, tickets


def main() -> int:
    options = arguments()
    screen = Screen()
    try:
        with servers(screen, options.port) as running:
            problems = run(running, screen)
            if not options.once:
                stay(running, screen)
            return 1 if problems else 0
    except CannotStart as problem:
        screen.console.print(f"[red]{problem}[/]", soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        screen.console.print("\nEnded. The tickets are kept for the next `make demo`; `make clean` forgets them.")
        return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo", description="The whole path on this machine.")
    parser.add_argument("--once", action="store_true", help="end by itself, with 1 where anything is missing")
    parser.add_argument("--port", type=int, help="of the local AWS")
    return parser.parse_args()


def run(running: Running, screen: Screen) -> list[str]:
    begin(running)
    problems = tell(running, screen)
    show_receipts(screen, receipts(running.desk))
    show_tickets(screen, tickets(running.desk))
    show_sent(screen, running.sent.all)
    for problem in problems:
        screen.console.print(f"[red]✗[/] {problem}", markup=True)
    if not problems:
        screen.console.print("[green]✓[/] every sample mail became what it should, and every answer is in its thread")
    return problems


def stay(running: Running, screen: Screen) -> None:
    """Until Ctrl-C, telling of each mail that comes in or goes out."""
    known = {receipt["identity"] for receipt in receipts(running.desk)}
    show_how_to_go_on(screen, min((ticket["number"] for ticket in tickets(running.desk)), default=1))
    while True:
        for receipt in receipts(running.desk):
            if receipt["identity"] not in known:
                known.add(receipt["identity"])
                screen.console.print(f"← {receipt['sender']}: {receipt['subject']} ({receipt['outcome']})", markup=False)
        for mail in running.sent.new():
            screen.console.print(f"→ {', '.join(mail.recipients)}: {mail.subject}", markup=False)
        time.sleep(2)


if __name__ == "__main__":
    sys.exit(main())

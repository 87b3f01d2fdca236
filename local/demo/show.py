"""The tables at the end, and how to go on."""

from typing import Any

from rich.markup import escape
from rich.table import Table

from local.demo.mails_sent import Sent
from local.demo.screen import Screen

Json = dict[str, Any]
COLOURS = {"new ticket": "green", "joined": "cyan", "automatic": "dim", "bounce": "magenta", "unreadable": "red", "too large": "red"}

HOW_TO_GO_ON = """
The desk goes on running. In another terminal, in this folder:

  [bold]local/operate ticket.show ticket={number}[/]                         a ticket with all its messages
  [bold]local/operate ticket.reply ticket={number} text='Hello, …'[/]        answer it; the mail appears here
  [bold]local/operate receipt.list[/]                                 what became of each mail, and why
  [bold]local/operate help[/]                                         every command

Your own mailbox (its mails are only read: nothing is moved, deleted or marked, nobody is answered):

  [bold]local/operate mailbox.put name=mine address=me@example.org host=imap.example.org password=… autoresponse=false[/]
  [bold]local/operate mailbox.test name=mine[/]
"""


def show_tickets(screen: Screen, tickets: list[Json]) -> None:
    table = Table("#", "status", "from", "subject", title=f"{len(tickets)} tickets", title_justify="left")
    for ticket in sorted(tickets, key=lambda ticket: ticket["number"]):
        who = ticket["requester"]["name"] or ticket["requester"]["address"]
        table.add_row(str(ticket["number"]), ticket["status"], escape(who), escape(ticket["subject"] or "(no subject)"))
    screen.console.print(table)


def show_receipts(screen: Screen, receipts: list[Json]) -> None:
    table = Table("mail", "became", "ticket", "because", title=f"{len(receipts)} receipts", title_justify="left")
    for receipt in sorted(receipts, key=lambda receipt: receipt["processed_at"]):
        outcome = f"[{COLOURS.get(receipt['outcome'], 'white')}]{receipt['outcome']}[/]"
        ticket = f"#{receipt['ticket']}" if receipt.get("ticket") else ""
        table.add_row(escape(receipt["subject"] or "(no subject)"), outcome, ticket, escape("\n".join(receipt["reasons"])))
    screen.console.print(table)


def show_sent(screen: Screen, sent: list[Sent]) -> None:
    table = Table("to", "subject", "after the greeting", title=f"{len(sent)} mails sent", title_justify="left")
    for mail in sent:
        table.add_row(escape(", ".join(mail.recipients)), escape(mail.subject), escape(mail.gist))
    screen.console.print(table)


def show_how_to_go_on(screen: Screen, number: int) -> None:
    screen.console.print(HOW_TO_GO_ON.format(number=number))

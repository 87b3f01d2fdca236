"""A mailbox on an Exchange server, from the connection test to the ticket: by the function that has the library for it."""

from local.mail.certificates import authority
from tests.end_to_end.disturbance import wait_until_idle
from tests.office import written
from tests.servers.ews import ADDRESS, PASSWORD, USER, EwsServer

MAIL = written("exchange", "anna@customer.example", "From an Exchange server", "Please help.")


def test_from_the_connection_test_to_the_ticket(desk):
    with EwsServer(authority()) as server:
        port = int(server.origin.rpartition(":")[2])
        line = {"protocol": "ews", "host": "127.0.0.1", "port": port, "verify_tls": False}
        mailbox = {"name": "exchange", "address": ADDRESS, "user": USER, "after_fetch": "move", **line}
        told = desk.operate({"command": "mailbox.test", **mailbox, "password": "wrong"})
        assert told["steps"][-1]["name"] == "sign-in" and "does not let EXAMPLE\\desk sign in" in told["steps"][-1]["detail"]
        assert desk.operate({"command": "mailbox.put", **mailbox, "password": PASSWORD})["ok"]
        told = desk.operate({"command": "mailbox.test", "name": "exchange"})
        assert told["passed"], told
        server.deliver(MAIL)
        assert desk.operate({"command": "mailbox.sync_now", "name": "exchange"})["ok"]
        desk.wait_until(lambda: server.items("Archive"))
        wait_until_idle(desk, 60)
        state = desk.operate({"command": "mailbox.get", "name": "exchange"})["state"]
        desk.operate({"command": "mailbox.delete", "name": "exchange"})
    assert (state["last_error"], state["taken_today"], server.problems) == (None, 1, [])
    tickets = desk.operate({"command": "ticket.list"})["tickets"]
    assert [ticket["subject"] for ticket in tickets if ticket["mailbox"] == "exchange"] == ["From an Exchange server"]
    assert not [line for line in desk.logs() if PASSWORD in line]

"""What every sender adapter keeps, whatever its way out. Subclass it and give it an `outlet` fixture."""

from email import message_from_bytes

import pytest

from maildesk.ports import Envelope
from tests.servers.outlets import Outlet

MAIL = (
    b"From: Support <support@example.test>\r\nTo: alice@example.test\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
    b"Message-ID: <1@example.test>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    b"First line\r\n.\r\n..two dots\r\nlast line\r\n"
)
TO_ALICE = Envelope("support@example.test", ("alice@example.test",))


class SenderContract:
    verbatim = True

    @pytest.fixture
    def outlet(self) -> Outlet:
        raise NotImplementedError

    def test_a_mail_goes_out_as_it_is(self, outlet: Outlet) -> None:
        with outlet.open() as connection:
            sent = connection.send(TO_ALICE, MAIL)
        (received,) = outlet.received()
        assert sent.provider_id
        assert sent.refused == ()
        assert (received.sender, received.recipients) == ("support@example.test", ("alice@example.test",))
        if self.verbatim:
            assert received.raw == MAIL
        assert b"\r\n..two dots\r\n" in message_from_bytes(received.raw).get_payload(decode=True).replace(b"\r\n", b"\n").replace(
            b"\n", b"\r\n"
        )

    def test_to_many_at_once_also_to_those_no_header_names(self, outlet: Outlet) -> None:
        people = tuple(f"person{number}@example.test" for number in range(20))
        with outlet.open() as connection:
            connection.send(Envelope("support@example.test", people), MAIL)
        (received,) = outlet.received()
        assert received.recipients == people

    def test_one_connection_serves_for_many_mails(self, outlet: Outlet) -> None:
        with outlet.open() as connection:
            ids = {connection.send(TO_ALICE, MAIL).provider_id for _ in range(3)}
        assert len(outlet.received(3)) == len(ids) == 3

    def test_a_mail_of_several_megabytes(self, outlet: Outlet) -> None:
        with outlet.open() as connection:
            connection.send(TO_ALICE, MAIL + (b"x" * 900 + b"\r\n") * 4000)
        (received,) = outlet.received()
        assert len(received.raw) > 3_000_000

    def test_the_connection_test_passes(self, outlet: Outlet) -> None:
        steps = list(outlet.check())
        assert steps
        assert [step.detail for step in steps if not step.ok] == []

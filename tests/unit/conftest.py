"""Unit tests talk to nobody."""

import socket

import pytest


@pytest.fixture(autouse=True)
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_self: socket.socket, address: object) -> None:
        raise AssertionError(f"A unit test wants to connect to {address}: it belongs with the integration tests.")

    monkeypatch.setattr(socket.socket, "connect", refuse)

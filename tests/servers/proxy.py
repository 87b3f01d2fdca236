"""A man in the middle for tests: passes bytes between a client and a real server, counts commands, and misbehaves on demand."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterable
from typing import Self


class Proxy:
    """`lines` are the client's (no TLS). `cut_at(step)` cuts the line once: an even step before the server sees the client's
    line number step // 2, an odd one when the server has answered it and the client has not yet heard.
    `cut_after_bytes` cuts what the server sends at that length; `garble` changes it.
    `spoil` is handed the beginning of each answer, and gives the pieces that are sent in its place; `heard` is told each line
    that reaches the server, `when_cut` that one of these cuts took place."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.lines: list[bytes] = []
        self.cut_after_bytes: int | None = None
        self.garble: Callable[[bytes], bytes] = lambda data: data
        self.spoil: Callable[[bytes], Iterable[bytes]] = lambda data: [data]
        self.heard: Callable[[bytes], object] = lambda line: None
        self.when_cut: Callable[[], object] = lambda: None
        self._step: int | None = None
        self._sockets: list[socket.socket] = []

    def cut_at(self, step: int) -> None:
        self.lines.clear()
        self._step = step

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.cut()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def cut(self) -> None:
        """Ends all connections, as when a cable is pulled."""
        sockets, self._sockets = self._sockets, []
        for each in sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _cut_on_demand(self) -> None:
        self.when_cut()
        self.cut()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self.target))
                for each in (client, server):
                    each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._sockets += [client, server]
                mute, asked = threading.Event(), threading.Event()
                asked.set()
                threading.Thread(target=self._to_server, args=(client, server, mute, asked), daemon=True).start()
                threading.Thread(target=self._to_client, args=(server, client, mute, asked), daemon=True).start()

    def _to_server(self, client: socket.socket, server: socket.socket, mute: threading.Event, asked: threading.Event) -> None:
        with contextlib.suppress(OSError, ValueError):
            for line in client.makefile("rb"):
                if client not in self._sockets:
                    return  # cut already; what was read ahead does not count
                self.lines.append(line)
                if self._step == 2 * (len(self.lines) - 1):
                    self._cut_on_demand()
                    return
                if self._step == 2 * (len(self.lines) - 1) + 1:
                    mute.set()
                self.heard(line)
                asked.set()
                server.sendall(line)
            server.shutdown(socket.SHUT_WR)

    def _to_client(self, server: socket.socket, client: socket.socket, mute: threading.Event, asked: threading.Event) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                if mute.is_set():
                    self._cut_on_demand()
                    return
                if self.cut_after_bytes is not None and passed + len(data) > self.cut_after_bytes:
                    client.sendall(data[: self.cut_after_bytes - passed])
                    self._cut_on_demand()
                    return
                passed += len(data)
                begins = asked.is_set()
                asked.clear()
                for piece in self.spoil(data) if begins else [data]:
                    client.sendall(self.garble(piece))
            client.shutdown(socket.SHUT_WR)

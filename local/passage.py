"""A way for containers to one port of 127.0.0.1. `sam local invoke` starts them on the container engine's own network,
`--docker-network host` notwithstanding."""

import json
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Event, Thread

from local.aws import free_port

Address = tuple[str, int]


@contextmanager
def passage(port: int) -> Iterator[str]:
    """`host:port` where containers, and nobody outside this machine, reach what listens on 127.0.0.1:`port`."""
    address, ended = (gateway(), free_port()), Event()
    Thread(target=_serve, args=(address, port, ended), daemon=True).start()
    try:
        yield f"{address[0]}:{address[1]}"
    finally:
        ended.set()


def gateway() -> str:
    """This machine's address on the network that containers are put on unless told otherwise."""
    answer = subprocess.run(["docker", "network", "inspect", "bridge"], capture_output=True, text=True, check=True)
    return str(json.loads(answer.stdout)[0]["IPAM"]["Config"][0]["Gateway"])


def _serve(address: Address, to_port: int, ended: Event) -> None:
    """Some engines give this machine that address only while a container runs: until then binding fails."""
    while not ended.wait(0.02):
        with suppress(OSError), _Server(address, to_port) as server:
            while not ended.is_set():
                server.handle_request()


class _Server(ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    timeout = 0.1

    def __init__(self, address: Address, to_port: int) -> None:
        self.to_port = to_port
        super().__init__(address, _Connection)


class _Connection(BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        with socket.create_connection(("127.0.0.1", self.server.to_port)) as inside:
            back = Thread(target=_copy, args=(inside, self.request), daemon=True)
            back.start()
            _copy(self.request, inside)
            back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)

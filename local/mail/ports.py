"""Free ports, and waiting until somebody answers on them."""

import socket
import time


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def wait_until_it_answers(port: int, seconds: float = 15) -> bool:
    """True as soon as something listens on 127.0.0.1:port, False where nothing does in time."""
    give_up = time.monotonic() + seconds
    while not (up := answers(port)) and time.monotonic() < give_up:
        time.sleep(0.02)
    return up

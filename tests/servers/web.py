"""A web server for tests: `answer` is all that one has to write."""

import ssl
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from local.mail.certificates import Certificate


@dataclass(frozen=True)
class Request:
    """`target` is path and query as they came, `client` the address of the connection's other end."""

    method: str
    target: str
    headers: Message
    body: bytes
    client: tuple[str, int]


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """In place of what was asked for."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer


class WebServer:
    """Over TLS with `certificates`, an authority whose certificate `trusted` names as a file. `disturb` may stand between a request
    and its answer; whatever of ConnectionError it raises cuts the line.
    `cut`: at which step the line breaks, once: an even one before request number step // 2 is carried out, an odd one after."""

    cut: int | None = None

    def __init__(self, certificates: Certificate | None = None) -> None:
        self._certificates = certificates
        self.disturb: Callable[[Callable[[Request], Answer], Request], Answer] = lambda answer, request: answer(request)

    def answer(self, request: Request) -> Answer:
        raise NotImplementedError

    def unless_cut(self, answer: Callable[[Request], Answer], request: Request) -> Answer:
        """Counts the request; for servers that know `cut`."""
        step, self.cut = self.cut, None if self.cut in (None, 0, 1) else self.cut - 2
        if step == 0:
            raise ConnectionAbortedError
        try:
            answered = answer(request)
        except Refusal as refusal:
            answered = refusal.answer
        if step == 1:
            raise ConnectionAbortedError
        return answered

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]  # the line is cut on purpose
        if self._certificates:
            self._server.socket = _tls(self._certificates).wrap_socket(self._server.socket, server_side=True)
        self.origin = f"{'https' if self._certificates else 'http'}://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(server: WebServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # header and body go out apart

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer = server.disturb(server.answer, Request(self.command, self.path, self.headers, body, self.client_address))
            self.send_response(answer.status)
            for name, value in {"Content-Type": answer.content_type, "Content-Length": str(len(answer.body)), **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST = do_PATCH = do_DELETE = _answer

        def log_message(self, *args: Any) -> None: ...

    return Handler


def trusted(certificates: Certificate, folder: Path) -> Path:
    file = folder / "authority.pem"
    file.write_bytes(certificates.pem)
    return file


def _tls(certificates: Certificate) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        context.load_cert_chain(*certificates.issue().save(Path(folder)))
    return context

"""An OAuth2 token endpoint (RFC 6749) that rotates, expires and refuses, and takes nothing it does not know."""

import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any, Self
from urllib.parse import parse_qs

import jwt
import msgspec

KEY = b"a key for the tokens of tests: 32"
CLIENT, CLIENT_SECRET = "the client", "s3cret=&"
_KNOWN = {
    "refresh_token": {"grant_type", "client_id", "client_secret", "refresh_token", "scope"},
    "client_credentials": {"grant_type", "client_id", "client_secret", "scope"},
}


def signed(user: str, seconds: float = 3600, **claims: Any) -> str:
    now = int(time.time())
    return jwt.encode({"sub": user, "email": user, "iat": now - 10, "exp": now + int(seconds), **claims}, KEY, algorithm="HS256")


@dataclass
class TokenEndpoint:
    """Gives tokens for `user`. `refresh_token` is the one that is good now; with `rotates` each use replaces it.
    `refuses`: an (HTTP status, error code) answered instead; `asked` holds every form it got."""

    user: str
    refresh_token: str = "first refresh token"
    rotates: bool = False
    seconds: int = 3600
    refuses: tuple[int, str] | None = None
    asked: list[dict[str, str]] = field(default_factory=list)
    _numbers: Any = field(default_factory=lambda: count(2))

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/token"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str, content_type: str, body: bytes) -> tuple[int, Any]:
        if path != "/token" or content_type != "application/x-www-form-urlencoded":
            return 404, {"error": "not found"}
        form = {name: value for name, (value,) in parse_qs(body.decode(), strict_parsing=True).items()}
        self.asked.append(form)
        if self.refuses:
            return self.refuses[0], {"error": self.refuses[1], "error_description": f"for {form.get('client_secret')}"}
        if not form.keys() <= _KNOWN.get(form.get("grant_type", ""), set()):
            return 400, {"error": "invalid_request"}
        if (form["client_id"], form.get("client_secret")) != (CLIENT, CLIENT_SECRET):
            return 401, {"error": "invalid_client"}
        if form["grant_type"] == "refresh_token" and form["refresh_token"] != self.refresh_token:
            return 400, {"error": "invalid_grant", "error_description": f"{form['refresh_token']} was revoked"}
        return 200, {
            "access_token": signed(self.user, self.seconds),
            "token_type": "Bearer",
            "expires_in": self.seconds,
            **self._next(form),
        }

    def _next(self, form: dict[str, str]) -> dict[str, str]:
        if form["grant_type"] != "refresh_token" or not self.rotates:
            return {}
        self.refresh_token = f"refresh token number {next(self._numbers)}"
        return {"refresh_token": self.refresh_token}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer = endpoint.answer(self.path, self.headers["Content-Type"], body)
                text = msgspec.json.encode(answer)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *args: Any) -> None: ...

        return Handler

"""OAuth2 token endpoints (RFC 6749) that rotate, expire and refuse, and take nothing they do not know."""

import time
from itertools import count
from typing import Any
from urllib.parse import parse_qs

import jwt
import msgspec

from local.mail.certificates import Certificate
from tests.servers.web import Answer, Request, WebServer

KEY = b"a key for the tokens of tests: 32"
CLIENT, CLIENT_SECRET, TENANT = "the client", "s3cret=&", "the-tenant"
_KNOWN = {
    "refresh_token": {"refresh_token", "scope"},
    "client_credentials": {"scope"},
    "urn:ietf:params:oauth:grant-type:jwt-bearer": {"assertion"},
}


def signed(user: str, seconds: float = 3600, **claims: Any) -> str:
    now = int(time.time())
    return jwt.encode({"sub": user, "email": user, "iat": now - 10, "exp": now + int(seconds), **claims}, KEY, algorithm="HS256")


class TokenEndpoint(WebServer):
    """Gives tokens for `user`. `refresh_token` is the one that is good now; with `rotates` each use replaces it, and with `lenient`
    the one before is good until its successor is used.
    `refuses`: a status and an error code answered instead; `asked` holds every form it got."""

    path = "/token"
    client_fields = frozenset({"client_id", "client_secret"})

    def __init__(self, user: str, *, rotates: bool = False, seconds: int = 3600, certificates: Certificate | None = None) -> None:
        super().__init__(certificates)
        self.user, self.rotates, self.seconds = user, rotates, seconds
        self.refresh_token, self._numbers = "first refresh token", count(2)
        self.lenient, self._before = False, ""
        self.refuses: tuple[int, str] | None = None
        self.asked: list[dict[str, str]] = []

    @property
    def url(self) -> str:
        return self.origin + self.path

    def answer(self, request: Request) -> Answer:
        if (request.method, request.target) != ("POST", self.path):
            return Answer(404)
        if request.headers["Content-Type"].partition(";")[0] != "application/x-www-form-urlencoded":
            return Answer(415)
        form = {name: value for name, (value,) in parse_qs(request.body.decode(), strict_parsing=True).items()}
        self.asked.append(form)
        status, answer = self.granted(form)
        return Answer(status, msgspec.json.encode(answer))

    def granted(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if self.refuses:
            return self.refuses[0], {"error": self.refuses[1], "error_description": f"because of {form.get('client_secret')}"}
        if not form.keys() <= {"grant_type"} | self.client_fields | _KNOWN.get(form.get("grant_type", ""), set()):
            return 400, {"error": "invalid_request"}
        if not self.is_client(form):
            return 401, {"error": "invalid_client"}
        if form["grant_type"] == "refresh_token" and form["refresh_token"] not in self._good():
            return 400, {"error": "invalid_grant", "error_description": f"{form['refresh_token']} was revoked"}
        token = {
            "access_token": signed(self.user, self.seconds, jti=str(len(self.asked))),
            "token_type": "Bearer",
            "expires_in": self.seconds,
        }
        return 200, token | self._next(form)

    def _good(self) -> set[str]:
        return {self.refresh_token, self._before} if self.lenient else {self.refresh_token}

    def is_client(self, form: dict[str, str]) -> bool:
        return (form["client_id"], form.get("client_secret")) == (CLIENT, CLIENT_SECRET)

    def _next(self, form: dict[str, str]) -> dict[str, str]:
        if form["grant_type"] != "refresh_token" or not self.rotates:
            return {}
        self._before = form["refresh_token"]
        self.refresh_token = f"refresh token number {next(self._numbers)}"
        return {"refresh_token": self.refresh_token}


class EntraEndpoint(TokenEndpoint):
    """As Microsoft's: a tenant that tells where its endpoint is. `certificate`: its client's, which signs what proves it is the client
    (https://learn.microsoft.com/entra/identity-platform/certificate-credentials)."""

    path = f"/{TENANT}/oauth2/v2.0/token"
    client_fields = frozenset({"client_id", "client_secret", "client_info", "client_assertion", "client_assertion_type"})
    certificate: Certificate | None = None

    def answer(self, request: Request) -> Answer:
        if request.target != f"/{TENANT}/v2.0/.well-known/openid-configuration":
            return super().answer(request)
        of_tenant = f"{self.origin}/{TENANT}"
        places = {"token_endpoint": self.url, "authorization_endpoint": f"{of_tenant}/oauth2/v2.0/authorize", "issuer": f"{of_tenant}/v2.0"}
        return Answer(200, msgspec.json.encode(places))

    def is_client(self, form: dict[str, str]) -> bool:
        if not self.certificate:
            return super().is_client(form)
        claims = jwt.decode(form["client_assertion"], self.certificate.certificate.public_key(), ["PS256", "RS256"], audience=self.url)
        return form["client_id"] == claims["iss"] == claims["sub"] == CLIENT

"""Signing in with an access token: OAUTHBEARER (RFC 7628) where the server offers it, else Google's and Microsoft's XOAUTH2."""

from base64 import b64encode
from collections.abc import Collection

from maildesk.connecting.servers import Server
from maildesk.ports import GiveUp

TOKEN_REFUSED = "Check user, and that the app in auth may open this account."  # noqa: S105
_END = "\1"


class Bearer:
    """Answers a server's challenges: first who we are; to the JSON of a refusal, what ends it (RFC 7628 §3.2.3)."""

    def __init__(self, mechanism: str, user: str, token: str, server: Server) -> None:
        self.mechanism = mechanism
        if mechanism == "OAUTHBEARER":
            quoted = user.replace("=", "=3D").replace(",", "=2C")  # RFC 5801 §4
            fields = [f"n,a={quoted},", f"host={server.host}", f"port={server.port}"]
        else:
            fields = [f"user={user}"]
        self._first = _END.join([*fields, f"auth=Bearer {token}", "", ""])

    @property
    def encoded(self) -> str:
        """As it goes over the line."""
        return b64encode(self._first.encode()).decode()

    def __call__(self, challenge: bytes | None = None) -> str:
        if not challenge:
            return self._first
        return _END if self.mechanism == "OAUTHBEARER" else ""


def bearer(offered: Collection[str], user: str, token: str, server: Server) -> Bearer:
    """`offered`: the names of the server's SASL mechanisms."""
    for mechanism in ("OAUTHBEARER", "XOAUTH2"):
        if mechanism in offered:
            return Bearer(mechanism, user, token, server)
    raise GiveUp(f"{server} offers no sign-in with OAuth2 (OAUTHBEARER, XOAUTH2). Set auth to password, or check host and port.")

"""An Exchange server that signs in by NTLM: the handshake signs a connection in, and what comes by it after that is that user's.
https://learn.microsoft.com/openspecs/office_protocols/ms-ntht"""

import os
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import spnego
from spnego.exceptions import SpnegoError

from local.mail.certificates import Certificate
from tests.servers.ews import PASSWORD, USER, EwsServer
from tests.servers.web import Answer, Refusal, Request


class NtlmServer(EwsServer):
    """`handshakes`: how many users have signed in."""

    def __init__(self, certificates: Certificate, folder: Path, offers: str = "Negotiate, NTLM") -> None:
        super().__init__(certificates, offers=offers)
        known = folder / "users"
        known.write_text(f"{USER.replace(chr(92), ':')}:{PASSWORD}\n", "utf-8")
        os.environ["NTLM_USER_FILE"] = str(known)
        self.handshakes = 0
        self._begun: dict[tuple[str, int], Any] = {}
        self._signed_in: set[tuple[str, int]] = set()

    def _sign_in(self, request: Request) -> None:
        kind, _, token = (request.headers["Authorization"] or "").partition(" ")
        if not token and request.client in self._signed_in:
            return
        if kind != "NTLM":
            raise Refusal(Answer(401, headers={"WWW-Authenticate": self.offers}))
        begun = self._begun.pop(request.client, None)
        if begun is None:
            begun = self._begun[request.client] = spnego.server(protocol="ntlm", options=spnego.NegotiateOptions.use_ntlm)
            challenge = b64encode(begun.step(b64decode(token))).decode()
            raise Refusal(Answer(401, headers={"WWW-Authenticate": f"NTLM {challenge}"}))
        try:
            begun.step(b64decode(token))
        except SpnegoError:
            raise Refusal(Answer(401, headers={"WWW-Authenticate": self.offers})) from None
        self._signed_in.add(request.client)
        self.handshakes += 1

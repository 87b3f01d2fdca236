"""Google: by a refresh token, or as a service account that acts for the mailbox's user (domain-wide delegation).
https://developers.google.com/identity/protocols/oauth2/service-account"""

import json
import time
from typing import Any

import jwt

from maildesk.oauth import generic
from maildesk.oauth.grants import Grant, posted
from maildesk.ports import GiveUp
from maildesk.settings.auth import Credential, Google, OAuth2

TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105
SCOPE = "https://mail.google.com/"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_GOOD_FOR = 3600  # seconds, the most Google takes


def ask(auth: Google, credential: Credential, user: str) -> Grant:
    if not credential.service_account:
        return generic.ask(OAuth2(token_url=TOKEN_URL, client_id=auth.client_id or ""), credential)
    key = _key(credential.service_account)
    return posted(TOKEN_URL, {"grant_type": _GRANT, "assertion": _assertion(key, user)}, key["private_key"])


def _key(service_account: str) -> dict[str, Any]:
    try:
        key: dict[str, Any] = json.loads(service_account)
        return {name: key[name] for name in ("client_email", "private_key", "private_key_id")}
    except (ValueError, TypeError, KeyError):
        raise GiveUp("service_account is not the JSON key file of a Google service account. Give the whole file.") from None


def _assertion(key: dict[str, Any], user: str) -> str:
    """RFC 7523 §2.1."""
    now = int(time.time())
    claims = {"iss": key["client_email"], "sub": user, "scope": SCOPE, "aud": TOKEN_URL, "iat": now, "exp": now + _GOOD_FOR}
    try:
        return jwt.encode(claims, key["private_key"], algorithm="RS256", headers={"kid": key["private_key_id"]})
    except (jwt.PyJWTError, ValueError, TypeError):
        raise GiveUp("The private key of service_account cannot be read. Give the whole JSON key file.") from None

"""Microsoft Entra by msal: by client secret or certificate, or by a refresh token."""

from functools import cache
from typing import Any

import msal  # type: ignore[import-untyped]
import requests

from maildesk.oauth.grants import SECONDS, Grant, granted, unreachable
from maildesk.ports import GiveUp
from maildesk.settings.auth import Credential, Microsoft

_OUTLOOK = {
    "login.microsoftonline.us": "https://outlook.office365.us",
    "login.chinacloudapi.cn": "https://partner.outlook.cn",
    "login.partner.microsoftonline.cn": "https://partner.outlook.cn",
}
"""Where IMAP, POP3 and SMTP are, by the host of the authority; https://outlook.office365.com for all others."""


def ask(auth: Microsoft, credential: Credential) -> Grant:
    scopes = [auth.scope or f"{outlook(auth)}/.default"]
    try:
        app = _app(auth, credential.client_secret, credential.certificate)
        answer = _answer(app, credential.newest_refresh_token, scopes)
    except requests.RequestException as error:
        raise unreachable(auth.authority, error) from None
    except ValueError:
        # Its words may quote the certificate's key.
        raise GiveUp(f"Microsoft knows no such tenant at {auth.authority}, or the certificate is no PEM. Check auth.") from None
    return granted(answer, requests.codes.ok, auth.authority, credential.secrets)


def outlook(auth: Microsoft) -> str:
    return _OUTLOOK.get(auth.authority.partition("://")[2].rstrip("/"), "https://outlook.office365.com")


def _answer(app: Any, refresh_token: str, scopes: list[str]) -> dict[str, Any]:
    """Tokens are kept by the caller: msal's own would outlive a refusal."""
    if refresh_token:
        return dict(app.acquire_token_by_refresh_token(refresh_token, scopes))
    app.remove_tokens_for_client()
    return dict(app.acquire_token_for_client(scopes))


@cache
def _app(auth: Microsoft, client_secret: str, certificate: str) -> Any:
    """One per client: making one asks the tenant where its endpoints are."""
    where = {"authority": f"{auth.authority.rstrip('/')}/{auth.tenant_id}", "timeout": SECONDS, "instance_discovery": False}
    if certificate:
        key = {"private_key": certificate, "public_certificate": certificate}
        return msal.ConfidentialClientApplication(auth.client_id, client_credential=key, **where)
    if client_secret:
        return msal.ConfidentialClientApplication(auth.client_id, client_credential=client_secret, **where)
    return msal.PublicClientApplication(auth.client_id, **where)

"""What token endpoints answer (RFC 6749 §5), and one form to ask them with."""

from dataclasses import dataclass, field
from typing import Any

import requests

from maildesk.connecting.servers import Advice, Failure, server_words
from maildesk.connecting.web import json_object
from maildesk.ports import GiveUp, SignInAgain, TryAgain

SECONDS = 20
"""How long one answer may take."""

_UNSTATED = 300
"""Seconds an access token is taken to be good for where the answer does not say (`expires_in` is only recommended)."""

_REFUSALS: dict[str, Advice] = {
    "invalid_grant": (SignInAgain, "Sign in again, and give the new refresh token or key."),
    "interaction_required": (SignInAgain, "Sign in again, and give the new refresh token."),
    "consent_required": (SignInAgain, "Consent again, and give the new refresh token."),
    "invalid_client": (SignInAgain, "Sign in again: check client_id, and give a client secret or certificate that is still good."),
    "unauthorized_client": (GiveUp, "Allow the client to do this at the provider."),
    "invalid_scope": (GiveUp, "Check scope, and what the client is allowed."),
    "temporarily_unavailable": (TryAgain, ""),
    "server_error": (TryAgain, ""),
    "slow_down": (TryAgain, ""),
}
"""RFC 6749 §5.2, and OpenID Connect Core §3.1.2.6 where a person has to be asked."""


@dataclass(frozen=True, slots=True)
class Grant:
    """An access token, good for that many `seconds`. `refresh_token`: the next one, or empty."""

    access_token: str = field(repr=False)
    seconds: float
    refresh_token: str = field(default="", repr=False)


def posted(url: str, form: dict[str, str], *secrets: str) -> Grant:
    """One request to a token endpoint. `secrets` are struck from whatever it answers."""
    try:
        # A redirect would take the secrets to somebody the operator never named.
        response = requests.post(url, data=form, headers={"Accept": "application/json"}, timeout=SECONDS, allow_redirects=False)
    except requests.RequestException as error:
        raise unreachable(url, error) from None
    return granted(json_object(response), response.status_code, url, secrets)


def granted(answer: dict[str, Any], status: int, url: str, secrets: tuple[str, ...]) -> Grant:
    token = answer.get("access_token")
    if not isinstance(token, str) or not token:
        raise _refusal(answer, status, url, secrets)
    refresh_token = answer.get("refresh_token")
    return Grant(token, _seconds(answer.get("expires_in")), refresh_token if isinstance(refresh_token, str) else "")


def unreachable(url: str, error: Exception) -> TryAgain:
    """Without the error's words: they may quote the request."""
    return TryAgain(f"{host_of(url)} cannot be asked for an access token ({type(error).__name__}). Check its URL and the network.")


def host_of(url: str) -> str:
    return url.partition("://")[2].partition("/")[0]


def _seconds(stated: Any) -> float:
    try:
        return max(0, int(stated))
    except (TypeError, ValueError, OverflowError):
        return _UNSTATED


def _refusal(answer: dict[str, Any], status: int, url: str, secrets: tuple[str, ...]) -> Failure:
    code, description = (said if isinstance(said, str) else "" for said in (answer.get("error"), answer.get("error_description")))
    words = server_words(": ".join(filter(None, (code, description))), *secrets)
    kind, advice = _REFUSALS.get(code, _by_status(status))
    said = f'"{words}"' if words else f"it answered {status} without a reason"
    return kind(f"{host_of(url)} gives no access token: {said}.{advice and ' '}{advice}")


def _by_status(status: int) -> Advice:
    if status == requests.codes.too_many_requests or status >= requests.codes.server_error:
        return TryAgain, ""
    return GiveUp, "Check the URL, the client and its rights."

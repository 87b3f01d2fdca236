"""What is secret of an account's `auth`, as an operator gives it, and whether it is enough to sign in."""

import json
from typing import Annotated, Any

from msgspec import Meta, Struct

from maildesk.desk.operate.asking import Secret
from maildesk.desk.operate.errors import Refused
from maildesk.settings.auth import Credential, Google, Microsoft, OAuth, OAuth2, SenderAuth, credential


class LongSecret(Secret):
    """A key with all that belongs to it."""

    longest = 20_000


class KeyFile(LongSecret):
    """Google gives it as JSON: the file as text, or what is in it."""

    words = "the JSON key file of a service account, kept secret"

    @classmethod
    def read(cls, given: object) -> object:
        return json.dumps(given) if isinstance(given, dict) else given


Part = Annotated[Secret | None, Meta(description="text, kept in Secrets Manager and never shown")]
Certificate = Annotated[LongSecret | None, Meta(description="PEM text of the certificate and its private key, kept in Secrets Manager")]


class MicrosoftEntry(Microsoft, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="microsoft"):
    """With one of client_secret and certificate, or with refresh_token."""

    client_secret: Part = None
    certificate: Certificate = None
    refresh_token: Part = None


class GoogleEntry(Google, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="google"):
    """With service_account, or with client_id, client_secret and refresh_token."""

    service_account: KeyFile | None = None
    client_secret: Part = None
    refresh_token: Part = None


class OAuth2Entry(OAuth2, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="oauth2"):
    """With client_secret, refresh_token, or both."""

    client_secret: Part = None
    refresh_token: Part = None


OAuthEntry = MicrosoftEntry | GoogleEntry | OAuth2Entry

_SETTINGS: dict[type[Struct], type[Struct]] = {MicrosoftEntry: Microsoft, GoogleEntry: Google, OAuth2Entry: OAuth2}

_ENOUGH: dict[str, tuple[tuple[str, ...], ...]] = {
    "microsoft": (("client_secret",), ("certificate",), ("refresh_token",)),
    "google": (("service_account",), ("client_secret", "refresh_token")),
    "oauth2": (("client_secret",), ("refresh_token",)),
}
"""The ways to sign in, each by the parts it needs."""


def without_secrets(auth: Any) -> Any:
    kind = _SETTINGS.get(type(auth))
    return kind(**{name: getattr(auth, name) for name in kind.__struct_fields__}) if kind else auth


def secret_of(auth: Any) -> Secret | None:
    """All parts that are given, as one; None where none is, and the ones stored stay."""
    parts = {name: part.value for name in Credential.__struct_fields__ if isinstance(part := getattr(auth, name, None), Secret)}
    return Secret(Credential(**parts).text()) if parts else None


def kind_of(auth: SenderAuth) -> str:
    return auth if isinstance(auth, str) else str(type(auth).__struct_config__.tag)


def against_auth(auth: OAuth, secret: str | None) -> Refused | None:
    """Why nobody can sign in with what is given and stored."""
    known = credential(secret or "") or Credential()
    ways = _ENOUGH[kind_of(auth)]
    if not any(all(getattr(known, part) for part in way) for way in ways):
        hint = f"Give in auth {', or '.join(' and '.join(way) for way in ways)}."
        return Refused("auth", "What is secret of auth is missing, and none is stored.", hint)
    if isinstance(auth, Google) and not auth.client_id and not known.service_account:
        return Refused(
            "auth.client_id", "auth.client_id is missing: a refresh token of Google needs it.", "Add the client it was given to."
        )
    return None

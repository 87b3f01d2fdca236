"""How an account signs in where not by a password: by OAuth2 (RFC 6749). What an operator sets, and the secret parts of it."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

Text = Annotated[str, Meta(min_length=1, max_length=2048)]
Url = Annotated[str, Meta(pattern=r"^https://[^\s/]\S*\Z", max_length=2048, description="a URL that begins with https://")]


class Microsoft(Struct, frozen=True, kw_only=True, tag_field="kind", tag="microsoft"):
    """An app registration in Microsoft Entra. `authority` tells the cloud; `scope`: left out, all of Outlook or Graph in that cloud."""

    tenant_id: Text
    client_id: Text
    authority: Url = "https://login.microsoftonline.com"
    scope: Text | None = None


class Google(Struct, frozen=True, kw_only=True, tag_field="kind", tag="google"):
    """A service account with delegation for the whole domain, or a client with a refresh token."""

    client_id: Text | None = None


class OAuth2(Struct, frozen=True, kw_only=True, tag_field="kind", tag="oauth2"):
    """Any other provider: with a refresh token, or by client credentials."""

    token_url: Url
    client_id: Text
    scope: Text | None = None


OAuth = Microsoft | Google | OAuth2
MailboxAuth = Literal["password"] | OAuth
SenderAuth = Literal["none", "password", "same_as_mailbox"] | OAuth


class Credential(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The secret parts, kept as JSON in Secrets Manager in place of a password. `certificate`: PEM with its private key;
    `service_account`: Google's JSON key file; `rotated`: the refresh token that has replaced the one given."""

    client_secret: str = ""
    certificate: str = ""
    service_account: str = ""
    refresh_token: str = ""
    rotated: str = ""

    def __repr__(self) -> str:
        return "Credential(***)"

    @property
    def newest_refresh_token(self) -> str:
        return self.rotated or self.refresh_token

    @property
    def secrets(self) -> tuple[str, ...]:
        """All that must not be shown."""
        return (self.client_secret, self.certificate, self.service_account, self.refresh_token, self.rotated)

    def text(self) -> str:
        return msgspec.json.encode(self).decode()


def credential(secret: str) -> Credential | None:
    """None where the secret is a password."""
    try:
        return msgspec.json.decode(secret, type=Credential)
    except msgspec.MsgspecError:
        return None


def as_given(secret: str) -> str:
    """The secret as the operator gave it: giving the same again must not undo a rotation."""
    kept = credential(secret)
    return msgspec.structs.replace(kept, rotated="").text() if kept else secret

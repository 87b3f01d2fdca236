"""Any provider that keeps to RFC 6749: by a refresh token (§6), else by client credentials (§4.4)."""

from maildesk.oauth.grants import Grant, posted
from maildesk.settings.auth import Credential, OAuth2


def ask(auth: OAuth2, credential: Credential) -> Grant:
    return posted(auth.token_url, _form(auth, credential), *credential.secrets)


def _form(auth: OAuth2, credential: Credential) -> dict[str, str]:
    token = credential.newest_refresh_token
    grant = {"grant_type": "refresh_token", "refresh_token": token} if token else {"grant_type": "client_credentials"}
    optional = {"client_secret": credential.client_secret, "scope": auth.scope}
    return {**grant, "client_id": auth.client_id, **{name: value for name, value in optional.items() if value}}

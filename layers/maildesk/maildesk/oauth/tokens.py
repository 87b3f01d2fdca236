"""Access tokens, kept for the life of the process; refresh tokens that were replaced go back to Secrets Manager."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msgspec.structs import replace

from maildesk.ports import GiveUp, Login, Secrets, SignInAgain, Step, TryAgain, steps
from maildesk.settings import GRAPH_HOST, Mailbox, Sender
from maildesk.settings.auth import Credential, Google, Microsoft, OAuth2, as_given, credential
from maildesk.telemetry import logger

if TYPE_CHECKING:
    from maildesk.oauth.grants import Grant

_EARLY = 300
"""Seconds before its end that a token is replaced, a fifth of its life at most: no sign-in may outlive it."""


@dataclass(frozen=True, slots=True)
class _Kept:
    access_token: str = field(repr=False)
    until: float


def of_mailbox(mailbox: Mailbox, password: str) -> Login:
    login = Login(mailbox.login, password, mailbox.auth, f"mailbox/{mailbox.name}")
    return _on_graph(login, mailbox.host or GRAPH_HOST) if mailbox.protocol == "graph" else login


def for_sender(sender: Sender, login: Login) -> Login:
    return _on_graph(login, sender.host or GRAPH_HOST) if sender.kind == "graph" else login


def _on_graph(login: Login, host: str) -> Login:
    """With a token for Graph instead of one for Outlook's mail protocols."""
    if not isinstance(login.auth, Microsoft) or login.auth.scope:
        return login
    return Login(login.user, login.password, replace(login.auth, scope=f"https://{host}/.default"), login.account)


class AccessTokens:
    """Hands out what to sign in with: the password as it is, or for what Secrets Manager holds of OAuth2 an access token."""

    def __init__(self, secrets: Secrets, clock: Callable[[], float] = time.monotonic) -> None:
        self._secrets, self._clock = secrets, clock
        self._kept: dict[Login, _Kept] = {}
        self._rotated: dict[Login, Credential] = {}
        self._unstored: set[Login] = set()

    @contextmanager
    def signing_in(self, login: Login) -> Iterator[str]:
        """If what is done with a token comes to nothing, the next time it is another."""
        if isinstance(login.auth, str):
            yield login.password
            return
        try:
            yield self.token(login)
        except (TryAgain, GiveUp):
            self.forget(login)
            raise

    def checking(self, login: Login, check: Callable[[str], Iterator[Step]]) -> Iterator[Step]:
        """A connection test, with a step of its own for the token."""
        if isinstance(login.auth, str):
            yield from check(login.password)
            return
        self.forget(login)
        (step,) = steps(("access token", lambda: self._described(login)))
        yield step
        if step.ok:
            yield from check(self.token(login))

    def token(self, login: Login) -> str:
        """Raises SignInAgain, TryAgain or GiveUp."""
        if _key(login) in self._unstored:
            self._store(login)
        kept = self._kept.get(_key(login))
        if kept is None or kept.until <= self._clock():
            kept = self._kept[_key(login)] = self._asked(login)
        return kept.access_token

    def forget(self, login: Login) -> None:
        self._kept.pop(_key(login), None)

    def _described(self, login: Login) -> str:
        self.token(login)
        minutes = (self._kept[_key(login)].until - self._clock()) / 60
        return f"the provider gave one for {login.user}, good for {minutes:.0f} min"

    def _asked(self, login: Login) -> _Kept:
        left, tried = self._credentials(login), list[Credential]()
        while True:
            tried.append(left[0])
            try:
                return self._asked_with(login, left[0])
            except SignInAgain:
                # Ours may have been replaced just now: by what another process was given for it.
                left = [one for one in self._credentials(login) if one not in tried]
                if not left:
                    raise

    def _credentials(self, login: Login) -> list[Credential]:
        """What is stored comes first, read anew: another process may have been given a new refresh token. Ours is newer where it
        could not be stored; the one before it comes last, as some providers take that for a theft and end them both."""
        stored, ours = self._stored(login), self._rotated.get(_key(login))
        if stored is None:
            return [ours or _credential(login)]
        known = [stored, ours] if ours and ours != stored else [stored]
        return known[::-1] if _key(login) in self._unstored else known

    def _stored(self, login: Login) -> Credential | None:
        """None while another secret is stored, or none: of an account that is tested before it is saved."""
        self._secrets.forget(login.account)
        stored = self._secrets.get(login.account)
        return credential(stored) if stored is not None and as_given(stored) == as_given(login.password) else None

    def _asked_with(self, login: Login, credential: Credential) -> _Kept:
        grant = _ask(login, credential)
        if grant.refresh_token and grant.refresh_token != credential.newest_refresh_token:
            self._keep(login, replace(credential, rotated=grant.refresh_token))
        return _Kept(grant.access_token, self._clock() + grant.seconds - min(_EARLY, grant.seconds / 5))

    def _keep(self, login: Login, rotated: Credential) -> None:
        self._rotated[_key(login)] = rotated
        self._unstored.add(_key(login))
        self._store(login)

    def _store(self, login: Login) -> None:
        """At the next chance, where it is not possible now: with this process would end what it alone knows."""
        try:
            if self._stored(login):
                self._secrets.put(login.account, self._rotated[_key(login)].text())
            self._unstored.discard(_key(login))
        except TryAgain as failure:
            logger.warning("a new refresh token could not be stored", account=login.account, error=str(failure))


def _key(login: Login) -> Login:
    """The same through rotations."""
    return login.by(as_given(login.password))


def _credential(login: Login) -> Credential:
    found = credential(login.password)
    if found is None:
        raise GiveUp(f"{login.account} has a password, but its auth is not password. Give what is secret of auth.")
    return found


def _ask(login: Login, credential: Credential) -> "Grant":
    match login.auth:
        case Microsoft():
            from maildesk.oauth import microsoft

            return microsoft.ask(login.auth, credential)
        case Google():
            from maildesk.oauth import google

            return google.ask(login.auth, credential, login.user)
        case OAuth2():
            from maildesk.oauth import generic

            return generic.ask(login.auth, credential)
    raise GiveUp(f"{login.account} signs in by {login.auth}, not by OAuth2.")

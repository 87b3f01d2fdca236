"""Secrets Manager: passwords by `mailbox/<name>` and `sender/<name>`, and the keys of our reply tokens."""

import math
import time
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import boto3

from maildesk.storage.clients import CONFIG
from maildesk.storage.failures import asking

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_TOKEN_KEYS_KEPT_SECONDS = 300


class SecretsManager:
    def __init__(self, prefix: str, token_key: str) -> None:
        self._prefix, self._token_key = prefix, token_key
        self._known: dict[str, str] = {}
        self._token_keys: tuple[bytes, ...] = ()
        self._token_keys_read = -math.inf

    @cached_property
    def _client(self) -> "SecretsManagerClient":
        return boto3.client("secretsmanager", config=CONFIG)

    def get(self, name: str) -> str | None:
        """Kept for the life of the process; `forget` it when it turns out wrong."""
        if name not in self._known:
            value = self._read(self._prefix + name, "AWSCURRENT")
            if value is None:
                return None
            self._known[name] = value
        return self._known[name]

    def forget(self, name: str) -> None:
        self._known.pop(name, None)

    @asking("Secrets Manager")
    def put(self, name: str, value: str) -> None:
        self.forget(name)
        try:
            self._client.put_secret_value(SecretId=self._prefix + name, SecretString=value)
        except self._client.exceptions.ResourceNotFoundException:
            self._client.create_secret(Name=self._prefix + name, SecretString=value)

    @asking("Secrets Manager")
    def delete(self, name: str) -> None:
        self.forget(name)
        try:
            self._client.delete_secret(SecretId=self._prefix + name, ForceDeleteWithoutRecovery=True)
        except self._client.exceptions.ResourceNotFoundException:
            return

    def token_keys(self) -> tuple[bytes, ...]:
        """Read anew every few minutes: a process that outlives a rotation must know the tokens signed since."""
        if time.monotonic() - self._token_keys_read > _TOKEN_KEYS_KEPT_SECONDS:
            versions = (self._read(self._token_key, "AWSCURRENT"), self._read(self._token_key, "AWSPREVIOUS"))
            self._token_keys, self._token_keys_read = tuple(value.encode() for value in versions if value), time.monotonic()
        return self._token_keys

    @asking("Secrets Manager")
    def _read(self, secret: str, version: Literal["AWSCURRENT", "AWSPREVIOUS"]) -> str | None:
        try:
            return self._client.get_secret_value(SecretId=secret, VersionStage=version)["SecretString"]
        except self._client.exceptions.ResourceNotFoundException:
            return None

"""The mail bucket."""

from functools import cached_property
from typing import TYPE_CHECKING

import boto3

from maildesk.ports import GiveUp
from maildesk.storage.clients import CONFIG
from maildesk.storage.failures import asking

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class MailBucket:
    def __init__(self, name: str) -> None:
        self._name = name

    @cached_property
    def _s3(self) -> "S3Client":
        return boto3.client("s3", config=CONFIG)

    @asking("The bucket")
    def put(self, key: str, content: bytes) -> None:
        self._s3.put_object(Bucket=self._name, Key=key, Body=content)

    @asking("The bucket")
    def get(self, key: str) -> bytes:
        try:
            return self._s3.get_object(Bucket=self._name, Key=key)["Body"].read()
        except self._s3.exceptions.NoSuchKey as error:
            raise GiveUp(f"The bucket no longer holds {key}.") from error

"""The mail bucket."""

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

import boto3

from maildesk.ports import GiveUp
from maildesk.storage.clients import CONFIG
from maildesk.storage.failures import asking

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_PART_BYTES = 8 * 1024 * 1024
"""S3 takes at most 10,000 parts, and none but the last below 5 MiB (https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html)."""


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
    def put_parts(self, key: str, parts: Iterable[bytes]) -> None:
        """As a multipart upload, one part after the other; what fails is aborted."""
        from boto3.s3.transfer import TransferConfig

        one_by_one = TransferConfig(multipart_threshold=_PART_BYTES, multipart_chunksize=_PART_BYTES, use_threads=False)
        self._s3.upload_fileobj(_Parts(parts), self._name, key, Config=one_by_one)  # type: ignore[arg-type]  # it only reads

    @asking("The bucket")
    def get(self, key: str, most: int | None = None) -> bytes:
        try:
            return self._s3.get_object(Bucket=self._name, Key=key)["Body"].read(most)
        except self._s3.exceptions.NoSuchKey as error:
            raise GiveUp(f"The bucket no longer holds {key}.") from error

    @asking("The bucket")
    def delete_below(self, prefix: str) -> None:
        for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._name, Prefix=prefix):
            if found := page.get("Contents"):
                self._s3.delete_objects(Bucket=self._name, Delete={"Objects": [{"Key": one["Key"]} for one in found], "Quiet": True})


class _Parts:
    """A file that is read once."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts, self._held = iter(parts), bytearray()

    def read(self, size: int = -1) -> bytes:
        """Fewer bytes at the end only; all that are left where `size` is negative."""
        while size < 0 or len(self._held) < size:
            if (part := next(self._parts, None)) is None:
                break
            self._held += part
        end = len(self._held) if size < 0 else size
        read = bytes(self._held[:end])
        del self._held[:end]
        return read

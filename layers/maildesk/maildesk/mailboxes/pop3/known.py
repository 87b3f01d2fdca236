"""Which mails of a POP3 mailbox have been read. A server does not tell, and need not list its mails in the order they came, so
each one's UIDL is remembered as long as the server keeps the mail: 8 bytes each, 400 KB for 50,000 mails."""

from collections.abc import Collection, Iterable, Mapping
from hashlib import blake2b

_DIGEST = 7
"""Bytes: among 50,000 mails, a new one is taken for one of them once in 10¹² times."""

_KEPT, _TO_DELETE = b"\0", b"\1"

Known = Mapping[bytes, bool]
"""By the digest of its UIDL, in the order they were read: whether the server was told to delete it, and may not have."""


def digest(uidl: str) -> bytes:
    return blake2b(uidl.encode(), digest_size=_DIGEST).digest()


def packed(known: Known) -> bytes:
    return b"".join(one + (_TO_DELETE if to_delete else _KEPT) for one, to_delete in known.items())


def unpacked(content: bytes, count: int) -> dict[bytes, bool]:
    """The first `count` of them."""
    step = _DIGEST + 1
    starts = range(0, min(len(content), count * step), step)
    return {content[start : start + _DIGEST]: content[start + _DIGEST : start + step] == _TO_DELETE for start in starts}


def sum_of(digests: Iterable[bytes]) -> str:
    """The same for the same mails in whatever order."""
    return blake2b(b"".join(sorted(digests)), digest_size=16).hexdigest()


def still_there(known: Known, listed: Collection[bytes]) -> dict[bytes, bool]:
    return {one: to_delete for one, to_delete in known.items() if one in listed}

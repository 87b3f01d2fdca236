"""What Exchange is like, whether it is asked by EWS or by Microsoft Graph: its codes, its pauses, what it tells of a mail it withholds."""

from collections.abc import Iterable

import requests

WITHHELD = {
    "ErrorContentConversionFailed",
    "ErrorCorruptData",
    "ErrorItemCorrupt",
    "ErrorMessageSizeExceeded",
    "ErrorMimeContentConversionFailed",
}
"""Codes that are said of one mail and stay: of damaged ones, and by Exchange Online of encrypted ones and of bounces of signed ones."""

_UNSTATED, _LONGEST = 10.0, 3600.0
_NOTHING_KNOWN = "Subject: A mail of which the server does not give the header\r\n"


def pause(asked: float | None) -> float:
    """Seconds to leave a busy server alone that asks for so many, or does not say."""
    return min(asked or _UNSTATED, _LONGEST)


def retry_after(response: requests.Response) -> float:
    """RFC 9110 §10.2.3, by seconds."""
    stated = response.headers.get("Retry-After", "")
    return pause(float(stated) if stated.isdecimal() else None)


def header_of(key: str, headers: Iterable[tuple[str, str | None]], known: dict[str, str | None]) -> bytes:
    """Of a mail that is not had whole. `headers`: as it came by SMTP; none of one sent within Exchange: then `known` has to do.
    `key` tells one of which nothing is known from others."""
    told = [(name, value) for name, value in headers if value] or [(name, value) for name, value in known.items() if value]
    lines = "".join(f"{name}: {''.join(value.splitlines())}\r\n" for name, value in told)
    return (f"{lines}\r\n" if lines else f"{_NOTHING_KNOWN}\r\n{key}\r\n").encode("utf-8", "replace")

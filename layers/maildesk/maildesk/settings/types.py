"""What the fields of settings may hold; the descriptions are what an operator reads."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

Name = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,62}\Z", description="lower-case letters, digits and hyphens, at most 63")]
EmailAddress = Annotated[
    str,
    Meta(pattern=r"^[^@\s<>,;:\"()\[\]\\]+@[A-Za-z0-9][A-Za-z0-9.-]*\Z", max_length=320, description="an address such as help@example.com"),
]
Host = Annotated[str, Meta(min_length=1, max_length=253, pattern=r"^[^\s/@]+\Z", description="a host name or IP address")]
Port = Annotated[int, Meta(ge=1, le=65535)]
AuthservId = Annotated[str, Meta(pattern=r"^[^\s;()\"]+\Z", description="the id of a mail server, such as mx.example.com, or none")]
Minutes = Annotated[int, Meta(ge=1, le=1440)]
Milliseconds = Annotated[int, Meta(ge=100, le=300_000)]
Security = Literal["tls", "starttls", "none"]
Folder = Annotated[str, Meta(min_length=1)]
Folders = Annotated[tuple[Folder, ...], Meta(max_length=50, description="a list of names; while empty, folder is read")]
Moment = Annotated[
    datetime, Meta(tz=True, description="a day as 2026-03-02, a time as 2026-03-02T09:30, or now; in UTC where no zone is given")
]
AddressOrDomain = Annotated[
    str,
    Meta(
        pattern=r"^[^@\s<>,;:\"()\[\]\\]*@[A-Za-z0-9][A-Za-z0-9.-]*\Z",
        max_length=320,
        description="an address such as anna@example.com, or all of a domain such as @example.com",
    ),
]
AfterFetch = Literal["keep", "move", "delete"]
BatchSize = Annotated[int, Meta(ge=1, le=500)]
Megabytes = Annotated[int, Meta(ge=0, le=1000)]
InlineImages = Literal["keep", "attach"]
UnknownSenders = Literal["accept", "ignore"]
Priority = Literal["low", "normal", "high", "urgent"]

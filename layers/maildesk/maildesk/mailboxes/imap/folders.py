"""Folders of an IMAP mailbox: opening, finding, creating, and moving or deleting mails whatever the server can.

| the server can       | move                                                | delete                        |
|----------------------|-----------------------------------------------------|-------------------------------|
| MOVE (RFC 6851)      | UID MOVE                                            | as below                      |
| UIDPLUS (RFC 4315)   | UID COPY, flag \\Deleted, UID EXPUNGE these         | flag \\Deleted, UID EXPUNGE   |
| neither              | UID COPY, flag \\Deleted, EXPUNGE if it hits no other | flag \\Deleted, the same      |

EXPUNGE removes every mail flagged \\Deleted. Where somebody else flagged others, ours stay flagged; listing skips flagged mails.
"""

from collections.abc import Iterable, Sequence

from imapclient import IMAPClient  # type: ignore[import-untyped]
from imapclient.exceptions import IMAPClientError  # type: ignore[import-untyped]

from maildesk.connecting.servers import Doing
from maildesk.mailboxes.imap.failures import was_refused
from maildesk.mailboxes.imap.fetching import chunks
from maildesk.ports import GiveUp

# What a copy has in common with its original (RFC 9051 §6.4.7), and with no other mail: Received names its time and place.
_SAME_IN_COPY = ["INTERNALDATE", "RFC822.SIZE", "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID DATE FROM SUBJECT RECEIVED)]"]
_LOOK_BACK = 200  # mails of the archive folder
_NAMED = 8  # folders, in a sentence


def open_folder(client: IMAPClient, doing: Doing, name: str, read_only: bool) -> tuple[str, int]:
    """Selects it; returns its real name and its UIDVALIDITY."""
    try:
        return name, _select(client, name, read_only)
    except IMAPClientError as refusal:
        if not was_refused(refusal):
            raise
    found = existing(client, name)
    if found is None:
        raise GiveUp(f"There is no folder {name} for {doing.user} at {doing.server}. There are: {_some_folders(client)}. Check the folder.")
    return found, _select(client, found, read_only)


def _select(client: IMAPClient, name: str, read_only: bool) -> int:
    return int(client.select_folder(name, readonly=read_only).get(b"UIDVALIDITY", 0))


def _some_folders(client: IMAPClient) -> str:
    there = [name for _, _, name in client.list_folders()]
    return ", ".join(there[:_NAMED]) + (" …" if len(there) > _NAMED else "")


def existing(client: IMAPClient, name: str) -> str | None:
    """The folder's real name: as given, or inside the user's namespace with the server's delimiter (RFC 2342)."""
    candidates = (name, in_namespace(client, name))
    return next((candidate for candidate in candidates if client.folder_exists(candidate)), None)


def existing_or_new(client: IMAPClient, name: str) -> str:
    found = existing(client, name)
    if found is None:
        found = in_namespace(client, name)
        client.create_folder(found)
        client.subscribe_folder(found)
    return found


def in_namespace(client: IMAPClient, name: str) -> str:
    prefix, delimiter = _namespace(client)
    inner = name.replace("/", delimiter or "/")
    return inner if inner.upper() == "INBOX" or inner.startswith(prefix) else prefix + inner


def _namespace(client: IMAPClient) -> tuple[str, str]:
    if client.has_capability("NAMESPACE") and (personal := client.namespace().personal):
        prefix, delimiter = personal[0]
        return prefix, delimiter
    root = client.list_folders("", "")
    return "", root[0][1].decode() if root and root[0][1] else "/"


def move(client: IMAPClient, uids: Sequence[int], source: str, folder: str) -> str:
    """Moves mails of the open folder `source`; `folder` is created where missing. Returns the folder's real name."""
    try:
        _move(client, uids, source, folder)
    except IMAPClientError as refusal:
        if not was_refused(refusal):
            raise
        folder = existing_or_new(client, folder)
        _move(client, uids, source, folder)
    return folder


def delete(client: IMAPClient, uids: Sequence[int]) -> None:
    for chunk in chunks(uids):
        client.add_flags(chunk, [rb"\Deleted"], silent=True)
        if client.has_capability("UIDPLUS"):
            client.uid_expunge(chunk)
        elif set(client.search("DELETED")) <= set(chunk):
            client.expunge()


def _move(client: IMAPClient, uids: Sequence[int], source: str, folder: str) -> None:
    for chunk in chunks(uids):
        if client.has_capability("MOVE"):
            client.move(chunk, folder)
        else:
            _copy(client, chunk, source, folder)
            delete(client, chunk)


def _copy(client: IMAPClient, uids: Sequence[int], source: str, folder: str) -> None:
    """Leaves out what a try that was cut off between COPY and EXPUNGE has copied already."""
    archived = client.select_folder(folder, readonly=True)[b"EXISTS"]
    recent = client.search(f"{max(1, archived - _LOOK_BACK - len(uids))}:*") if archived else []
    there = set(_origins(client, recent).values())
    client.select_folder(source)
    if missing := [uid for uid, origin in _origins(client, uids).items() if origin not in there]:
        client.copy(missing, folder)


def _origins(client: IMAPClient, uids: Iterable[int]) -> dict[int, tuple[object, ...]]:
    return {
        uid: tuple(value for item, value in sorted(answer.items()) if item not in {b"SEQ", b"FLAGS"})
        for chunk in chunks(list(uids))
        for uid, answer in client.fetch(chunk, _SAME_IN_COPY).items()
        if uid in chunk  # an answer nobody asked for names no UID, and passes for one
    }

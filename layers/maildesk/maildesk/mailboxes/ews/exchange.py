"""What a mailbox asks of Exchange Web Services.
https://learn.microsoft.com/exchange/client-developer/web-service-reference/ews-operations-in-exchange"""

from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

from exchangelib import Message
from exchangelib.errors import ErrorInvalidPropertyRequest, ErrorInvalidSyncStateData
from exchangelib.fields import FieldPath
from exchangelib.items import ALL_OCCURRENCES, SEND_TO_NONE, SOFT_DELETE
from exchangelib.properties import DistinguishedFolderId, ItemId
from exchangelib.properties import Mailbox as Owner
from exchangelib.util import TNS, create_element

from maildesk.connecting.servers import Doing
from maildesk.mailboxes.ews import operations
from maildesk.mailboxes.ews.answers import Changes, Folder, Place, created, done, folder, header, mime, new, sound
from maildesk.mailboxes.ews.connecting import Access
from maildesk.mailboxes.ews.failures import ews_failures

PAGE = 500
"""Changes asked for at once; a server gives 512 at most."""

_NO_MAILS = {f"{{{TNS}}}{kind}" for kind in ("CalendarItem", "Contact", "DistributionList", "Task")}
_DELETING = {
    "delete_type": SOFT_DELETE,
    "send_meeting_cancellations": SEND_TO_NONE,
    "affected_task_occurrences": ALL_OCCURRENCES,
    "suppress_read_receipts": True,
}


class Forgotten(Exception):  # noqa: N818
    """A sync state that the server does not honour (any more)."""


class Exchange:
    """The mailbox `address`, for the user who signs in."""

    def __init__(self, address: str, doing: Doing) -> None:
        self._access, self._doing = Access.to(address, doing), doing

    def close(self) -> None:
        self._access.protocol.close()

    @property
    def build(self) -> str:
        """Of the server, once it has answered."""
        return str(self._access.version.build)

    # ------------------------------------------------------------ folders

    def distinguished(self, name: str) -> Place:
        """By the name that it has in any language. That it is this mailbox's is said; of all other ids the server knows."""
        return DistinguishedFolderId(id=name, mailbox=Owner(email_address=self._access.primary_smtp_address))

    def folder(self, place: Place) -> Folder:
        with self._asking(f"a folder of {self._access.primary_smtp_address} was opened"):
            (found,) = operations.GetFolder(account=self._access).call(folders=[place], additional_fields=None, shape="Default")
            return folder(sound(found))

    def inside(self, place: Place) -> list[Folder]:
        with self._asking("folders were listed"):
            return [folder(sound(one)) for one in operations.FindFolder(account=self._access).inside(place)]

    def create(self, parent: Place, name: str) -> Place:
        wanted = create_element("t:Folder")
        wanted.append(create_element("t:DisplayName"))
        wanted[0].text = name
        with self._asking("a folder was created"):
            (made,) = operations.CreateFolder(account=self._access).call(parent_folder=parent, folders=[wanted])
            return created(sound(made))

    # ------------------------------------------------------------ mails

    def changes(self, place: Place, state: str) -> Changes:
        """Since `state`; since ever, where that is empty. Raises Forgotten."""
        asking = operations.SyncFolderItems(account=self._access)
        wanted = {"shape": "IdOnly", "additional_fields": _fields("size", "datetime_received", "is_read"), "ignore": None}
        with self._asking("the folder was listed"):
            try:
                told = [*map(sound, asking.call(folder=place, sync_state=state, max_changes_returned=PAGE, sync_scope=None, **wanted))]
            except ErrorInvalidSyncStateData:
                raise Forgotten from None
            items = (change[0] for change in told if change.tag == f"{{{TNS}}}Create")
            mails = tuple(new(item) for item in items if item.tag not in _NO_MAILS)
            return Changes(mails, asking.sync_state, asking.includes_last_item_in_range)

    def contents(self, keys: Sequence[str]) -> Iterator[bytes | None]:
        """Each mail as it would come by SMTP; None for one that the server has no more or does not give."""
        with self._asking("the mailbox was read"):
            for item in self._items(keys, "mime_content"):
                yield mime(item)

    def content_in_parts(self, key: str) -> Generator[bytes]:
        """Nothing for a mail that the server has no more or does not give. To be read, or closed, before anything else is asked."""
        with self._asking("the mailbox was read"):
            yield from operations.GetContent(account=self._access).in_parts(ItemId(id=key), _fields("mime_content"))

    def header(self, key: str) -> bytes | None:
        """None for a mail that is gone."""
        with self._asking("the mailbox was read"):
            try:
                (item,) = self._items([key], "headers", "subject", "author", "message_id")
            except ErrorInvalidPropertyRequest:  # of what is no message to the server
                (item,) = self._items([key], "headers", "subject")
            return header(key, item)

    def holds(self, place: Place, message_id: str) -> bool:
        with self._asking("a mail was looked for"):
            return bool([*map(sound, operations.FindItem(account=self._access).with_message_id(place, message_id))])

    def move(self, keys: Sequence[str], to: Place) -> None:
        with self._asking("mails were moved"):
            done(operations.MoveItem(account=self._access).call(items=[ItemId(id=key) for key in keys], to_folder=to))

    def delete(self, keys: Sequence[str]) -> None:
        """To where they can be recovered from for some days."""
        with self._asking("mails were deleted"):
            done(operations.DeleteItem(account=self._access).call(items=[ItemId(id=key) for key in keys], **_DELETING))

    def _items(self, keys: Sequence[str], *fields: str) -> Iterator[Any]:
        return operations.GetItem(  # type: ignore[no-any-return]
            account=self._access
        ).call(items=[ItemId(id=key) for key in keys], additional_fields=_fields(*fields), shape="IdOnly")

    def _asking(self, what: str) -> AbstractContextManager[None]:
        return ews_failures(self._doing.now(what))


def _fields(*names: str) -> list[FieldPath]:
    return [FieldPath(field=Message.get_field_by_fieldname(name)) for name in names]

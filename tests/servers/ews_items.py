"""What an Exchange server does with mails: the operations on items, over the mails and folders it holds."""

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import count
from typing import Any

from tests.servers.soap import Element, Odd, xml

MOST_CHANGES = 512
_NO_MESSAGES = {"CalendarItem", "Contact", "Item"}
TOP, INBOX = "AAMkRoot=", "AAMkInbox="


_HEADER = "item:InternetMessageHeaders,item:Subject,message:From,message:InternetMessageId"


class NotThis(Exception):
    """One response message, by its code."""


@dataclass
class Folder:
    id: str
    name: str
    parent: str = TOP
    distinguished: str = ""
    kind: str = "Folder"


@dataclass
class Item:
    """`kind` as in Message. `arrived` counts arrivals in folders; `flagged`: when it was last read or marked unread."""

    id: str
    raw: bytes
    read: bool
    folder: str
    received: datetime
    arrived: int
    kind: str = "Message"
    flagged: int = 0


@dataclass
class Mail:
    folders: dict[str, Folder] = field(
        default_factory=lambda: {
            TOP: Folder(TOP, "", "", "msgfolderroot"),
            INBOX: Folder(INBOX, "Posteingang", TOP, "inbox"),
            "AAMkCalendar=": Folder("AAMkCalendar=", "Kalender", TOP, "calendar", "CalendarFolder"),
            "AAMkContacts=": Folder("AAMkContacts=", "Kontakte", TOP, "contacts", "ContactsFolder"),
        }
    )
    items: dict[str, Item] = field(default_factory=dict)
    gone: list[tuple[str, str, int, int]] = field(default_factory=list)
    """(id, folder, arrived, left)"""


class Items:
    """`page`: changes in one answer. `state_bytes`: how large sync states are, at least. `unreadable`: mails that are not given,
    `withholds`: the code that says so. `without_header`: as all that was sent within Exchange."""

    page: int
    generation: int
    state_bytes: int
    without_header: bool
    unreadable: set[str]
    withholds: str
    mail: Mail
    _numbers: "count[int]"

    def folder(self, path: str) -> str:
        raise NotImplementedError

    def _each(self, operation: Element, what: Any, do: Callable[[Any], str]) -> Iterator[str]:
        raise NotImplementedError

    def _folder(self, asked: Element) -> Folder:
        raise NotImplementedError

    def remove(self, item: Item) -> None:
        del self.mail.items[item.id]
        self.mail.gone.append((item.id, item.folder, item.arrived, next(self._numbers)))

    def move(self, item: Item, path: str) -> Item:
        return self._moved_to(item, self.folder(path))

    def sync_folder_items(self, asked: Element) -> Iterator[str]:
        asked.has("m:ItemShape", "m:SyncFolderId", "m:SyncState?", "m:MaxChangesReturned")
        self._shape(asked["m:ItemShape"], "IdOnly", "item:DateTimeReceived", "item:Size", "message:IsRead")
        (folder,) = asked["m:SyncFolderId"]
        most = int(asked.get("m:MaxChangesReturned"))
        if not 0 < most <= MOST_CHANGES:
            raise Odd(f"{most} changes at once")
        return self._each(asked, [folder], lambda one: self._changes(self._folder(one), asked.get("m:SyncState"), min(most, self.page)))

    def _changes(self, folder: Folder, state: str, most: int) -> str:
        after = self._after(folder, state)
        changes = sorted(self._since(folder, after), key=lambda change: change[0])
        told, rest = changes[:most], changes[most:]
        stated = f"{self.generation}.{folder.id}.{told[-1][0] if told else after}.".ljust(self.state_bytes, "x")
        return "".join(
            (
                xml("m:SyncState", text=b64encode(stated.encode()).decode()),
                xml("m:IncludesLastItemInRange", text=str(not rest).lower()),
                xml("m:Changes", *(change() for _, change in reversed(told))),  # in no order that is promised
            )
        )

    def _after(self, folder: Folder, state: str) -> int:
        if not state:
            return 0
        generation, of, after, _ = b64decode(state, validate=True).decode().split(".")
        if (int(generation), of) != (self.generation, folder.id):
            raise NotThis("ErrorInvalidSyncStateData")
        return int(after)

    def _since(self, folder: Folder, after: int) -> Iterator[tuple[int, Callable[[], str]]]:
        for item in self.mail.items.values():
            if item.folder == folder.id and item.arrived > after:
                yield item.arrived, partial(self._created_item, item)
            elif item.folder == folder.id and item.flagged > after:
                yield item.flagged, partial(xml, "t:ReadFlagChange", self._id(item.id), xml("t:IsRead", text=str(item.read).lower()))
        for key, left_from, arrived, left in self.mail.gone:
            if left_from == folder.id and arrived <= after < left:
                yield left, partial(xml, "t:Delete", self._id(key))

    def _created_item(self, item: Item) -> str:
        properties = {"Size": str(len(item.raw)), "DateTimeReceived": item.received.strftime("%Y-%m-%dT%H:%M:%SZ")}
        if item.kind not in _NO_MESSAGES:
            properties["IsRead"] = str(item.read).lower()
        return xml(
            "t:Create", xml(f"t:{item.kind}", self._id(item.id), *(xml(f"t:{name}", text=value) for name, value in properties.items()))
        )

    def find_item(self, asked: Element) -> Iterator[str]:
        asked.has("m:ItemShape", "m:IndexedPageItemView", "m:Restriction", "m:ParentFolderIds", attributes="Traversal")
        asked["m:ItemShape"].has("t:BaseShape")
        asked["m:IndexedPageItemView"].has(attributes="MaxEntriesReturned Offset BasePoint")
        equal = asked["m:Restriction"].has("t:IsEqualTo")["t:IsEqualTo"].has("t:FieldURI", "t:FieldURIOrConstant")
        if equal["t:FieldURI"].has(attributes="FieldURI").given["FieldURI"] != "message:InternetMessageId":
            raise Odd(f"looks for mails by {equal['t:FieldURI'].given}")
        wanted = equal["t:FieldURIOrConstant"].has("t:Constant")["t:Constant"].has(attributes="Value").given["Value"]
        return self._each(asked, asked["m:ParentFolderIds"], lambda one: self._with_message_id(self._folder(one), wanted))

    def _with_message_id(self, folder: Folder, wanted: str) -> str:
        inside = [one for one in self.mail.items.values() if one.folder == folder.id and f"Message-ID: {wanted}".encode() in one.raw]
        items = xml("t:Items", *(xml(f"t:{one.kind}", self._id(one.id)) for one in inside))
        return xml("m:RootFolder", items, TotalItemsInView=len(inside), IncludesLastItemInRange="true", IndexedPagingOffset=len(inside))

    def get_item(self, asked: Element) -> Iterator[str]:
        asked.has("m:ItemShape", "m:ItemIds")
        wanted = ",".join(sorted(self._shape(asked["m:ItemShape"], "IdOnly", None)))
        shown = {"item:MimeContent": self._content, _HEADER: self._of_messages, "item:InternetMessageHeaders,item:Subject": self._headers}
        if wanted not in shown:
            raise Odd(f"GetItem of {wanted}")
        return self._each(asked, asked["m:ItemIds"], lambda one: self._items(self._item(one), shown[wanted]))

    def _content(self, item: Item) -> str:
        if item.id in self.unreadable:
            raise NotThis(self.withholds)
        return xml("t:MimeContent", text=b64encode(item.raw).decode(), CharacterSet="UTF-8")

    def _of_messages(self, item: Item) -> str:
        if item.kind in _NO_MESSAGES:
            raise NotThis("ErrorInvalidPropertyRequest")
        return self._headers(item)

    def _headers(self, item: Item) -> str:
        """Of a mail sent within Exchange, what its properties tell."""
        lines = [line.partition(": ") for line in item.raw.partition(b"\r\n\r\n")[0].decode().splitlines()]
        told = {name: value for name, _, value in lines}
        headers = (xml("t:InternetMessageHeader", text=value, HeaderName=name) for name, _, value in lines)
        writer = xml("t:From", xml("t:Mailbox", xml("t:Name", text="Anna"), xml("t:EmailAddress", text=told.get("From", ""))))
        return "".join(
            (
                xml("t:Subject", text=told["Subject"]) if "Subject" in told else "",
                "" if self.without_header else xml("t:InternetMessageHeaders", *headers),
                writer if "From" in told else "",
                xml("t:InternetMessageId", text=told["Message-ID"]) if "Message-ID" in told else "",
            )
        )

    def _items(self, item: Item, shown: Callable[[Item], str]) -> str:
        return xml("m:Items", xml(f"t:{item.kind}", shown(item), self._id(item.id)))

    def move_item(self, asked: Element) -> Iterator[str]:
        asked.has("m:ToFolderId", "m:ItemIds")
        (to,) = asked["m:ToFolderId"]
        return self._each(asked, asked["m:ItemIds"], lambda one: self._moved(self._item(one), self._folder(to)))

    def _moved(self, item: Item, to: Folder) -> str:
        moved = self._moved_to(item, to.id)
        return xml("m:Items", xml(f"t:{moved.kind}", self._id(moved.id)))

    def _moved_to(self, item: Item, folder: str) -> Item:
        """Under another id: https://learn.microsoft.com/exchange/client-developer/exchange-web-services/ews-identifiers-in-exchange"""
        self.remove(item)
        number = next(self._numbers)
        moved = self.mail.items[f"AAMkItem{number}="] = Item(
            f"AAMkItem{number}=", item.raw, item.read, folder, item.received, number, item.kind
        )
        return moved

    def delete_item(self, asked: Element) -> Iterator[str]:
        how = "DeleteType SendMeetingCancellations AffectedTaskOccurrences"
        newer = " SuppressReadReceipts" if "SuppressReadReceipts" in asked.given else ""
        asked.has("m:ItemIds", attributes=how + newer)
        if asked.given["DeleteType"] != "SoftDelete":
            raise Odd(f"deletes for good: {asked.given}")
        return self._each(asked, asked["m:ItemIds"], lambda one: self.remove(self._item(one)) or "")

    def _item(self, asked: Element) -> Item:
        key = asked.has(attributes="Id").given["Id"]
        if key not in self.mail.items:
            raise NotThis("ErrorItemNotFound")
        return self.mail.items[key]

    @staticmethod
    def _id(key: str) -> str:
        return xml("t:ItemId", Id=key, ChangeKey="AQ==")

    @staticmethod
    def _shape(asked: Element, base: str, *properties: str | None) -> list[str]:
        """Which properties are asked for; these, unless any may be."""
        asked.has("t:BaseShape", *(["t:AdditionalProperties"] if properties else []))
        wanted = [one.has(attributes="FieldURI").given["FieldURI"] for one in asked["t:AdditionalProperties"]] if properties else []
        if asked.get("t:BaseShape") != base or (properties != (None,) and sorted(wanted) != sorted(map(str, properties))):
            raise Odd(f"a shape of {asked.get('t:BaseShape')} and {wanted}")
        return wanted

"""A mailbox of an Exchange server as Microsoft publishes its contract; whatever a client does beside it is noted in `problems`.
https://learn.microsoft.com/exchange/client-developer/web-service-reference/ews-operations-in-exchange"""

import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

from local.mail.certificates import Certificate
from tests.servers.soap import Element, Odd, envelope, fault, parsed, xml
from tests.servers.web import Answer, Request, WebServer

ADDRESS, USER, PASSWORD = "support@example.test", "EXAMPLE\\desk", "pässword with spaces"
VERSIONS = {"Exchange2010_SP2", "Exchange2013", "Exchange2013_SP1", "Exchange2016"}
MOST_CHANGES = 512
TOP, INBOX = "AAMkRoot=", "AAMkInbox="


class Refusal(Exception):
    """The whole request, by HTTP."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer


class NotThis(Exception):
    """One response message, by its code."""


@dataclass
class Folder:
    id: str
    name: str
    parent: str = TOP
    distinguished: str = ""


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
        default_factory=lambda: {TOP: Folder(TOP, "", "", "msgfolderroot"), INBOX: Folder(INBOX, "Posteingang", TOP, "inbox")}
    )
    items: dict[str, Item] = field(default_factory=dict)
    gone: list[tuple[str, str, int, int]] = field(default_factory=list)
    """(id, folder, arrived, left)"""


class EwsServer(WebServer):
    """`busy`: how the next requests are refused: milliseconds, in a fault, or an HTTP status. `rights`: the mailboxes the user may open.
    `offers`: ways to sign in. `state_bytes`: how large sync states are, at least.
    `silent`: for how many seconds it thinks before it answers.
    `cut`: at which step the line breaks, once: an even one before request number step // 2 is carried out, an odd one after."""

    def __init__(self, certificates: Certificate, page: int = MOST_CHANGES, offers: str = "Basic") -> None:
        super().__init__(certificates)
        self.page, self.mail, self.offers, self.generation, self.state_bytes = page, Mail(), offers, 0, 0
        self.rights, self.busy, self.problems = {ADDRESS}, list[Any](), list[str]()
        self.requests, self.without_header, self.unreadable = list[str](), False, set[str]()
        self.cut: int | None = None
        self.password = PASSWORD
        self.silent = 0.0
        self._numbers, self._opened = count(1), datetime.now(UTC) - timedelta(minutes=1)

    # ------------------------------------------------------------ as tests see it

    def deliver(self, raw: bytes, folder: str = "INBOX", read: bool = False, kind: str = "Message") -> Item:
        number = next(self._numbers)
        received = self._opened + timedelta(seconds=number)  # whole seconds, as Exchange tells them
        item = Item(f"AAMkItem{number}=", raw, read, self.folder(folder), received, number, kind)
        self.mail.items[item.id] = item
        return item

    def folder(self, path: str) -> str:
        """Its id; it is created where missing."""
        if path == "INBOX":
            return INBOX
        parent = TOP
        for name in path.split("/"):
            parent = (self._child(parent, name) or self._new_folder(name, parent)).id
        return parent

    def items(self, path: str) -> list[Item]:
        return [one for one in self.mail.items.values() if one.folder == self.folder(path)]

    def mark(self, item: Item, read: bool) -> None:
        item.read, item.flagged = read, next(self._numbers)

    def remove(self, item: Item) -> None:
        del self.mail.items[item.id]
        self.mail.gone.append((item.id, item.folder, item.arrived, next(self._numbers)))

    def move(self, item: Item, path: str) -> Item:
        """Under another id: https://learn.microsoft.com/exchange/client-developer/exchange-web-services/ews-identifiers-in-exchange"""
        return self._moved_to(item, self.folder(path))

    def forget_sync_states(self) -> None:
        self.generation += 1

    # ------------------------------------------------------------ as clients see it

    def answer(self, request: Request) -> Answer:
        try:
            self._sign_in(request)
        except Refusal as refusal:
            return refusal.answer
        step, self.cut = self.cut, None if self.cut in (None, 0, 1) else self.cut - 2
        if step == 0:
            raise ConnectionAbortedError
        try:
            answer = self._answer(request)
        except Refusal as refusal:
            answer = refusal.answer
        except Odd as odd:
            self.problems.append(str(odd))
            answer = Answer(500, fault("ErrorSchemaValidation", str(odd)), "text/xml; charset=utf-8")
        if step == 1:
            raise ConnectionAbortedError
        time.sleep(self.silent)
        return answer

    def _sign_in(self, request: Request) -> None:
        """By Basic; by NTLM see `NtlmServer`."""
        expected = b64encode(f"{USER}:{self.password}".encode()).decode()
        if request.headers["Authorization"] != f"Basic {expected}":
            raise Refusal(Answer(401, headers={"WWW-Authenticate": f'{self.offers} realm="{ADDRESS}"'}))

    def _answer(self, request: Request) -> Answer:
        if (request.method, request.target) != ("POST", "/EWS/Exchange.asmx"):
            raise Refusal(Answer(404))
        if self.busy:
            how = self.busy.pop(0)
            raise Refusal(how if isinstance(how, Answer) else Answer(500, fault("ErrorServerBusy", "Busy.", BackOffMilliseconds=how)))
        if request.headers["Content-Type"] != "text/xml; charset=utf-8":
            raise Odd(f"content of type {request.headers['Content-Type']}")
        asked = parsed(request.body).has("s:Header", "s:Body")
        version = asked["s:Header"].has("t:RequestServerVersion")["t:RequestServerVersion"].has(attributes="Version")
        (operation,) = asked["s:Body"]
        if version.given["Version"] not in VERSIONS or operation.name not in _OPERATIONS:
            raise Odd(f"{operation.name} of {version.given}")
        self.requests.append(operation.name.removeprefix("m:"))
        messages = "".join(_OPERATIONS[operation.name](self, operation))
        response = xml(f"{operation.name}Response", xml("m:ResponseMessages", messages))
        return Answer(200, envelope(response), "text/xml; charset=utf-8")

    def _each(self, operation: Element, what: Any, do: Callable[[Any], str]) -> Iterator[str]:
        """A response message for each thing asked about."""
        name = f"{operation.name}ResponseMessage"
        for one in what:
            try:
                yield xml(name, xml("m:ResponseCode", text="NoError"), do(one), ResponseClass="Success")
            except NotThis as refusal:
                words = xml("m:MessageText", text=f"{refusal}, says the test.")
                more = xml("m:DescriptiveLinkKey", text="0")
                yield xml(name, words, xml("m:ResponseCode", text=str(refusal)), more, ResponseClass="Error")

    # ------------------------------------------------------------ folders

    def get_folder(self, asked: Element) -> Iterator[str]:
        self._shape(asked.has("m:FolderShape", "m:FolderIds")["m:FolderShape"], "Default")
        return self._each(asked, asked["m:FolderIds"], lambda one: xml("m:Folders", self._shown(self._folder(one))))

    def find_folder(self, asked: Element) -> Iterator[str]:
        asked.has("m:FolderShape", "m:IndexedPageFolderView", "m:ParentFolderIds", attributes="Traversal")
        self._shape(asked["m:FolderShape"], "Default")
        view = asked["m:IndexedPageFolderView"].has(attributes="MaxEntriesReturned Offset BasePoint").given
        if (asked.given["Traversal"], view["BasePoint"]) != ("Shallow", "Beginning"):
            raise Odd(f"not what is documented: {asked.given} {view}")
        return self._each(asked, asked["m:ParentFolderIds"], lambda one: self._found(self._folder(one), view))

    def _found(self, parent: Folder, view: dict[str, str]) -> str:
        inside = [one for one in self.mail.folders.values() if one.parent == parent.id]
        start, most = int(view["Offset"]), min(self.page, int(view["MaxEntriesReturned"]))
        end = min(start + most, len(inside))
        last = {"TotalItemsInView": len(inside), "IncludesLastItemInRange": str(end == len(inside)).lower(), "IndexedPagingOffset": end}
        return xml("m:RootFolder", xml("t:Folders", *map(self._shown, inside[start:end])), **last)

    def create_folder(self, asked: Element) -> Iterator[str]:
        asked.has("m:ParentFolderId", "m:Folders")
        (parent,) = asked["m:ParentFolderId"]
        (wanted,) = asked["m:Folders"]
        name = wanted.has("t:DisplayName").get("t:DisplayName")
        return self._each(asked, [name], lambda name: xml("m:Folders", self._only_id(self._created(self._folder(parent), name))))

    def _created(self, parent: Folder, name: str) -> Folder:
        if self._child(parent.id, name):
            raise NotThis("ErrorFolderExists")
        return self._new_folder(name, parent.id)

    def _folder(self, asked: Element) -> Folder:
        if asked.name == "t:FolderId":
            key = asked.has(attributes="Id").given["Id"]
            found = self.mail.folders.get(key)
        else:
            name = asked.has("t:Mailbox", attributes="Id").given["Id"]
            if asked["t:Mailbox"].has("t:EmailAddress", "t:RoutingType?", "t:MailboxType?").get("t:EmailAddress") not in self.rights:
                raise NotThis("ErrorItemNotFound")
            found = next((one for one in self.mail.folders.values() if one.distinguished == name), None)
        if found is None:
            raise NotThis("ErrorFolderNotFound")
        return found

    def _child(self, parent: str, name: str) -> Folder | None:
        return next((one for one in self.mail.folders.values() if (one.name.lower(), one.parent) == (name.lower(), parent)), None)

    def _new_folder(self, name: str, parent: str) -> Folder:
        folder = Folder(f"AAMkFolder{next(self._numbers)}=", name, parent)
        self.mail.folders[folder.id] = folder
        return folder

    def _shown(self, folder: Folder) -> str:
        inside = [one for one in self.mail.items.values() if one.folder == folder.id]
        counts = {"TotalCount": len(inside), "ChildFolderCount": 0, "UnreadCount": sum(not one.read for one in inside)}
        told = (xml(f"t:{name}", text=str(value)) for name, value in counts.items())
        return xml("t:Folder", xml("t:FolderId", Id=folder.id, ChangeKey="AQ=="), xml("t:DisplayName", text=folder.name), *told)

    @staticmethod
    def _only_id(folder: Folder) -> str:
        return xml("t:Folder", xml("t:FolderId", Id=folder.id, ChangeKey="AQ=="))

    # ------------------------------------------------------------ mails

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
        if item.kind == "Message":
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
        wanted = self._shape(asked["m:ItemShape"], "IdOnly", None)
        shown = {"item:MimeContent": self._content, "item:InternetMessageHeaders": self._headers}
        if len(wanted) != 1 or wanted[0] not in shown:
            raise Odd(f"GetItem of {wanted}")
        return self._each(asked, asked["m:ItemIds"], lambda one: self._items(self._item(one), shown[wanted[0]]))

    def _content(self, item: Item) -> str:
        if item.id in self.unreadable:
            raise NotThis("ErrorMimeContentConversionFailed")
        return xml("t:MimeContent", text=b64encode(item.raw).decode(), CharacterSet="UTF-8")

    def _headers(self, item: Item) -> str:
        if self.without_header:
            return ""
        lines = (line.partition(": ") for line in item.raw.partition(b"\r\n\r\n")[0].decode().splitlines())
        return xml("t:InternetMessageHeaders", *(xml("t:InternetMessageHeader", text=value, HeaderName=name) for name, _, value in lines))

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


_OPERATIONS: dict[str, Callable[[EwsServer, Element], Iterator[str]]] = {
    "m:GetFolder": EwsServer.get_folder,
    "m:FindFolder": EwsServer.find_folder,
    "m:CreateFolder": EwsServer.create_folder,
    "m:SyncFolderItems": EwsServer.sync_folder_items,
    "m:FindItem": EwsServer.find_item,
    "m:GetItem": EwsServer.get_item,
    "m:MoveItem": EwsServer.move_item,
    "m:DeleteItem": EwsServer.delete_item,
}

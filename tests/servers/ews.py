"""A mailbox of an Exchange server as Microsoft publishes its contract; whatever a client does beside it is noted in `problems`.
https://learn.microsoft.com/exchange/client-developer/web-service-reference/ews-operations-in-exchange"""

import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from local.mail.certificates import Certificate
from tests.servers.ews_items import INBOX, MOST_CHANGES, TOP, Folder, Item, Items, Mail, NotThis
from tests.servers.soap import Element, Odd, envelope, fault, parsed, xml
from tests.servers.web import Answer, Refusal, Request, WebServer

ADDRESS, USER, PASSWORD = "support@example.test", "EXAMPLE\\desk", "pässword with spaces"
VERSIONS = {"Exchange2010_SP2", "Exchange2013", "Exchange2013_SP1", "Exchange2016"}


class EwsServer(Items, WebServer):
    """`busy`: how the next requests are refused: milliseconds, in a fault, or an HTTP status. `rights`: the mailboxes the user may open.
    `offers`: ways to sign in. `state_bytes`: how large sync states are, at least.
    `silent`: for how many seconds it thinks before it answers. `requests`: the names of the operations asked for."""

    def __init__(self, certificates: Certificate, page: int = MOST_CHANGES, offers: str = "Basic") -> None:
        super().__init__(certificates)
        self.page, self.mail, self.offers, self.generation, self.state_bytes = page, Mail(), offers, 0, 0
        self.rights, self.busy, self.problems = {ADDRESS}, list[Any](), list[str]()
        self.requests, self.without_header, self.unreadable = list[str](), False, set[str]()
        self.withholds = "ErrorMimeContentConversionFailed"
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

    def forget_sync_states(self) -> None:
        self.generation += 1

    # ------------------------------------------------------------ as clients see it

    def answer(self, request: Request) -> Answer:
        try:
            self._sign_in(request)
        except Refusal as refusal:
            return refusal.answer
        answer = self.unless_cut(self._strictly, request)
        time.sleep(self.silent)
        return answer

    def _strictly(self, request: Request) -> Answer:
        try:
            return self._answer(request)
        except Odd as odd:
            self.problems.append(str(odd))
            return Answer(500, fault("ErrorSchemaValidation", str(odd)), "text/xml; charset=utf-8")

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
        if request.headers["X-AnchorMailbox"] is None:
            raise Odd("a request that may end at a server without the mailbox")
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
        counts = {"TotalCount": len(inside), "ChildFolderCount": 0}
        if folder.kind == "Folder":
            counts["UnreadCount"] = sum(not one.read for one in inside)
        told = (xml(f"t:{name}", text=str(value)) for name, value in counts.items())
        return xml(f"t:{folder.kind}", xml("t:FolderId", Id=folder.id, ChangeKey="AQ=="), xml("t:DisplayName", text=folder.name), *told)

    @staticmethod
    def _only_id(folder: Folder) -> str:
        return xml("t:Folder", xml("t:FolderId", Id=folder.id, ChangeKey="AQ=="))


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

"""A mailbox of Exchange Online as Microsoft publishes its contract; whatever a client does beside it is noted in `problems`.
https://learn.microsoft.com/graph/api/resources/message"""

import re
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from local.mail.certificates import Certificate
from tests.servers.web import Answer, Refusal, Request, WebServer

USER, TOKEN = "support@example.test", "an access token"
ALL = frozenset({"Mail.Read", "Mail.ReadWrite", "Mail.Send"})
_SIZE = "Integer 0x0E08"
_DELTA = {"$select", "$expand", "changeType"}


class Refused(Refusal):
    def __init__(self, status: int, code: str, **headers: str) -> None:
        error = {"code": code, "message": f"{code}, says the test"}
        super().__init__(Answer(status, msgspec.json.encode({"error": error}), headers=headers))


@dataclass
class Folder:
    id: str
    name: str
    parent: str = ""


@dataclass
class Message:
    id: str
    raw: bytes
    read: bool
    folder: str
    received: datetime
    arrived: int
    """Counts arrivals in folders: what a delta token stands for."""

    kind: str = "message"


@dataclass
class Mail:
    folders: dict[str, Folder] = field(default_factory=lambda: {"F0=": Folder("F0=", "Inbox")})
    messages: dict[str, Message] = field(default_factory=dict)
    sent: list[bytes] = field(default_factory=list)


class GraphServer(WebServer):
    """`busy`: how the next requests are refused, as (status, Retry-After). `permissions`: what the app may do.
    `withheld`: mails whose content it does not give."""

    def __init__(self, certificates: Certificate, page: int = 7) -> None:
        super().__init__(certificates)
        self.page, self.mail, self.permissions, self.generation = page, Mail(), ALL, 0
        self.tokens, self.busy, self.problems = {TOKEN}, list[tuple[int, str | None]](), list[str]()
        self.withheld = set[str]()
        self._numbers = count(1)

    # ------------------------------------------------------------ as tests see it

    def deliver(self, raw: bytes, folder: str = "INBOX", read: bool = False, kind: str = "message") -> str:
        number = next(self._numbers)
        received = datetime.now(UTC) + timedelta(milliseconds=number) - timedelta(seconds=60)
        key = f"M{number}_-="
        self.mail.messages[key] = Message(key, raw, read, self.folder(folder), received, number, kind)
        return key

    def folder(self, path: str) -> str:
        """Its id; it is created where missing."""
        if path == "INBOX":
            return "F0="
        parent = ""
        for name in path.split("/"):
            found = next((one for one in self.mail.folders.values() if (one.name, one.parent) == (name, parent)), None)
            parent = (found or self._new_folder(name, parent)).id
        return parent

    def messages(self, path: str) -> list[Message]:
        return [one for one in self.mail.messages.values() if one.folder == self.folder(path)]

    def forget_delta_tokens(self) -> None:
        self.generation += 1

    # ------------------------------------------------------------ as clients see it

    def answer(self, request: Request) -> Answer:
        return self.unless_cut(self._answer, request)

    def _answer(self, request: Request) -> Answer:
        if self.busy:
            status, seconds = self.busy.pop(0)
            raise Refused(status, "ApplicationThrottled", **({"Retry-After": seconds} if seconds else {}))
        if request.headers["Authorization"] not in {f"Bearer {token}" for token in self.tokens}:
            raise Refused(401, "InvalidAuthenticationToken")
        address = urlsplit(request.target)
        query = {name: value for name, (value,) in parse_qs(address.query, strict_parsing=bool(address.query)).items()}
        path = address.path.removeprefix("/v1.0/users/support%40example.test")
        for method, pattern, permission, do in _ROUTES:
            if method == request.method and (found := re.fullmatch(pattern, path)):
                self._allow(permission, request)
                made = do(self, request, query, *map(unquote, found.groups()))
                return made if isinstance(made, Answer) else Answer(200, msgspec.json.encode(made))
        return self._problem(f"no such request: {request.method} {request.target}")

    def _allow(self, permission: str, request: Request) -> None:
        if not {permission, permission.replace("Mail.Read", "Mail.ReadWrite")} & self.permissions:
            raise Refused(403, "ErrorAccessDenied")
        if permission != "Mail.Send" and 'IdType="ImmutableId"' not in request.headers["Prefer"]:
            self._problem(f"ids that change: {request.target}")

    def _problem(self, words: str) -> Answer:
        self.problems.append(words)
        raise Refused(400, "BadRequest")

    def _known(self, query: dict[str, str], *names: str) -> None:
        if not query.keys() <= set(names):
            self._problem(f"unknown parameters: {query}")

    # ------------------------------------------------------------ folders

    def list_folders(self, _request: Request, query: dict[str, str], parent: str = "") -> dict[str, Any]:
        self._known(query, "$top", "$skip")
        inside = [one for one in self.mail.folders.values() if one.parent == parent]
        start, most = int(query.get("$skip", 0)), min(self.page, int(query["$top"]))
        path = f"mailFolders/{parent}/childFolders" if parent else "mailFolders"
        more = f"{self._base}{path}?$top={query['$top']}&$skip={start + most}"
        page = {"value": [self._shown(one) for one in inside[start : start + most]]}
        return page | ({"@odata.nextLink": more} if start + most < len(inside) else {})

    def get_folder(self, _request: Request, query: dict[str, str], key: str) -> dict[str, Any]:
        self._known(query)
        folder = self.mail.folders.get({"inbox": "F0="}.get(key, key))
        if folder is None:
            raise Refused(404, "ErrorItemNotFound")
        return self._shown(folder)

    def create_folder(self, request: Request, query: dict[str, str], parent: str = "") -> Answer:
        self._known(query)
        wanted = self._json(request, {"displayName"})
        if any((one.name.lower(), one.parent) == (wanted["displayName"].lower(), parent) for one in self.mail.folders.values()):
            raise Refused(409, "ErrorFolderExists")
        return Answer(201, msgspec.json.encode(self._shown(self._new_folder(wanted["displayName"], parent))))

    def _new_folder(self, name: str, parent: str) -> Folder:
        folder = Folder(f"F{next(self._numbers)}=", name, parent)
        self.mail.folders[folder.id] = folder
        return folder

    def _shown(self, folder: Folder) -> dict[str, Any]:
        inside = [one for one in self.mail.messages.values() if one.folder == folder.id]
        unread = sum(not one.read for one in inside)
        return {"id": folder.id, "displayName": folder.name, "totalItemCount": len(inside), "unreadItemCount": unread}

    # ------------------------------------------------------------ messages

    def delta(self, request: Request, query: dict[str, str], folder: str) -> dict[str, Any]:
        token = query.get("$skiptoken") or query.get("$deltatoken")
        self._known(query, *({"$skiptoken", "$deltatoken"} if token else _DELTA))
        generation, after = map(int, token.split(".")) if token else (self.generation, 0)
        if generation != self.generation:
            raise Refused(410, "SyncStateNotFound")
        if not token and (query["changeType"], query["$expand"]) != ("created", f"singleValueExtendedProperties($filter=id eq '{_SIZE}')"):
            self._problem(f"not what is documented: {query}")
        most = min(self.page, int(re.search(r"odata\.maxpagesize=(\d+)", request.headers["Prefer"])[1]))
        there = sorted(self.mail.messages.values(), key=lambda one: one.arrived)
        new = [one for one in there if one.folder == folder and one.arrived > after]
        link = f"{self._base}mailFolders/{folder}/messages/delta?${{}}token={self.generation}.{{}}"
        page = {"value": [self._new_message(one) for one in reversed(new[:most])]}  # in no order that is promised
        if len(new) > most:
            return page | {"@odata.nextLink": link.format("skip", new[most - 1].arrived)}
        return page | {"@odata.deltaLink": link.format("delta", new[-1].arrived if new else after)}

    def find(self, _request: Request, query: dict[str, str], folder: str) -> dict[str, Any]:
        """https://learn.microsoft.com/graph/api/mailfolder-list-messages"""
        self._known(query, "$filter", "$select")
        wanted = re.fullmatch(r"internetMessageId eq '(<[^'<>]+>)'", query["$filter"])
        if not wanted or query["$select"] != "id":
            self._problem(f"not what is documented: {query}")
        inside = [one for one in self.mail.messages.values() if one.folder == folder]
        return {"value": [{"id": one.id} for one in inside if f"Message-ID: {wanted[1]}".encode() in one.raw]}

    @staticmethod
    def _new_message(message: Message) -> dict[str, Any]:
        size = [{"id": _SIZE, "value": str(len(message.raw))}]
        received = message.received.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return {
            "@odata.type": f"#microsoft.graph.{message.kind}",
            "id": message.id,
            "isRead": message.read,
            "receivedDateTime": received,
            "singleValueExtendedProperties": size,
        }

    def value(self, _request: Request, query: dict[str, str], key: str) -> Answer:
        self._known(query)
        message = self._message(key)
        if key in self.withheld:
            raise Refused(500, "ErrorMimeContentConversionFailed")
        return Answer(200, message.raw, content_type="text/plain")

    def get_message(self, _request: Request, query: dict[str, str], key: str) -> dict[str, Any]:
        """No header of a mail that was sent within Exchange, which has no From here."""
        self._known(query, "$select")
        if query["$select"] != "internetMessageHeaders,from,subject,internetMessageId":
            self._problem(f"not what is documented: {query}")
        lines = [line.partition(": ") for line in self._message(key).raw.partition(b"\r\n\r\n")[0].decode().splitlines()]
        told = {name: value for name, _, value in lines}
        known = {"id": key, "subject": told.get("Subject"), "internetMessageId": told.get("Message-ID")}
        if "From" not in told:
            return known
        headers = [{"name": name, "value": value} for name, _, value in lines]
        return known | {"from": {"emailAddress": {"name": "Anna", "address": told["From"]}}, "internetMessageHeaders": headers}

    def move(self, request: Request, query: dict[str, str], key: str) -> Answer:
        self._known(query)
        message, folder = self._message(key), self._json(request, {"destinationId"})["destinationId"]
        if folder not in self.mail.folders:
            raise Refused(404, "ErrorItemNotFound")
        if message.folder != folder:
            message.folder, message.arrived = folder, next(self._numbers)
        return Answer(201, msgspec.json.encode({"id": key}))

    def delete(self, _request: Request, query: dict[str, str], key: str) -> Answer:
        self._known(query)
        self._message(key)
        del self.mail.messages[key]
        return Answer(204)

    def send_mail(self, request: Request, query: dict[str, str]) -> Answer:
        self._known(query)
        if request.headers["Content-Type"] != "text/plain" or len(request.body) > 4_000_000:
            raise Refused(413, "RequestEntityTooLarge")
        raw = b64decode(request.body, validate=True)
        self.mail.sent.append(raw)
        if f"To: {USER}\r\n".encode() in raw:
            self.deliver(raw)
        return Answer(202, headers={"request-id": f"request-{len(self.mail.sent)}"})

    def _message(self, key: str) -> Message:
        if key not in self.mail.messages:
            raise Refused(404, "ErrorItemNotFound")
        return self.mail.messages[key]

    def _json(self, request: Request, fields: set[str]) -> dict[str, Any]:
        told = msgspec.json.decode(request.body)
        if request.headers["Content-Type"] != "application/json" or told.keys() != fields:
            self._problem(f"not the JSON of {request.target}: {told}")
        return dict(told)

    @property
    def _base(self) -> str:
        return f"{self.origin}/v1.0/users/support%40example.test/"


_MESSAGE = r"/messages/([^/]+)"
_ROUTES: tuple[tuple[str, str, str, Callable[..., Any]], ...] = (
    ("GET", "/mailFolders", "Mail.Read", GraphServer.list_folders),
    ("GET", "/mailFolders/([^/]+)/childFolders", "Mail.Read", GraphServer.list_folders),
    ("GET", "/mailFolders/([^/]+)", "Mail.Read", GraphServer.get_folder),
    ("POST", "/mailFolders", "Mail.ReadWrite", GraphServer.create_folder),
    ("POST", "/mailFolders/([^/]+)/childFolders", "Mail.ReadWrite", GraphServer.create_folder),
    ("GET", "/mailFolders/([^/]+)/messages/delta", "Mail.Read", GraphServer.delta),
    ("GET", "/mailFolders/([^/]+)/messages", "Mail.Read", GraphServer.find),
    ("GET", _MESSAGE + r"/\$value", "Mail.Read", GraphServer.value),
    ("GET", _MESSAGE, "Mail.Read", GraphServer.get_message),
    ("POST", _MESSAGE + "/move", "Mail.ReadWrite", GraphServer.move),
    ("DELETE", _MESSAGE, "Mail.ReadWrite", GraphServer.delete),
    ("POST", "/sendMail", "Mail.Send", GraphServer.send_mail),
)

"""exchangelib's operations, as this room uses them: their answers stay XML, instead of objects for every kind of item and folder."""

from collections.abc import Generator, Iterable, Iterator
from types import SimpleNamespace
from typing import Any

from exchangelib import errors, services
from exchangelib.errors import ErrorItemNotFound, ErrorServerBusy, SOAPError
from exchangelib.util import TNS, ElementNotFound, StreamingBase64Parser, StreamingContentHandler, create_element
from requests import Response, codes

from maildesk.connecting.exchange import WITHHELD

Xml = Any
"""An element of lxml."""

_READ_AT_ONCE = 65_536


class _Plain:
    account: Any

    def _extra_headers(self) -> dict[str, str]:
        """By it a server that does not hold this mailbox finds the one that does (https://github.com/ecederstrand/exchangelib/issues/635)."""
        return {"X-AnchorMailbox": self.account.primary_smtp_address}

    def _elems_to_objs(self, elements: Iterable[Xml]) -> Iterable[Xml]:
        return elements

    @classmethod
    def _get_soap_parts(cls, response: Any) -> tuple[Xml, Xml]:
        """The library would read an answer byte by byte, and make what it can of one that breaks off."""
        end = b""

        def parts() -> Iterator[bytes]:
            nonlocal end
            for part in response.iter_content(_READ_AT_ONCE):
                end = (end + part)[-_READ_AT_ONCE:]
                yield part

        found: tuple[Xml, Xml] = super()._get_soap_parts(SimpleNamespace(iter_content=parts))  # type: ignore[misc]
        if not end.rstrip().endswith(b"Envelope>"):
            raise SOAPError("It breaks off.")
        return found

    @staticmethod
    def _get_exception(code: str, text: str, msg_xml: Xml = None, rule_errors: Xml = None) -> Exception:
        """The library reads how long a busy server asks to be left alone in a SOAP fault only."""
        if code == "ErrorServerBusy" and msg_xml is not None:
            stated = (value.text for value in msg_xml.iter(f"{{{TNS}}}Value") if value.get("Name") == "BackOffMilliseconds")
            return ErrorServerBusy(text, back_off=float(next(stated, 0)) / 1000)  # type: ignore[no-any-return]
        return services.common.EWSService._get_exception(code, text, msg_xml, rule_errors)  # type: ignore[no-any-return]


class SyncFolderItems(_Plain, services.SyncFolderItems):  # type: ignore[misc]
    def _get_element_container(self, message: Xml, name: str | None = None) -> Xml:
        """The library looks for a sync state in a refusal too."""
        if message.get("ResponseClass") == "Success":
            return super()._get_element_container(message, name)
        return services.common.EWSService._get_element_container(self, message, name)


class GetItem(_Plain, services.GetItem):  # type: ignore[misc]
    """Gives errors in place of mails that are gone or withheld. All other trouble is the server's, though said of one mail, too."""

    ERRORS_TO_CATCH_IN_RESPONSE = (ErrorItemNotFound, *(getattr(errors, code) for code in sorted(WITHHELD)))
    WARNINGS_TO_CATCH_IN_RESPONSE = ()

    def raise_trouble(self, answer: bytes) -> None:
        """What an answer without a content tells, unless it is of the mail alone."""
        _, body = self._get_soap_parts(SimpleNamespace(iter_content=lambda _size: [answer]))
        list(self._get_elements_in_response(self._get_soap_messages(body)))


class GetContent(GetItem):
    """The content of one mail while it comes, decoded. Only the parser the library has for attachments does that."""

    def in_parts(self, item: Any, fields: list[Any]) -> Generator[bytes]:
        """Nothing for a mail that is gone or withheld. Another request must wait until this is read, or closed."""
        self.streaming = True
        try:
            yield from self._get_response_xml(payload=self.get_payload([item], fields, "IdOnly"))
        except ElementNotFound as refusal:
            GetItem(account=self.account).raise_trouble(refusal.data)
        finally:
            self.stop_streaming()

    @classmethod
    def _get_soap_parts(cls, response: Response) -> tuple[Xml, Xml]:
        return None, response

    def _get_soap_messages(self, body: Response) -> Iterator[bytes]:
        if body.status_code != codes.ok:
            GetItem(account=self.account).raise_trouble(body.content)
        parser = StreamingBase64Parser()
        parser.setContentHandler(StreamingContentHandler(parser=parser, ns=TNS, element_name="MimeContent"))
        return parser.parse(body)  # type: ignore[no-any-return]


class MoveItem(_Plain, services.MoveItem):  # type: ignore[misc]
    pass


class DeleteItem(_Plain, services.DeleteItem):  # type: ignore[misc]
    pass


class GetFolder(_Plain, services.GetFolder):  # type: ignore[misc]
    pass


class CreateFolder(_Plain, services.CreateFolder):  # type: ignore[misc]
    pass


class FindItem(_Plain, services.FindItem):  # type: ignore[misc]
    def with_message_id(self, place: Any, message_id: str) -> Iterator[Xml]:
        """The mails of a folder that have this Message-ID, brackets included."""
        asked = {"restriction": _ByMessageId(message_id), "shape": "IdOnly", "depth": "Shallow", "max_items": 1, "offset": 0}
        unasked = dict.fromkeys(("additional_fields", "order_fields", "query_string", "calendar_view"))
        return self.call(folders=[place], **asked, **unasked)  # type: ignore[no-any-return]


class FindFolder(_Plain, services.FindFolder):  # type: ignore[misc]
    def inside(self, parent: Any) -> Iterator[Xml]:
        """The folders directly below, page by page."""
        asked = {"additional_fields": None, "restriction": None, "shape": "Default", "depth": "Shallow"}
        return self._paged_call(  # type: ignore[no-any-return]
            payload_func=self.get_payload, max_items=None, folders=[parent], page_size=self.page_size, offset=0, **asked
        )


class _ByMessageId:
    """https://learn.microsoft.com/exchange/client-developer/web-service-reference/isequalto"""

    def __init__(self, message_id: str) -> None:
        self._message_id = message_id

    def to_xml(self, **_version: Any) -> Xml:
        restriction, equal, stated = (create_element(name) for name in ("m:Restriction", "t:IsEqualTo", "t:FieldURIOrConstant"))
        stated.append(create_element("t:Constant", attrs={"Value": self._message_id}))
        equal.extend([create_element("t:FieldURI", attrs={"FieldURI": "message:InternetMessageId"}), stated])
        restriction.append(equal)
        return restriction

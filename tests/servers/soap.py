"""Exchange's SOAP: requests taken apart strictly, answers put together. Elements go by their short names, as in `t:ItemId`."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

NAMESPACES = {
    "s": "http://schemas.xmlsoap.org/soap/envelope/",
    "m": "http://schemas.microsoft.com/exchange/services/2006/messages",
    "t": "http://schemas.microsoft.com/exchange/services/2006/types",
    "e": "http://schemas.microsoft.com/exchange/services/2006/errors",
}
_SHORT = {f"{{{name}}}": f"{short}:" for short, name in NAMESPACES.items()}
_DECLARED = " ".join(f'xmlns:{short}="{name}"' for short, name in NAMESPACES.items())
_VERSION = '<t:ServerVersionInfo MajorVersion="15" MinorVersion="2" MajorBuildNumber="1118" MinorBuildNumber="7" Version="V2017_07_11"/>'


class Odd(Exception):
    """What the contract does not know."""


@dataclass
class Element:
    name: str
    text: str
    given: dict[str, str]
    """Its attributes."""

    children: list["Element"] = field(default_factory=list)

    def has(self, *names: str, attributes: str = "") -> "Element":
        """Its children are these, in this order; `?` after a name: perhaps, `+`: once or more. And so are its attributes."""
        left = [child.name for child in self.children]
        for name in names:
            bare, many = name.rstrip("?+"), name.endswith("+")
            if not name.endswith("?") and left[:1] != [bare]:
                raise Odd(f"{self.name} lacks {bare}")
            while left[:1] == [bare]:
                left.pop(0)
                if not many:
                    break
        if left or self.given.keys() != set(attributes.split()):
            raise Odd(f"{self.name} has {left} and {self.given}")
        return self

    def __getitem__(self, name: str) -> "Element":
        return next(child for child in self.children if child.name == name)

    def get(self, name: str) -> str:
        return next((child.text for child in self.children if child.name == name), "")

    def __iter__(self) -> Iterator["Element"]:
        return iter(self.children)


def parsed(body: bytes) -> Element:
    return _element(ElementTree.fromstring(body))


def _element(found: Any) -> Element:
    namespace, _, name = found.tag.rpartition("}")
    return Element(_SHORT[f"{namespace}}}"] + name, found.text or "", dict(found.attrib), [_element(child) for child in found])


def xml(name: str, *inner: str, text: str = "", **attributes: object) -> str:
    """An element with what is in it."""
    stated = "".join(f" {key}={quoteattr(str(value))}" for key, value in attributes.items())
    return f"<{name}{stated}>{escape(text)}{''.join(inner)}</{name}>"


def envelope(body: str) -> bytes:
    return f"<s:Envelope {_DECLARED}><s:Header>{_VERSION}</s:Header><s:Body>{body}</s:Body></s:Envelope>".encode()


def fault(code: str, words: str, **values: object) -> bytes:
    """https://learn.microsoft.com/exchange/client-developer/exchange-web-services/ews-throttling-in-exchange"""
    more = xml("t:MessageXml", *(xml("t:Value", text=str(value), Name=name) for name, value in values.items())) if values else ""
    detail = xml("detail", xml("e:ResponseCode", text=code), xml("e:Message", text=words), more)
    return envelope(xml("s:Fault", xml("faultcode", text=f"a:{code}"), xml("faultstring", text=words), detail))

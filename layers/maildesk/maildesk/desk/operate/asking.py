"""From the JSON of a request to its type; what does not fit is refused in plain words."""

import json
import re
from difflib import get_close_matches
from typing import Any, ClassVar, TypeVar

import msgspec
from msgspec import Struct, inspect

from maildesk.desk.operate.errors import Refused
from maildesk.desk.operate.words import demand, plain

S = TypeVar("S", bound=Struct)

_PLACE = re.compile(r" - at `\$(.*)`$")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
_NAMED = re.compile(r"Object (contains unknown|missing required) field `(.*?)`")
_SHOWABLE = (inspect.IntType, inspect.StrType, inspect.BoolType, inspect.LiteralType)
_SHOWN_CHARACTERS = 60


class Secret:
    """A text that is never shown, wherever it turns up by mistake."""

    words: ClassVar[str] = "text, kept secret"
    longest: ClassVar[int] = 4096

    def __init__(self, value: str) -> None:
        self.value = value

    @classmethod
    def read(cls, given: object) -> object:
        """Its text, where it may be given otherwise."""
        return given

    def __repr__(self) -> str:
        return f"{type(self).__name__}(***)"


class SecretDocument(Secret):
    """A text with passwords in it."""

    words = "text in YAML or JSON"
    longest = 5_000_000


def decoded(shape: type[S], given: Any) -> S:
    try:
        return msgspec.convert(given, shape, dec_hook=_hidden)
    except msgspec.ValidationError as error:
        raise _in_words(shape, given, str(error)) from None


def _hidden(kind: type[Any], given: object) -> Any:
    given = kind.read(given) if issubclass(kind, Secret) else given
    if issubclass(kind, Secret) and isinstance(given, str) and 0 < len(given) <= kind.longest:
        return kind(given)
    raise ValueError("no such text")


def _in_words(shape: type[Struct], given: Any, error: str) -> Refused:
    place = _PLACE.search(error)
    steps = [name or int(index) for name, index in _STEP.findall(place[1])] if place else []
    kind, value, names = _looked_up(inspect.type_info(shape), given, steps)
    named = _NAMED.match(error)
    if named and isinstance(kind, inspect.StructType):
        field = ".".join((*names, named[2]))
        return _unknown(field, named[2], kind) if "unknown" in named[1] else _missing(field, named[2], kind)
    field = ".".join(names)
    return Refused(field or None, f"{field or 'This'} must be {demand(kind)}{_but_is(kind, value)}.")


def _looked_up(kind: inspect.Type, value: Any, steps: list[str | int]) -> tuple[inspect.Type, Any, list[str]]:
    """The type and the value at the end of these steps, and the steps as names: an entry of a list goes by its name."""
    names = []
    for step in steps:
        meant = plain(kind, value)
        kind, value = _kinds(kind) if isinstance(meant, inspect.LiteralType) else _inside(meant, step), value[step]
        named = value.get("name") if isinstance(step, int) and isinstance(value, dict) else None
        names.append(named if isinstance(named, str) else str(step))
    meant = plain(kind, value)
    return meant if isinstance(meant, inspect.StructType) else kind, value, names


def _inside(kind: inspect.Type, step: str | int) -> inspect.Type:
    if isinstance(kind, inspect.StructType):
        return next(field.type for field in kind.fields if field.encode_name == step)
    assert isinstance(kind, inspect.VarTupleType)
    return kind.item_type


def _kinds(kind: inspect.Type) -> inspect.Type:
    """What `kind` may be in one of several objects, where it was none of these."""
    assert isinstance(kind, inspect.UnionType)
    return inspect.LiteralType(tuple(sorted(str(one.tag) for one in kind.types if isinstance(one, inspect.StructType))))


def _unknown(field: str, name: str, kind: inspect.StructType) -> Refused:
    known = [one.encode_name for one in kind.fields]
    near = get_close_matches(name, known, n=1)
    return Refused(field, f"There is no field {name!r} here.", f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(known)}.")


def _missing(field: str, name: str, kind: inspect.StructType) -> Refused:
    return Refused(field, f"{field} is missing.", f"Add {name}: {demand(_inside(kind, name))}.")


def _but_is(kind: inspect.Type, value: Any) -> str:
    """Shows what was given only where the type leaves no room for a secret."""
    if not isinstance(plain(kind), _SHOWABLE) or isinstance(value, dict | list):
        return ""
    shown = json.dumps(value, ensure_ascii=False, default=str)
    return f", not {shown if len(shown) <= _SHOWN_CHARACTERS else shown[:_SHOWN_CHARACTERS] + '…'}"

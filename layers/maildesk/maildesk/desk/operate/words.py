"""The type of a field in plain words: for `help`, for docs/commands.md, and for whoever gave something else."""

import re
from collections.abc import Callable
from typing import Any

from msgspec import inspect


def words(kind: inspect.Type) -> str:
    """As in "a whole number from 1 to 65535, or null"."""
    return _WORDS[type(kind)](kind)


def demand(kind: inspect.Type) -> str:
    """The same without what is explained after a colon or semicolon."""
    return re.split("[:;] ", words(kind))[0]


def plain(kind: inspect.Type, value: Any = None) -> inspect.Type:
    """What is left without descriptions and `or null`; of several objects the one whose `kind` is that of `value`."""
    if isinstance(kind, inspect.Metadata):
        return plain(kind.type, value)
    if isinstance(kind, inspect.UnionType):
        return plain(_tagged(kind, value) or next(one for one in kind.types if not isinstance(one, inspect.NoneType)), value)
    return kind


def _tagged(kind: inspect.UnionType, value: Any) -> inspect.Type | None:
    tag = value.get("kind") if isinstance(value, dict) else None
    return next((one for one in kind.types if tag and _tag(one) == tag), None)


def _described(kind: inspect.Metadata) -> str:
    return str((kind.extra_json_schema or {}).get("description") or words(kind.type))


def _number(kind: inspect.IntType) -> str:
    if kind.le is not None:
        return f"a whole number from {kind.ge} to {kind.le}"
    return "a whole number" if kind.ge is None else f"a whole number, at least {kind.ge}"


def _text(kind: inspect.StrType) -> str:
    return "text that is not empty" if kind.min_length else "text"


def _choice(kind: inspect.LiteralType) -> str:
    values = [str(value) for value in kind.values]
    return f"one of {', '.join(values)}" if len(values) > 1 else values[0]


def _either(kind: inspect.UnionType) -> str:
    tags = sorted(filter(None, map(_tag, kind.types)))
    objects = [f"an object of kind {', '.join(tags)}"] if tags else []
    others = [words(one) for one in kind.types if not _tag(one) and not isinstance(one, inspect.NoneType)]
    return ", or ".join((*others, *objects, *(["null"] if kind.includes_none else [])))


def _tag(kind: inspect.Type) -> str | None:
    return str(kind.tag) if isinstance(kind, inspect.StructType) and kind.tag else None


def _object(kind: inspect.StructType) -> str:
    named = [f"kind {kind.tag}"] if kind.tag else []
    return "an object with " + ", ".join([*named, *(field.encode_name for field in kind.fields)])


def _list(kind: inspect.VarTupleType) -> str:
    return f"a list, each entry {words(kind.item_type)}"


_WORDS: dict[type[inspect.Type], Callable[[Any], str]] = {
    inspect.Metadata: _described,
    inspect.IntType: _number,
    inspect.StrType: _text,
    inspect.BoolType: lambda _: "true or false",
    inspect.BytesType: lambda _: "a file's bytes as base64",
    inspect.NoneType: lambda _: "null",
    inspect.LiteralType: _choice,
    inspect.UnionType: _either,
    inspect.StructType: _object,
    inspect.VarTupleType: _list,
    inspect.CustomType: lambda kind: kind.cls.words,
}

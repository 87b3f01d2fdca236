"""Which commands there are, and what each asks for."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import NODEFAULT, Struct, inspect, to_builtins

from maildesk.desk.operate.command import Command
from maildesk.desk.operate.errors import unknown
from maildesk.desk.operate.operator import Operator
from maildesk.desk.operate.words import plain, words


class Help(Struct, frozen=True, forbid_unknown_fields=True):
    about: str | None = None


class FieldHelp(Struct, frozen=True, omit_defaults=True):
    name: str
    type: str
    required: bool = False
    default: Any = None


class CommandHelp(Struct, frozen=True):
    command: str
    about: str
    fields: tuple[FieldHelp, ...]
    example: Mapping[str, Any]


class Helped(Struct, frozen=True):
    commands: tuple[CommandHelp, ...]


def helper(commands: Iterable[Command]) -> Command:
    """The command `help` over these and itself."""

    def help_with(_operator: Operator, request: Help) -> Helped:
        """All commands with their fields, types, defaults and an example; with `about`, one of them."""
        if request.about is None:
            return Helped(tuple(map(command_help, table)))
        about = [command for command in table if request.about in (command.name, command.subject)]
        if not about:
            names = [command.name for command in table]
            raise unknown("about", "command", request.about, names, "Ask for help without about: it lists all.")
        return Helped(tuple(map(command_help, about)))

    own = Command("help", Help, help_with, {"about": "mailbox.put"})
    table = (*commands, own)
    return own


def command_help(command: Command) -> CommandHelp:
    return CommandHelp(
        command.name, command.about, tuple(_fields(inspect.type_info(command.request))), {"command": command.name, **command.example}
    )


def _fields(kind: inspect.Type, place: str = "") -> Iterator[FieldHelp]:
    """Those of an object within it, too, as in `document.desk.name`."""
    assert isinstance(kind, inspect.StructType)
    for field in sorted(kind.fields, key=lambda field: not field.required):
        name, inner = place + field.encode_name, plain(field.type)
        if isinstance(inner, inspect.StructType):
            yield FieldHelp(name, "an object of these:", field.required)
            yield from _fields(inner, f"{name}.")
        else:
            yield FieldHelp(name, words(field.type), field.required, _default(field))


def _default(field: inspect.Field) -> Any:
    if field.default_factory is not NODEFAULT:
        return to_builtins(field.default_factory())
    return None if field.default is NODEFAULT else to_builtins(field.default)

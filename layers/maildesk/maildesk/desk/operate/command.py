"""What a command is: its name, what it asks for, the function that carries it out, and an example that works."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import getdoc
from typing import Any

from msgspec import Struct

from maildesk.desk.operate.operator import Operator


class Nothing(Struct, frozen=True, forbid_unknown_fields=True):
    """Asks for nothing more than the command."""


class Named(Struct, frozen=True, forbid_unknown_fields=True):
    name: str


@dataclass(frozen=True)
class Command:
    """`run` takes the operator and a `request`, and returns a Struct; its docstring is what `help` says.
    With `named`, a name alone will do instead of the whole request."""

    name: str
    request: type[Struct]
    run: Callable[[Operator, Any], Struct]
    example: Mapping[str, Any] = field(default_factory=dict)
    named: bool = False

    def shape(self, given: Mapping[str, Any]) -> type[Struct]:
        return Named if self.named and given.keys() <= {"name"} else self.request

    @property
    def subject(self) -> str:
        """As in `mailbox` of `mailbox.put`."""
        return self.name.partition(".")[0]

    @property
    def about(self) -> str:
        return " ".join((getdoc(self.run) or "").split())

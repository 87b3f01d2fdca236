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
    `named`: what will do instead of the whole request, where no more is given than its fields."""

    name: str
    request: type[Struct]
    run: Callable[[Operator, Any], Struct]
    example: Mapping[str, Any] = field(default_factory=dict)
    named: type[Struct] | None = None

    def shape(self, given: Mapping[str, Any]) -> type[Struct]:
        return self.named if self.named and given.keys() <= set(self.named.__struct_fields__) else self.request

    @property
    def subject(self) -> str:
        """As in `mailbox` of `mailbox.put`."""
        return self.name.partition(".")[0]

    @property
    def about(self) -> str:
        return " ".join((getdoc(self.run) or "").split())

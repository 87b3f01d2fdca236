"""docs/commands.md, from the same table as `help`: `python -m maildesk.desk.operate.reference > docs/commands.md`."""

import json
from collections.abc import Iterator

from maildesk.desk.operate.dispatch import COMMANDS
from maildesk.desk.operate.help import CommandHelp, FieldHelp, command_help

_OPENING = """\
# Commands

The function `operate` takes one command as JSON and answers in JSON: from the Test tab of the Lambda console, by `aws lambda invoke`,
`sam remote invoke`, `sam local invoke` (each example below is a file of `events/operate/`), or by `local/operate` beside a
running `make demo`.

- The answer is `{"ok": true, …}`, or `{"ok": false, "error": {"field": …, "message": …, "try": …}}` and nothing was changed.
  `field` says where in the request: `port`, or `document.mailboxes.support.port` in a larger document.
- A field that is unknown, missing or of the wrong type is refused. A field left out has its default.
- A `password`, or what is secret of `auth`, goes to Secrets Manager and nowhere else. It is never shown; a command without it leaves
  what is stored as it is. How each provider wants `auth`: [mailboxes.md](mailboxes.md).
- A connection test answers `"ok": true` whatever it finds: `passed` says whether all is well, the last of `steps` what is not.
- A list answers `next` where it goes on: give that as `after`.
- `{"command": "help"}` tells all of this page, `{"command": "help", "about": "mailbox.put"}` one command, `"about": "mailbox"` a subject.
"""


def markdown() -> str:
    return "\n".join((_OPENING, *(_section(command_help(command)) for command in COMMANDS.values())))


def _section(command: CommandHelp) -> str:
    return "\n".join(
        (f"## {command.command}", "", command.about, "", *_table(command.fields), "```json", _json(command.example), "```", "")
    )


def _table(fields: tuple[FieldHelp, ...]) -> Iterator[str]:
    if fields:
        yield from ("| field | type | default |", "|---|---|---|")
        yield from (f"| `{field.name}` | {field.type} | {_default(field)} |" for field in fields)
        yield ""


def _default(field: FieldHelp) -> str:
    return "*must be given*" if field.required else f"`{json.dumps(field.default, ensure_ascii=False)}`"


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


if __name__ == "__main__":
    print(markdown(), end="")

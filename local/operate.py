"""`local/operate COMMAND name=value …` for the desk of the running demo. A value that is JSON is taken as such.
A terminal is shown what a person reads, a pipe JSON."""

import json
import sys
from pathlib import Path
from typing import Any

import yaml

from local.answers import shown
from local.aws import LocalAws, is_free
from local.demo.servers import FOLDER
from local.desk import FunctionFailed, LocalDesk


def request(words: list[str]) -> dict[str, Any]:
    """['ticket.show', 'ticket=1'] → {'command': 'ticket.show', 'ticket': 1}"""
    command, *fields = words or ["help"]
    result: dict[str, Any] = {"command": command}
    for word in fields:
        result |= from_file(Path(word[1:])) if word.startswith("@") else field(word)
    return result


def from_file(path: Path) -> dict[str, Any]:
    return dict(yaml.safe_load(path.read_text("utf-8")))


def field(word: str) -> dict[str, Any]:
    name, equals, value = word.partition("=")
    if not equals:
        sys.exit(f"{word!r} is no field: write name=value, or @FILE.")
    try:
        return {name: json.loads(value)}
    except ValueError:
        return {name: value}


def running_desk() -> LocalDesk:
    port = FOLDER / "port"
    if not port.exists() or is_free(int(port.read_text())):
        sys.exit("No demo is running: start it with `make demo`, and leave it running.")
    return LocalDesk(LocalAws(FOLDER / "aws", int(port.read_text())))


def main() -> None:
    desk = running_desk()
    try:
        answer = desk.operate(request(sys.argv[1:]))
    except FunctionFailed as failure:
        sys.exit(str(failure))
    print(shown(answer) if sys.stdout.isatty() else json.dumps(answer, indent=2, ensure_ascii=False))
    sys.exit(not answer["ok"])


if __name__ == "__main__":
    main()

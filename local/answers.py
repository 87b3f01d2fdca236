"""The answer of a command as a person at a terminal reads it: a connection test as a table, a refusal in sentences, a
desk in YAML as it is, all else as JSON."""

import json
from collections.abc import Iterator
from textwrap import wrap
from typing import Any

_WIDTH = 100


def shown(answer: dict[str, Any]) -> str:
    if not answer["ok"]:
        return "\n".join(_refusal(answer["error"]))
    if "steps" in answer:
        return "\n".join(_test(answer["steps"]))
    if "yaml" in answer:
        return str(answer["yaml"])
    return json.dumps(answer, indent=2, ensure_ascii=False)


def _refusal(error: dict[str, Any]) -> Iterator[str]:
    for name, words in (("Refused", error["message"]), ("Field", error["field"]), ("Try", error["try"])):
        if words:
            yield from _beside(f"{name}:".ljust(9), words)


def _test(steps: list[dict[str, Any]]) -> Iterator[str]:
    widest = max(len(step["name"]) for step in steps)
    for step in steps:
        found = "ok    " if step["ok"] else "FAILED"
        yield from _beside(f"{found}  {step['name']:{widest}}  {step['milliseconds']:6} ms  ", step["detail"])
    yield ""
    yield "All is well." if steps[-1]["ok"] else f"Failed at: {steps[-1]['name']}."


def _beside(label: str, words: str) -> list[str]:
    return wrap(words, _WIDTH, initial_indent=label, subsequent_indent=" " * len(label), break_on_hyphens=False)

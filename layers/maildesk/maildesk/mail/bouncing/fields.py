"""Header-like fields in text: delivery status groups, and what is left of them where the MIME around them broke."""

import re

Fields = dict[str, str]

FIELD = re.compile(r"([A-Za-z][A-Za-z-]{1,40}) ?:[ \t]*(.*)")


def blocks(text: str) -> list[Fields]:
    """Blocks between empty lines, unfolded, names in lower case; the first field of a name counts (RFC 3464 §2.1)."""
    return [fields for block in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n")) if (fields := _fields(block))]


def _fields(block: str) -> Fields:
    found: Fields = {}
    name = ""
    for line in block.split("\n"):
        if field := FIELD.match(line):
            name = field[1].lower()
            found.setdefault(name, field[2].strip())
        elif name and line[:1] in {" ", "\t"}:
            found[name] += " " + line.strip()
    return found

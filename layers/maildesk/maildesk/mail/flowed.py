"""Text in format=flowed (RFC 3676) put back into paragraphs."""

SIGNATURE = "-- "


def unflow(text: str, *, delsp: bool) -> str:
    paragraphs: list[list[str]] = []
    open_depth = None
    for line in text.split("\n"):
        depth, content = _unquote(line)
        flows = content.endswith(" ") and content != SIGNATURE
        piece = content[:-1] if flows and delsp else content
        if open_depth == depth and content != SIGNATURE:
            paragraphs[-1].append(piece)
        else:
            paragraphs.append([">" * depth + (" " if depth else ""), piece])
        open_depth = depth if flows else None
    return "\n".join(_joined(pieces) for pieces in paragraphs)


def _joined(pieces: list[str]) -> str:
    text = "".join(pieces)
    return text if text == SIGNATURE else text.rstrip(" ")


def _unquote(line: str) -> tuple[int, str]:
    """Quote depth and the text, without the space that stuffs it (§4.4)."""
    content = line.lstrip(">")
    return len(line) - len(content), content[1:] if content.startswith(" ") else content

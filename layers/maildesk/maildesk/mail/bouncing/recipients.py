"""Whom a mail system names in its own words, where it sends no report that a machine could read."""

import re

ADDRESS = r"(?:\"[^\"\s]{1,64}\"|[^\s<>@\"'(),;:\[\]|\\=][^\s<>@\"(),;:\[\]|\\]{0,63})@\w[\w.-]{0,251}"
FIND_ADDRESS = re.compile(ADDRESS)

# From the clearest to the vaguest; the first that finds any recipient is believed.
DIALECTS = tuple(
    re.compile(pattern, re.IGNORECASE | re.MULTILINE)
    for pattern in (
        rf"^[ \t>*•\"'\[-]{{0,40}}<?({ADDRESS})",  # qmail, Exim, Postfix, Gmail: a line begins with the address
        rf"^[ \t]{{0,20}}[45]\d\d[ -](?:\d\.\d+\.\d+ )?<({ADDRESS})>",  # Sendmail 5: behind the reply code
        rf"\b(?:RCPT[ -]TO|rejected recipient|generated (?:by|from)) ?:? ?<?({ADDRESS})",
        rf"\b(?:Recipient(?: address)?|Address(?:ed to)?|Error-for) ?:? {{0,8}}[<'\[]?(?:SMTP:)?({ADDRESS})",
        rf"\bSMTP=({ADDRESS})",  # X.400
        rf"(?:deliver\w{{0,5}}|undelivered|message|mail|sent|copy) {{1,3}}(?:your |the |an? )?(?:e?-?mail |message )?to:? ?<?({ADDRESS})",
        rf": ?<?({ADDRESS})>?[ \t]*$",  # IMail: behind the reason
        rf"\bin <({ADDRESS})>",  # fml
        rf"\b(?:mailbox|user|account) <?({ADDRESS})",
        rf"(?:^|\s)To ?:[ \t]{{0,20}}<?({ADDRESS})",  # Verizon, Yahoo: the headers of our message alone
    )
)


def named(notice: str) -> tuple[str, ...]:
    """The failed recipients that a notice names, in order, each once."""
    found = next((found for dialect in DIALECTS if (found := dialect.findall(notice))), [])
    return tuple(dict.fromkeys(address.rstrip(".-") for address in found))


def passage(notice: str, address: str, failed: tuple[str, ...]) -> str:
    """What the notice says about one recipient: from its line to the line of the next, and wherever else it is named."""
    at = notice.find(address)
    if at < 0:
        return ""
    others = (notice.find(other, at + len(address)) for other in failed if other != address)
    end = min((_line_start(notice, other) for other in others if other > 0), default=len(notice))
    return notice[_line_start(notice, at) : end] + "".join(_lines_naming(address, notice[end:]))


def _line_start(text: str, position: int) -> int:
    return text.rfind("\n", 0, position) + 1


def _lines_naming(address: str, text: str) -> list[str]:
    return [line for line in text.splitlines(keepends=True) if address in line]

"""What the receiving server found out about a mail's origin: its Authentication-Results (RFC 8601), read warily."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from maildesk.mail.message import Mail

NO_ID = "none"
"""Stands for results that name no server: Exchange Online leaves the id out."""

AMAZON_SES = "amazonses.com"

_RIGHT_BELOW = {AMAZON_SES: "x-ses-receipt"}
"""What a server writes below its results in each mail. Where it wrote none, the topmost ones are the sender's, and stand below this."""

_LONGEST = 20_000
_PIECE = re.compile(r'\\.|[^\\"();]+|.', re.DOTALL)
_DEPTH = {"(": 1, ")": -1}


@dataclass(frozen=True, slots=True)
class Result:
    """As in `dkim=pass header.d=example.com`; names and values in lower case, properties as `{"header.d": "example.com"}`."""

    method: str
    value: str
    properties: dict[str, str]

    def domain(self, *names: str) -> str:
        """Of the first of these properties that is there."""
        named = next((self.properties[name] for name in names if name in self.properties), "")
        return named.rpartition("@")[2].strip('<>"').rstrip(".")


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether the mail comes from the domain that its From names. `reason` goes on as in "it is proved by …"."""

    holds: bool
    reason: str


def proof_of_origin(mail: Mail, trusted: Collection[str]) -> Proof:
    """Believes the topmost Authentication-Results alone, and only of a server in `trusted`: whatever stands below
    may have been written by the mail's sender (RFC 8601 §1.6, §7.1)."""
    if not trusted:
        return Proof(False, "no server's word is trusted (`trusted_authserv_ids` of the desk is empty)")
    topmost = mail.header("Authentication-Results")
    if topmost is None:
        return Proof(False, "the server that took the mail says nothing about it")
    server, results = read_results(topmost)
    if server not in {one.lower() for one in trusted}:
        return Proof(False, f"the topmost Authentication-Results is by {server[:100] or 'nobody'}, whose word is not trusted")
    if (mark := _RIGHT_BELOW.get(server)) and not _stand_above(mark, mail):
        return Proof(False, f"the results by {server} do not stand above its own {mark}, so the mail's sender may have written them")
    if mail.sender is None or sum(name.lower() == "from" for name, _ in mail.headers) != 1:
        return Proof(False, "the mail has not just one From")
    return _judged(results, mail.sender.address.rpartition("@")[2].lower(), server)


def _stand_above(mark: str, mail: Mail) -> bool:
    names = [name.lower() for name, _ in mail.headers]
    return mark in names and names.index("authentication-results") < names.index(mark)


def _judged(results: Sequence[Result], domain: str, server: str) -> Proof:
    """DMARC's verdict where there is one; else DKIM or SPF for exactly From's domain."""
    if any(result.method == "dmarc" and result.value == "fail" for result in results):
        return Proof(False, f"{server} says dmarc=fail")
    proving = next((result.method for result in results if result.value == "pass" and _domain(result) == domain), None)
    if proving:
        return Proof(True, f"{proving}=pass for {domain}, says {server}")
    return Proof(False, f"{server} found neither DMARC nor DKIM nor SPF to pass for {domain}")


def _domain(result: Result) -> str | None:
    return result.domain(*_SPEAKS_OF[result.method]) if result.method in _SPEAKS_OF else None


_SPEAKS_OF = {"dmarc": ("header.from",), "dkim": ("header.d", "header.i"), "spf": ("smtp.mailfrom", "smtp.envelope-from")}
"""Where each method names the domain that it speaks of (RFC 8601 §2.7)."""


def read_results(value: str) -> tuple[str, tuple[Result, ...]]:
    """The server's id and what it found; `value` as it came, unfolded. An unreadable one tells nothing: `("", ())`."""
    clauses = [clause.split() for clause in _clauses(value)]
    if not clauses:
        return "", ()
    first = clauses[0]
    without_id = bool(first) and "=" in first[0]
    server = NO_ID if without_id else " ".join(first[:1]).strip('"').lower()
    return server, tuple(_result(words) for words in clauses[0 if without_id else 1 :] if words and "=" in words[0])


def _result(words: Sequence[str]) -> Result:
    pairs = [word.lower().partition("=") for word in words]
    method, _, value = pairs[0]
    return Result(method.partition("/")[0], value, {name: found for name, _, found in reversed(pairs[1:])})


def _clauses(value: str) -> list[str]:
    """What stands between semicolons, without comments; a quoted text is one word, its quotation marks kept.
    Nothing where a comment or a quotation begins or ends alone, or one holds the other's mark: nobody knows what would be inside."""
    if len(value) > _LONGEST:
        return []
    clauses, depth, quoted = [""], 0, False
    for piece in _PIECE.findall(value):
        if piece in _DEPTH and not quoted:
            depth += _DEPTH[piece]
            if depth < 0:
                return []
        elif depth:
            if piece == '"':
                return []
        elif piece == ";" and not quoted:
            clauses.append("")
        else:
            quoted ^= piece == '"'
            clauses[-1] += "".join(piece.split()) if quoted else piece
    return [] if depth or quoted else clauses

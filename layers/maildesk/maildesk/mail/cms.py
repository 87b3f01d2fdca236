"""Signed data of S/MIME, taken apart (RFC 5652 §5; BER with indefinite lengths, as mail programs write it: X.690 §8.1)."""

from dataclasses import dataclass

MAX_DEPTH = 12
MAX_NODES = 5000
SEQUENCE, SET, OCTETS, IDENTIFIER = 0x30, 0x31, 0x04, 0x06
CONSTRUCTED, INDEFINITE, END_OF_CONTENTS = 0x20, 0x80, b"\0\0"
SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
MESSAGE_DIGEST = bytes.fromhex("2a864886f70d010904")


@dataclass(frozen=True, slots=True)
class Node:
    tag: int
    start: int
    body: int
    end: int
    after: int


@dataclass(frozen=True, slots=True)
class Signer:
    """Algorithms as the bytes of their object identifiers; `attributes` is what was signed, "" where it is the content itself."""

    digest_algorithm: bytes
    signature_algorithm: bytes
    attributes: bytes
    message_digest: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Signed:
    content: bytes | None
    certificates: list[bytes]
    signers: list[Signer]


class Ber:
    """Reads tag, length, value; ValueError for what is none."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.nodes_left = MAX_NODES

    def node(self, position: int, limit: int, depth: int = 0) -> Node:
        self.nodes_left -= 1
        if position + 2 > limit or depth > MAX_DEPTH or self.nodes_left < 0:
            raise ValueError("no BER")
        tag, length, body = self.data[position], self.data[position + 1], position + 2
        if length == INDEFINITE:
            end = self._end_of_contents(body, limit, depth)
            return Node(tag, position, body, end, end + 2)
        if length > INDEFINITE:
            digits = length - INDEFINITE
            length, body = int.from_bytes(self.data[body : body + digits], "big"), body + digits
        if body + length > limit:
            raise ValueError("cut short")
        return Node(tag, position, body, body + length, body + length)

    def _end_of_contents(self, position: int, limit: int, depth: int) -> int:
        while self.data[position : position + 2] != END_OF_CONTENTS:
            position = self.node(position, limit, depth + 1).after
        return position

    def children(self, node: Node) -> list[Node]:
        found, position = [], node.body
        while position < node.end:
            found.append(self.node(position, node.end))
            position = found[-1].after
        return found

    def body(self, node: Node) -> bytes:
        """The value; that of a string in pieces is the pieces joined."""
        if node.tag & CONSTRUCTED and node.tag not in (SEQUENCE, SET):
            return b"".join(self.body(child) for child in self.children(node))
        return self.data[node.body : node.end]

    def whole(self, node: Node) -> bytes:
        return self.data[node.start : node.after]


def read_signed(data: bytes) -> Signed:
    """ValueError or IndexError where it is no signed data."""
    ber = Ber(data)
    kind, wrapped = ber.children(ber.node(0, len(data)))[:2]
    if ber.body(kind) != SIGNED_DATA:
        raise ValueError("not signed data")
    _version, _digests, content, *rest = ber.children(ber.children(wrapped)[0])
    inside = ber.children(content)
    certificates = next((node for node in rest if node.tag == 0xA0), None)  # noqa: PLR2004
    signers = next(node for node in reversed(rest) if node.tag == SET)
    return Signed(
        ber.body(ber.children(inside[1])[0]) if len(inside) > 1 else None,
        [ber.whole(node) for node in ber.children(certificates)] if certificates else [],
        [_signer(ber, node) for node in ber.children(signers)[:3]],
    )


def _signer(ber: Ber, node: Node) -> Signer:
    _version, _identifier, digest, *rest = ber.children(node)
    attributes = rest.pop(0) if rest[0].tag == 0xA0 else None  # noqa: PLR2004
    # Signed as the SET they are, though sent under a tag of their own (§5.4).
    signed = bytes([SET]) + ber.whole(attributes)[1:] if attributes else b""
    return Signer(
        ber.body(ber.children(digest)[0]),
        ber.body(ber.children(rest[0])[0]),
        signed,
        _message_digest(ber, attributes) if attributes else b"",
        ber.body(rest[1]),
    )


def _message_digest(ber: Ber, attributes: Node) -> bytes:
    for attribute in ber.children(attributes):
        kind, values = ber.children(attribute)
        if ber.body(kind) == MESSAGE_DIGEST:
            return ber.body(ber.children(values)[0])
    return b""

"""Signed mail: the text shown, and whether the signature fits it (RFC 8551). Who issued the certificate is not looked into."""

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from maildesk.mail.attachments import part_bytes
from maildesk.mail.cms import Signed, Signer, read_signed
from maildesk.mail.pgp import NOT_VERIFIED as PGP_NOT_VERIFIED
from maildesk.mail.structure import Part, read_structure

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

MAX_LENGTH = 30_000_000  # bytes that are hashed
OPAQUE = ("application/pkcs7-mime", "application/x-pkcs7-mime")
DETACHED = ("application/pkcs7-signature", "application/x-pkcs7-signature")
DIGESTS = {
    bytes.fromhex("2b0e03021a"): "sha1",
    bytes.fromhex("608648016503040201"): "sha256",
    bytes.fromhex("608648016503040202"): "sha384",
    bytes.fromhex("608648016503040203"): "sha512",
}
PSS = bytes.fromhex("2a864886f70d01010a")
VERIFIED = "S/MIME signature verified: nothing was changed since {signer} signed it; who issued the certificate was not checked."
NOT_VERIFIED = "S/MIME signature not verified: {reason}."


def open_signed(part: Part, marks: list[str]) -> Part:
    """The part with signed parts inside put in their wrapper's place; a mark for each."""
    kind = str(part.content_type)
    if kind in OPAQUE:
        return _open_opaque(part, marks)
    if kind == "multipart/signed" and part.children:
        marks += _marks_of_detached(part)
    if part.children:
        part = replace(part, children=[open_signed(child, marks) for child in part.children])
    return part


def _open_opaque(part: Part, marks: list[str]) -> Part:
    try:
        signed = read_signed(part_bytes(part))
    except (ValueError, IndexError, StopIteration):
        return part
    if not signed.content:
        return part
    marks.append(_mark(signed, signed.content))
    return read_structure(signed.content)[0]


def _marks_of_detached(part: Part) -> list[str]:
    first, last = part.children[0], part.children[-1]
    kind = str(last.content_type)
    if kind not in DETACHED:
        return [PGP_NOT_VERIFIED] if kind == "application/pgp-signature" else []
    raw = first.raw[first.head : first.end]
    try:
        # What was signed has CR LF line ends (RFC 8551 §3.1.1), whatever the way here made of them.
        return [_mark(read_signed(part_bytes(last)), raw if b"\r\n" in raw else raw.replace(b"\n", b"\r\n"))]
    except (ValueError, IndexError, StopIteration):
        return [NOT_VERIFIED.format(reason="it cannot be read")]


def _mark(signed: Signed, content: bytes) -> str:
    if len(content) > MAX_LENGTH or not signed.signers:
        return NOT_VERIFIED.format(reason="it is too large" if signed.signers else "nobody signed")
    try:
        return VERIFIED.format(signer=_verify(signed, signed.signers[0], content))
    except ImportError:
        return NOT_VERIFIED.format(reason="this installation cannot check it")
    except Exception as error:  # what a hostile certificate makes cryptography raise is its own affair
        return NOT_VERIFIED.format(reason=str(error) if isinstance(error, _MismatchError) else "the signature does not fit")


class _MismatchError(Exception):
    """In words for the operator."""


def _verify(signed: Signed, signer: Signer, content: bytes) -> str:
    """The signer's name. Raises where anything does not fit."""
    digest = DIGESTS.get(signer.digest_algorithm)
    if not digest:
        raise _MismatchError("its digest algorithm is unknown")
    if signer.attributes and hashlib.new(digest, content, usedforsecurity=False).digest() != signer.message_digest:
        raise _MismatchError("the text was changed after it was signed")
    return _name(_certificate_that_signed(signed, signer, signer.attributes or content, digest))


def _certificate_that_signed(signed: Signed, signer: Signer, message: bytes, digest: str) -> "Certificate":
    from cryptography.exceptions import InvalidSignature
    from cryptography.x509 import load_der_x509_certificate

    for der in signed.certificates[:10]:
        certificate = load_der_x509_certificate(der)
        try:
            _check(certificate, signer, message, digest)
        except InvalidSignature:
            continue
        return certificate
    raise _MismatchError("no certificate in it made the signature")


def _check(certificate: "Certificate", signer: Signer, message: bytes, digest: str) -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

    key, algorithm = certificate.public_key(), getattr(hashes, digest.upper())()
    if isinstance(key, rsa.RSAPublicKey):
        pss = padding.PSS(padding.MGF1(algorithm), padding.PSS.AUTO)
        key.verify(signer.signature, message, pss if signer.signature_algorithm == PSS else padding.PKCS1v15(), algorithm)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signer.signature, message, ec.ECDSA(algorithm))
    else:
        raise _MismatchError("its kind of key is unknown")


def _name(certificate: "Certificate") -> str:
    from cryptography.x509 import ExtensionNotFound, RFC822Name, SubjectAlternativeName

    try:
        names = certificate.extensions.get_extension_for_class(SubjectAlternativeName).value.get_values_for_type(RFC822Name)
    except ExtensionNotFound:
        names = []
    return ", ".join(names) or certificate.subject.rfc4514_string()

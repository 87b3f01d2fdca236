"""PGP written into text (RFC 9580 §6 and §7): named, and signed text freed of its armour."""

import re

ENCRYPTED = "The mail is encrypted (PGP) and cannot be read here; it is kept as it came."
NOT_VERIFIED = "PGP signature not verified: no keys are kept here."
BEGIN_SIGNED = re.compile(r"^-----BEGIN PGP SIGNED MESSAGE-----\n(?:[A-Z][A-Za-z]{0,30}: .*\n)*\n", re.MULTILINE)
SIGNATURE = re.compile(r"^-----BEGIN PGP SIGNATURE-----\n(?:(?!-----).*\n)*-----END PGP SIGNATURE-----\n?", re.MULTILINE)
ESCAPED_DASH = re.compile(r"^- (?=-)", re.MULTILINE)


def without_armour(text: str) -> tuple[str, str | None]:
    """The text, and a sentence on what it was wrapped in."""
    if "-----BEGIN PGP MESSAGE-----" in text:
        return text, ENCRYPTED
    opening = BEGIN_SIGNED.search(text)
    closing = SIGNATURE.search(text, opening.end()) if opening else None
    if not opening or not closing:
        return text, None
    signed = ESCAPED_DASH.sub("", text[opening.end() : closing.start()])
    return text[: opening.start()] + signed + text[closing.end() :], NOT_VERIFIED

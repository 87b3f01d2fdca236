"""Bytes and what they claim to be → text. Nothing here raises.

The declared charset is tried first, then UTF-8, then a guess; what fits none is read with replacement characters.
"""

import codecs
import re
from functools import lru_cache

WESTERN = "cp1252"
# What mail calls them → the codec that reads them, wider where senders mean the wider one (WHATWG Encoding §4.2).
ALIASES = {
    "": "",
    "us-ascii": WESTERN, "ascii": WESTERN, "ansi_x3.4-1968": WESTERN, "iso-8859-1": WESTERN, "iso8859-1": WESTERN, "latin1": WESTERN,
    "ansi": WESTERN, "default": "", "unknown": "", "unknown-8bit": "", "x-unknown": "", "8bit": "", "binary": "",
    "utf8mb4": "utf-8", "unicode": "utf-16", "ucs-2": "utf-16", "utf-8": "utf-8", "utf8": "utf-8", "cp65001": "utf-8",
    "unicode-1-1-utf-7": "utf-7", "unicode-1-1-utf-8": "utf-8", "utf-7": "utf-7",
    "gb2312": "gb18030", "gb_2312-80": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "cn-gb": "gb18030", "hz-gb-2312": "hz",
    "big5": "big5hkscs", "big5-hkscs": "big5hkscs", "cn-big5": "big5hkscs", "x-x-big5": "big5hkscs",
    "ks_c_5601-1987": "cp949", "ks_c_5601-1989": "cp949", "euc-kr": "cp949", "ksc5601": "cp949", "korean": "cp949",
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "windows-31j": "cp932", "ms_kanji": "cp932",
    "iso-2022-jp": "iso2022_jp_ext", "x-euc-jp": "euc_jp",
    "iso-8859-8-i": "iso8859_8", "iso-8859-8-e": "iso8859_8", "iso-8859-9": "cp1254", "iso-8859-11": "cp874", "tis-620": "cp874",
    "windows-874": "cp874", "macintosh": "mac_roman", "x-mac-roman": "mac_roman", "x-mac-cyrillic": "mac_cyrillic", "ibm850": "cp850",
    "windows-1252": WESTERN, "koi8r": "koi8_r", "koi8": "koi8_r", "koi8-ru": "koi8_u", "unicode11utf7": "utf-7",
}  # fmt: skip
NOT_CHARSETS = {"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "mbcs", "oem"}
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
CHARSET = re.compile(rb"\bcharset=\"?([A-Za-z0-9_:.-]{1,40})", re.IGNORECASE)
NOISE = bytes(sorted(set(range(32)) - set(b"\t\n\r\x1b"))) + b"\x7f"
UNTRUSTED = ("", WESTERN, "utf-8")  # labels senders put on anything
NEEDS_CONTROLS = ("utf-16", "utf-32", "iso2022")


@lru_cache(maxsize=256)
def codec_for(label: str) -> str:
    """The Python codec for a charset label of a mail, "" where there is none that reads text."""
    name = label.partition("(")[0].strip(" \t'\"").lower()
    name = ALIASES.get(name, name)
    try:
        found = codecs.lookup(name) if name and name.isascii() else None
    except (LookupError, ValueError):
        return codec_for(name.replace("_", "-")) if "_" in name else ""
    return found.name if found and _is_text(found) and found.name.replace("-", "_") not in NOT_CHARSETS else ""


def _is_text(info: codecs.CodecInfo) -> bool:
    return getattr(info, "_is_text_encoding", True)


def decode(data: bytes, label: str) -> tuple[str, str | None]:
    """The text, and a sentence where the label was wrong or missing and it mattered."""
    codec = codec_for(label)
    if not codec.startswith(NEEDS_CONTROLS):
        data = data.translate(None, NOISE)
        if data.isascii() and b"\x1b" not in data and codec not in ("utf-7", "hz"):
            return data.decode("ascii"), None
    text, problem = _decode_marked(data, codec, label)
    text = text.replace("\x1b", "")
    return (text if text.isascii() else _without_surrogates(text)), problem


def _decode_marked(data: bytes, codec: str, label: str) -> tuple[str, str | None]:
    for bom, marked in BOMS:
        if data.startswith(bom):
            return data.decode(marked, "replace"), None
    if codec in UNTRUSTED:
        for better in ("iso2022_jp_ext",) if b"\x1b" in data else ("utf-8",):
            text = _strictly(data, better)
            if text is not None:
                return text, None if codec == better else _mislabelled(label, better)
    text = _strictly(data, codec)
    return (text, None) if text is not None else _guess(data, codec, label)


def _guess(data: bytes, codec: str, label: str) -> tuple[str, str | None]:
    if codec and codec != WESTERN:
        text = data.decode(codec, "replace")
        if text.count("\ufffd") <= 1 + len(text) // 50 and not text.replace("\ufffd", "").isascii():
            return text, f"Some characters are not valid {label[:40] or codec}."
    from maildesk.mail.guessing import guess_charset

    for guess in (codec_for(guess_charset(data)), WESTERN):
        known = _strictly(data, guess)
        if known is not None:
            return known, _mislabelled(label, guess)
    return data.decode("latin-1"), _mislabelled(label, "latin-1")


def with_line_feeds(text: str) -> str:
    """CR LF, CR and LF, in any mix, as LF."""
    text = text.replace("\r\n", "\n")
    return text.replace("\r", "\n") if "\r" in text else text


def _strictly(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec) if codec else None
    except (UnicodeError, LookupError, ValueError):
        return None


def _mislabelled(label: str, used: str) -> str:
    return f"The text says it is {label[:40]}; it was read as {used}." if label else f"The text names no charset; it was read as {used}."


def _without_surrogates(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def decode_head(data: bytes) -> str:
    """Raw headers, which should be ASCII: UTF-8, or JIS by its escape sequences; else line by line, in what the mail's text says it is in,
    or by a guess from all lines."""
    text = None if b"\x1b$" in data else _strictly(data, "utf-8")
    if text is not None:
        return text
    declared = CHARSET.search(data)
    label = declared[1].decode("ascii") if declared else ""
    odd = b"\n".join(line for line in data.split(b"\n") if _strictly(line, "utf-8") is None or b"\x1b$" in line)
    if _strictly(odd, codec_for(label)) is None:
        label = _label_of(odd)
    return "\n".join(_decode_line(line, label) for line in data.split(b"\n"))


def _label_of(odd: bytes) -> str:
    from maildesk.mail.guessing import guess_charset

    return "iso-2022-jp" if b"\x1b$" in odd else guess_charset(odd)


def _decode_line(line: bytes, label: str) -> str:
    text = None if b"\x1b$" in line else _strictly(line, "utf-8")
    return decode(line, label)[0] if text is None else text

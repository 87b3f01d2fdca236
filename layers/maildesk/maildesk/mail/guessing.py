"""Which charset, where nobody says or nobody says right."""

import re

LOOKED_AT = 16 * 1024  # bytes
# What mail is written in; the detector knows many more, and takes short texts for the rarest of them.
WRITTEN_IN = (
    "utf-8", "utf-16", "iso-8859-1", "iso-8859-2", "iso-8859-5", "iso-8859-7", "iso-8859-9", "iso-8859-15", "windows-1250", "windows-1251",
    "windows-1252", "windows-1253", "windows-1254", "windows-1255", "windows-1256", "windows-1257", "windows-1258", "koi8-r",
    "gb18030", "hz-gb-2312", "big5", "big5hkscs", "cp932", "shift_jis", "euc-jp", "iso-2022-jp", "cp949", "euc-kr", "tis-620",
)  # fmt: skip
ASCII = bytes(range(128))
NO_LETTERS = bytes(code for code in range(256) if not chr(code).isalpha() or code >= len(ASCII))
# Windows-1252: accented letters but those that other alphabets have in their place more often, and typographic signs.
WESTERN = "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÖØÙÚÜßàáâãäåæçèéêëìíîïñòóôöøùúüœŒ€…‘’“”„•–— ¡£§©ª«®°´·º»¿".encode("cp1252")
THREE_IN_A_ROW = re.compile(rb"[\x80-\xff]{3}")
SPARSE = 4  # letters without an accent for each with one


def guess_charset(data: bytes) -> str:
    """A label, "" where nothing fits."""
    if len(data) > LOOKED_AT:  # at a line end: half a character fits no charset
        data = data[:LOOKED_AT].rpartition(b"\n")[0] or data[:LOOKED_AT]
    if _looks_western(data):
        return "windows-1252"
    import chardet

    try:
        return chardet.detect(data, include_encodings=WRITTEN_IN).get("encoding") or ""
    except Exception:  # a guess that fails is no guess
        return ""


def _looks_western(data: bytes) -> bool:
    """A few accented letters among many without."""
    accented = data.translate(None, ASCII)
    letters = data.translate(None, NO_LETTERS)
    return len(accented) * SPARSE <= len(letters) and not accented.translate(None, WESTERN) and not THREE_IN_A_ROW.search(data)

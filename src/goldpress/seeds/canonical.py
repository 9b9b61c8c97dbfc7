"""The canonical text: the one string that is pushed, labelled and published, and that all offsets refer to."""

import re
import unicodedata

from goldpress.errors import DataError

LINE_ENDS = re.compile("\r\n|[\r\u2028\u2029\u0085]")
INVISIBLE = re.compile("[\ufeff\u00ad\u200b\u2060]")
CONTROL = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
TRAILING = re.compile("[ \t]+(?=\n|$)")


def canonicalise(text: str, *, where: str = "") -> str:
    r"""Return text with ``\\n`` line ends, in NFC, without invisible and control characters and trailing blanks.

    Joiners stay: an emoji is made of them. Doing it twice changes nothing.

    Raises:
        DataError: The text holds NUL or a lone surrogate (GP-SEEDS-001).
    """
    broken = re.search("[\x00\ud800-\udfff]", text)
    if broken is not None:
        raise DataError(
            "GP-SEEDS-001",
            f"the text holds {broken[0]!a} at character {broken.start()}",
            where=where,
            hint="collect the article again: such a character comes from a broken conversion",
        )
    text = LINE_ENDS.sub("\n", text)
    text = CONTROL.sub("", INVISIBLE.sub("", text)).replace("\t", " ")
    text = unicodedata.normalize("NFC", text)
    return TRAILING.sub("", text).strip("\n ")


def decode(content: bytes, *, where: str) -> str:
    """Return a file's bytes as text: UTF-8, or UTF-16 with a byte order mark.

    Raises:
        DataError: The file is empty (GP-SEEDS-002), binary (GP-SEEDS-003), or in another encoding (GP-SEEDS-004).
    """
    if not content.strip():
        raise DataError("GP-SEEDS-002", "the file is empty", where=where, hint="delete it or collect it again")
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return _decode_as(content, "utf-16", where)
    if b"\x00" in content:
        raise DataError("GP-SEEDS-003", "the file is binary", where=where, hint="seeds/ holds text; convert it first")
    return _decode_as(content, "utf-8-sig", where)


def _decode_as(content: bytes, encoding: str, where: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise DataError(
            "GP-SEEDS-004",
            f"the file is not UTF-8 (byte {error.start}); it looks like Latin-1 or Windows-1252",
            where=where,
            hint="iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW",
        ) from error

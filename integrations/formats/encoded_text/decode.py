"""Bytes to text, block by block, in the encodings that business files come in."""

import codecs
import re
from collections.abc import Iterable, Iterator
from typing import Literal, TypeAlias

from integrations.errors import DecodeError

Encoding: TypeAlias = Literal[
    "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32",
    "ascii", "latin-1", "iso8859-2", "iso8859-5", "iso8859-7", "iso8859-8", "iso8859-9", "iso8859-15",
    "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258",
    "cp437", "cp850", "cp852", "cp858", "cp866", "cp874", "koi8-r", "koi8-u", "mac-roman",
    "cp932", "shift_jis", "euc-jp", "gb18030", "big5", "cp949", "euc-kr",
]  # fmt: skip

_DAMAGED = re.compile("[\ud800-\udfff]")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def texts(stream: Iterable[bytes], encoding: Encoding, key: str) -> Iterator[str]:
    """Decode a stream, a text a block; a byte order mark at the beginning is taken away.

    What the encoding cannot hold becomes a lone surrogate, for ``find_damage`` to find where it matters: so
    the damage costs one record. Where that is impossible (half of a UTF-16 unit) it raises DecodeError
    ``<key>.encoding`` with the line.
    """
    name = "utf-8-sig" if encoding == "utf-8" else encoding
    decode = codecs.getincrementaldecoder(name)("surrogateescape").decode
    breaks = 0
    is_first = is_wide = encoding.startswith(("utf-16", "utf-32"))
    for block in _ended(stream):
        try:
            text = decode(block, not block)
        except UnicodeError as failure:
            raise not_text(encoding, key, f"line {breaks + _breaks_before(failure, encoding) + 1}") from None
        if is_wide:
            # Only the codec without a byte order in its name takes the mark away.
            text = text.removeprefix("\ufeff") if is_first else text
            is_first = is_first and not text
        breaks += text.count("\n")
        yield text


def _ended(stream: Iterable[bytes]) -> Iterator[bytes]:
    """Add the empty block that tells a decoder that all has come."""
    yield from filter(None, stream)
    yield b""


def _breaks_before(failure: UnicodeError, encoding: Encoding) -> int:
    if not isinstance(failure, UnicodeDecodeError):
        return 0
    good = failure.object[: failure.start]
    return good.decode(encoding, "replace").count("\n")


def not_text(encoding: str, key: str, place: str) -> DecodeError:
    """Give the error for bytes that are not text in the encoding."""
    return DecodeError(
        f"{key}.encoding",
        f"The document is not text in {encoding.removesuffix('-sig')}.",
        hint="Choose the encoding that the sender writes.",
        place=place,
    )


def is_damaged(text: str) -> bool:
    """Whether a text holds a NUL, or bytes that its encoding could not read."""
    if "\0" in text:
        return True
    if text.isascii():
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def find_damage(text: str, encoding: str, key: str, line: int) -> DecodeError | None:
    """Give the error for a text that ``is_damaged``: ``<key>.nul`` or ``<key>.encoding``, with its line."""
    found = _DAMAGED.search(text)
    nul = text.find("\0")
    if found and (nul < 0 or found.start() < nul):
        return not_text(encoding, key, f"line {line + text.count(chr(10), 0, found.start())}")
    if nul >= 0:
        place = f"line {line + text.count(chr(10), 0, nul)}"
        return DecodeError(f"{key}.nul", "The document holds the character NUL.", place=place)
    return None


def marked_encoding(head: bytes) -> tuple[str, bytes] | None:
    """Give the encoding that a byte order mark at the beginning tells, and the mark."""
    return next(((name, mark) for mark, name in _MARKS if head.startswith(mark)), None)


def byte_encoding(head: bytes, encoding: Encoding) -> tuple[str, int]:
    """Give the encoding of each part of a document by itself, and the length of the mark before them.

    For texts cut out of the middle, which have no mark: UTF-16 becomes the one of the two that this is.
    """
    found = marked_encoding(head)
    mark = found[1] if found and encoding.startswith(found[0]) else b""
    if encoding in {"utf-16", "utf-32"}:
        is_big = mark in {codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE}
        return f"{encoding}-{'be' if is_big else 'le'}", len(mark)
    return encoding.removesuffix("-sig"), len(mark)

"""Guess the encoding of an unknown document. For ``sniff`` only: no decoder ever guesses."""

import codecs
import re
from functools import lru_cache
from typing import get_args

from integrations.formats.encoded_text.decode import Encoding, marked_encoding

# Where the library cannot tell these apart, the first is by far the commonest in business files.
_LATIN = frozenset({"latin-1", "cp1252", "iso8859-15", "ascii"})
_ROMAN = _LATIN | {
    "cp1250",
    "cp1254",
    "cp1257",
    "cp1258",
    "iso8859-2",
    "iso8859-9",
    "mac-roman",
    "cp437",
    "cp850",
    "cp852",
}
# Where DOS keeps the letters of western languages; Windows has its own from 0xC0 on.
_DOS_LETTERS = frozenset([*range(0x80, 0xA6), 0xE1])
# Thai has whole words beyond ASCII, with consonants where Western code pages have signs.
_THAI = frozenset([*range(0xA1, 0xDB), *range(0xDF, 0xFC)])
_RUN = re.compile(rb"[\x80-\xff]+")
_LONG_RUN = re.compile(rb"(?=[\x80-\xff]*[\xa1-\xbf])[\x80-\xff]{3,}")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_SAMPLE_BYTES = 8 << 10
_CUT_BYTES = 1 << 10


def guess_encoding(head: bytes) -> tuple[str, float] | None:
    """Give (encoding, confidence) of the first bytes of a text; None where they are no text at all."""
    marked = marked_encoding(head)
    if marked:
        return ("utf-8-sig" if marked[0] == "utf-8" else marked[0]), 1.0
    wide = _wide(head)
    if wide:
        return wide, 0.9
    if len(_CONTROL.findall(head[:4096])) > len(head[:4096]) // 100:
        return None
    # The last character may be cut by the end of what we were given.
    is_cut = len(head) >= _CUT_BYTES
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, not is_cut)
    except UnicodeDecodeError:
        return _one_byte(head[:_SAMPLE_BYTES])
    return "utf-8", (0.9 if head.isascii() else 0.99)


def _wide(head: bytes) -> str | None:
    """Tell UTF-16 without a mark by where its zero bytes are."""
    zeros = head[:4096].count(0)
    if zeros * 4 < len(head[:4096]):
        return None
    odd = head[1:4096:2].count(0)
    if odd * 10 > zeros * 9:
        return "utf-16-le"
    return "utf-16-be" if odd * 10 < zeros else None


@lru_cache(maxsize=8)
def _one_byte(head: bytes) -> tuple[str, float] | None:
    # Imported late: it is large, and only unknown documents in old encodings need it.
    from charset_normalizer import from_bytes  # noqa: PLC0415

    known = [name for name in get_args(Encoding) if not name.startswith("utf")]
    best = from_bytes(head, cp_isolation=known, preemptive_behaviour=False).best()
    if best is None:
        return _roman(head, "cp1252")
    name = best.encoding.replace("_", "-")
    alias = {"iso8859-1": "latin-1", "shift-jis": "cp932", "mac-roman": "mac-roman", "euc-kr": "cp949"}
    name = alias.get(name, name)
    is_spread = not re.search(rb"[\x80-\xff]{2}", head)
    if name not in known or name in _ROMAN or is_spread:
        return _roman(head, name if name in _ROMAN else "cp1252")
    return name, 0.5


def _roman(head: bytes, name: str) -> tuple[str, float]:
    """Prefer the usual ones among encodings that differ in a few letters only."""
    letters = {byte for byte in head if byte >= 0x80}
    if letters <= _THAI and len(_LONG_RUN.findall(head)) * 2 > len(_RUN.findall(head)):
        return "cp874", 0.5
    if letters <= _DOS_LETTERS:
        return "cp850", 0.5
    try:
        usual = head.decode("cp1252")
    except UnicodeDecodeError:
        return name, 0.4
    if name in _LATIN or usual == head.decode(name, "replace"):
        return "cp1252", 0.6
    return name, 0.5

"""Which encoding a document is written in, and its text as UTF-8."""

import codecs
import re
from collections.abc import Iterator

from integrations.errors import DecodeError

_DECLARED = re.compile(
    rb"""<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:"[^"]*"|'[^']*')[ \t\r\n]+"""
    rb"""encoding[ \t\r\n]*=[ \t\r\n]*["']([A-Za-z][A-Za-z0-9._-]*)["']"""
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8", "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32", "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32", "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16", "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16", "utf-16-be"),
    (b"<\0", "utf-16-le", "utf-16-le"),
    (b"\0<", "utf-16-be", "utf-16-be"),
)
UNDECLARED = 1 << 10  # the declaration of an encoding stands in the first bytes or nowhere


def detect(head: bytes) -> tuple[str, str]:
    """Name the encoding by byte order mark, declaration or the rule that it is UTF-8 then.

    Gives the codec to read the whole with, and the one for a part of it (which has no mark). Raises
    DecodeError ``xml.encoding`` for one that we do not know.
    """
    for mark, name, part in _MARKS:
        if head.startswith(mark):
            return name, part
    found = _DECLARED.match(head)
    name = found[1].decode().lower() if found else "utf-8"
    try:
        known = codecs.lookup(name).name
        is_text = b"a".decode(known) == "a"
    except (LookupError, UnicodeError):
        known, is_text = "", False
    if not is_text or name.startswith(("idna", "punycode", "unicode", "raw", "undefined")):
        raise DecodeError(
            "xml.encoding",
            "The document declares an encoding that is not known here.",
            hint="Ask the sender for UTF-8.",
            place="line 1",
        )
    chosen = {"ascii": "utf-8", "utf-8-sig": "utf-8"}.get(known, known)
    return chosen, chosen


def to_utf8(blocks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """Recode a stream. Raises DecodeError ``xml.encoding`` with the line of what is not text."""
    decode = codecs.getincrementaldecoder(encoding)().decode
    line = 1
    ended = False
    while not ended:
        block = next(blocks, b"")
        ended = not block
        try:
            text = decode(block, ended)
        except UnicodeError as failure:
            if isinstance(failure, UnicodeDecodeError):
                line += failure.object[: failure.start].count(b"\n")
            raise DecodeError(
                "xml.encoding",
                f"The document is not text in {encoding}, as it declares or begins.",
                hint="Declare the encoding that the document is really written in.",
                place=f"line {line}",
            ) from None
        line += text.count("\n")
        if "\ud800" <= max(text, default="") <= "\udfff" or "\0" in text:
            raise DecodeError(
                "xml.character", "The document holds a character that XML forbids.", place=f"line {line}"
            )
        yield text.encode("utf-8", "surrogatepass")

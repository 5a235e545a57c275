"""Recognise HL7 v2 from the first bytes of a document."""

import re

from integrations.errors import DecodeError
from integrations.formats.codec import Guess
from integrations.formats.hl7.fields import MAX_FIELDS
from integrations.formats.hl7.framing import BOM, charset_of, lines_of
from integrations.formats.hl7.messages import find_structure, kind_of, tree_of
from integrations.formats.hl7.options import Hl7Options
from integrations.formats.hl7.separators import separators_of

_BEGIN = re.compile(rb"[\s\x0b]*(?:MSH|FHS|BHS)([^\sA-Za-z0-9\"])(?!\1)[!-~]{1,5}\1")
_HEADER = re.compile(rb"(?:\A|[\r\n\x0b])(MSH[^\sA-Za-z0-9][^\r\n]*)")


def guess(head: bytes) -> Guess | None:
    """Say what the document is: its message type, version and encoding are in the first MSH."""
    text = head.removeprefix(BOM)
    if not _BEGIN.match(text):
        return None
    header = _HEADER.search(text)
    encoding = _encoding(text, header[1] if header else b"")
    options = {} if encoding in ("", "utf-8") else {"encoding": encoding}
    if header is None:
        return Guess(0.95, options, "batch", encoding or "utf-8")
    line = lines_of(header[1].decode("latin-1"))[0]
    try:
        separators = separators_of(line, "")
    except DecodeError:
        return Guess(0.6, encoding=encoding)
    kind = kind_of(line.split(separators.field, MAX_FIELDS), separators, Hl7Options())
    found = find_structure(kind, Hl7Options())
    named = "^".join(part for part in (kind.message, kind.trigger) if part)
    title = f" {tree_of(*found).title}" if found else ""
    version = f", version {kind.version}" if kind.version else ""
    return Guess(0.99, options, f"{named}{title}{version}"[:120], encoding or "utf-8")


def _encoding(text: bytes, header: bytes) -> str:
    """Give the encoding of a document; empty where MSH-18 tells it."""
    try:
        if charset_of(header, ""):
            return ""
    except DecodeError:
        return ""
    try:
        # The head may end inside a character.
        text[: max(text.rfind(b"\r"), text.rfind(b"\n"), 0) or len(text)].decode()
    except UnicodeDecodeError:
        return "cp1252" if re.search(rb"[\x80-\x9f]", text) else "latin-1"
    return "utf-8"

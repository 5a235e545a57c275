"""What the first bytes of a document tell: that it is EDIFACT, which message, which separators."""

import re
from typing import Any

from integrations.formats.codec import Guess
from integrations.formats.edifact import tables
from integrations.formats.edifact.charsets import encoding_of
from integrations.formats.edifact.envelope import Kind, kind_of
from integrations.formats.edifact.framing import BOM, HEAD_BYTES, Marks, marks_of, split_at
from integrations.formats.segments.batches import BLANKS

_START = re.compile(rb"UNA[^A-Za-z0-9\s]|UN[BH][+\x1d]|UIB[+\x1d]")
_LINE_ENDS = (("\r\n", "crlf"), ("\n", "lf"))
_FAR = 4096


def sniff(head: bytes) -> Guess | None:
    """Look for an interchange and its first message. The options are those to read and to write alike."""
    text = head.removeprefix(BOM)
    found = _START.search(text[:_FAR])
    if found is None:
        return None
    begins = not text[: found.start()].strip(BLANKS)
    body = text[found.start() :]
    marks = marks_of(body[:HEAD_BYTES])
    if marks is None:
        return None
    if found[0].startswith(b"UIB"):
        return Guess(0.9 if begins else 0.3, {}, "Interactive EDIFACT, which is not read here")
    if marks.is_bare and not begins:
        return None
    encoding = _encoding(body, marks, has_bom=text is not head and head.startswith(BOM))
    segments = _segments(body, marks)
    kinds = [kind_of(parts[1:], marks) for parts in segments if parts[0] == "UNH"]
    options = _options(body, marks, encoding, kinds)
    return Guess(0.98 if begins else 0.7, options, _message(kinds, segments, marks), encoding)


def _segments(body: bytes, marks: Marks) -> list[list[str]]:
    text = body[9:] if marks.has_una else body
    pieces = split_at(text.decode("latin-1"), marks.segment, marks.release)[:200]
    return [split_at(piece.strip(" \t\r\n"), marks.element, marks.release) for piece in pieces]


def _options(body: bytes, marks: Marks, encoding: str, kinds: list[Kind]) -> dict[str, Any]:
    options: dict[str, Any] = {"separators": _separators(body, marks)}
    if encoding != encoding_of(marks.syntax, "auto") and encoding in ("utf-8", "latin-1", "cp1252"):
        options["encoding"] = encoding
    if not marks.has_una and marks.release:
        options["una"] = "never"
    if marks.is_bare:
        options["interchange"] = "without"
    known = {kind.message for kind in kinds if kind.message in tables.titles()}
    if len(known) == 1 and len({kind.message for kind in kinds}) == 1 and not known & {"CONTRL", "APERAK"}:
        options["message"] = known.pop()
        release = {"version": kinds[0].version, "release": kinds[0].release}
        options["envelope"] = {key: value for key, value in release.items() if 0 < len(value) <= 3}
    return options


def _separators(body: bytes, marks: Marks) -> dict[str, str]:
    found = {
        "component": marks.component,
        "element": marks.element,
        "decimal": marks.decimal,
        "segment": marks.segment,
    }
    taken = "".join(found.values())
    found["release"] = marks.release or next(sign for sign in "?!\\" if sign not in taken)
    taken += found["release"]
    found["repetition"] = marks.repetition or next(sign for sign in "*^`" if sign not in taken)
    found["line_end"] = _line_end(body, marks)
    return found


def _line_end(body: bytes, marks: Marks) -> str:
    if marks.segment in "\r\n":
        return "none"
    start = body.find(marks.segment.encode("latin-1"), 9 if marks.has_una else 0)
    after = body[start + 1 : start + 3].decode("latin-1")
    return next((name for sign, name in _LINE_ENDS if after.startswith(sign)), "none")


def _encoding(body: bytes, marks: Marks, *, has_bom: bool) -> str:
    """Give the encoding: what UNB says, unless the bytes say that it is UTF-8 or is not."""
    said = encoding_of(marks.syntax, "auto")
    if body.isascii() and not has_bom:
        return said
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as failure:
        # A character that was cut off at the end of the head says nothing.
        if failure.start <= len(body) - 4:
            return "latin-1" if said == "utf-8" else said
    return "utf-8"


def _message(kinds: list[Kind], segments: list[list[str]], marks: Marks) -> str:
    """Say it in words: ``ORDERS Purchase order, D.96A (EAN008), from 4012345000016``."""
    if not kinds:
        return ""
    kind = kinds[0]
    title = tables.titles().get(kind.message, "")
    words = [f"{kind.message} {title}".strip()]
    if kind.release:
        edition = f"{kind.version}.{kind.release}" + (f" ({kind.association})" if kind.association else "")
        words.append(edition)
    header = next((parts for parts in segments if parts[0] == "UNB" and len(parts) > 2), None)
    if header is not None:
        sender = split_at(header[2], marks.component, marks.release)[0].strip()
        words.extend([f"from {sender}"] if sender else [])
    return ", ".join(filter(None, words))[:120]

"""What the first bytes of a document tell: that it is X12, which set, which release, which separators."""

from typing import Any

from integrations.formats.codec import Guess
from integrations.formats.x12 import tables
from integrations.formats.x12.framing import HEAD_BYTES, Marks, marks_of

_LINE_ENDS = ((b"\r\n", "crlf"), (b"\n", "lf"))
_WIDTH = 105


def sniff(head: bytes) -> Guess | None:
    """Look for an ISA and the first set after it. The options are those to read and to write alike."""
    at = head.find(b"ISA", 0, 512)
    marks = marks_of(head[at : at + HEAD_BYTES]) if at >= 0 else None
    if marks is None:
        return None
    begins = not head[:at].strip(b" \t\r\n\xef\xbb\xbf")
    mark = marks.element.encode("latin-1")
    end = marks.segment.encode("latin-1")
    segments = [text.lstrip(b" \t\r\n").split(mark) for text in head[at:].split(end)[:200]]
    encoding = _encoding(head)
    options: dict[str, Any] = {"separators": _separators(head[at:], marks)}
    if encoding != "utf-8":
        options["encoding"] = encoding
    if at >= 0 and head[at:].find(end) != _WIDTH:
        options["pads_isa"] = False
    # Not the set: what follows these bytes may be of others, and would be refused.
    if version := _version(segments):
        options["envelope"] = {"version": version}
    return Guess(0.99 if begins else 0.7, options, _message(segments), encoding)


def _separators(head: bytes, marks: Marks) -> dict[str, str]:
    start = head.find(marks.segment.encode("latin-1"), 100 if len(head) > 100 else 0)
    after = head[start + 1 : start + 3]
    found = {"element": marks.element, "component": marks.component, "segment": marks.segment}
    taken = "".join(found.values())
    found["repetition"] = marks.repetition or next(sign for sign in "^!`" if sign not in taken)
    if marks.component == " ":
        found["component"] = next(sign for sign in ":><" if sign not in taken)
    found["line_end"] = next((name for sign, name in _LINE_ENDS if after.startswith(sign)), "none")
    return found


def _encoding(head: bytes) -> str:
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as failure:
        # A character that was cut off at the end of the head says nothing.
        return "utf-8" if failure.start > len(head) - 4 else "latin-1"
    return "utf-8"


def _version(segments: list[list[bytes]]) -> str:
    found = next((parts[8] for parts in segments if parts[0] == b"GS" and len(parts) > 8), b"")
    text = found.decode("latin-1").strip()
    return text if 6 <= len(text) <= 12 and text.isalnum() and text.isascii() else ""


def _message(segments: list[list[bytes]]) -> str:
    version = next((parts[8] for parts in segments if parts[0] == b"GS" and len(parts) > 8), b"")
    first = next((parts for parts in segments if parts[0] == b"ST" and len(parts) > 1), None)
    if first is None:
        answer = any(parts[0] == b"TA1" for parts in segments)
        return "TA1 Interchange Acknowledgment" if answer else ""
    number = first[1].decode("latin-1")[:3]
    edition = (first[3] if len(first) > 3 else version).decode("latin-1").strip()[:12]
    title = tables.titles().get(number, "")
    name = tables.set_name(number, edition)
    if name and tables.set_facts(name).guide:
        title = tables.set_facts(name).title
    return ", ".join(filter(None, (f"{number} {title}".strip(), edition)))

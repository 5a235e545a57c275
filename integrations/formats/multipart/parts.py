"""Cut a body at its boundaries, and read the headers of a part.

Source: RFC 2046, section 5.1.1; RFC 7578, section 4. A line that only begins like a boundary is content.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from multipart import parse_content_disposition, parse_options_header

from integrations.errors import DecodeError, LimitError
from integrations.formats.codec import Limits

MAX_HEADERS = 32
MAX_HEADER_BYTES = 16 << 10
_MAX_PADDING = 100
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*", re.DOTALL)
_FIRST_LINE = re.compile(rb"\A[\r\n]*--([^\r\n]{1,200}?)(?:--)?[ \t]*(?:\r\n|\Z)")
_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f]")


@dataclass(slots=True)
class Part:
    """One part: where its content begins and ends in the document, its headers (names in lower case)."""

    number: int
    start: int
    content_start: int
    content: bytes
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """Say which part it is."""
        return f"part {self.number}"

    def disposition(self) -> tuple[str | None, str | None]:
        """Give the name and the file name."""
        kind, name, filename = parse_content_disposition(self.headers.get("content-disposition", ""))
        return (name, filename) if kind == "form-data" else (None, None)

    def media_type(self) -> tuple[str, str]:
        """Give the content type without its parameters, in lower case, and the encoding that it tells."""
        kind, parameters = parse_options_header(self.headers.get("content-type", ""))
        return kind.lower(), parameters.get("charset", "utf-8")


def first_boundary(head: bytes) -> str | None:
    """Take the boundary from the first line of a body; None where there is none."""
    found = _FIRST_LINE.match(head)
    return found[1].decode("latin-1") if found else None


def cut_parts(stream: Iterator[bytes], boundary: bytes, limits: Limits) -> Iterator[tuple[int, int, bytes]]:
    """Yield (number, offset, headers and content) of each part; raises if the last boundary is missing."""
    delimiter = b"\r\n--" + boundary
    pattern = re.compile(re.escape(delimiter) + rb"(?:(--)|[ \t]{0,%d}\r\n)" % _MAX_PADDING)
    # The first boundary may stand at the very beginning, where no line end is before it.
    buffer = bytearray(b"\r\n")
    dropped, scan, number = -2, 0, 0
    while True:
        found = pattern.search(buffer, scan)
        if found is None:
            scan = max(0, len(buffer) - len(delimiter) - _MAX_PADDING - 4)
            if len(buffer) > limits.max_record_bytes + MAX_HEADER_BYTES:
                raise LimitError(
                    "multipart.record_too_large",
                    f"A part is larger than the {limits.max_record_bytes:,} bytes allowed here.",
                    place=f"part {number or 1}",
                )
            block = next(stream, b"")
            if not block:
                raise DecodeError(
                    "multipart.truncated" if number else "multipart.no_boundary",
                    "The last boundary is missing: the document may have been cut."
                    if number
                    else "The boundary does not stand in the document.",
                    place=f"part {number or 1}",
                )
            buffer += block
            continue
        if number:
            yield number, dropped, bytes(buffer[: found.start()])
        if found[1]:
            return
        number += 1
        # The line end stays: a part without headers begins with the empty line.
        cut = found.end() - 2
        del buffer[:cut]
        dropped += cut
        scan = 0


def read_part(number: int, offset: int, raw: bytes) -> Part:
    """Take a part into its headers and its content. Raises DecodeError ``multipart.header``."""
    end = raw.find(b"\r\n\r\n")
    if end < 0 or end > MAX_HEADER_BYTES:
        raise _header(number, "The headers of a part do not end.")
    try:
        text = raw[2:end].decode()
    except UnicodeDecodeError:
        raise _header(number, "A header is not UTF-8 text.") from None
    part = Part(number, offset + 2, offset + end + 4, raw[end + 4 :])
    lines = re.sub(r"\r\n[ \t]+", " ", text).split("\r\n") if text else []
    if len(lines) > MAX_HEADERS:
        raise _header(number, f"A part has more than {MAX_HEADERS} headers.")
    for line in lines:
        found = _HEADER.fullmatch(line)
        if found is None or _CONTROL.search(found[2]):
            raise _header(number, "A header of a part is not valid.")
        part.headers[found[1].lower()] = found[2]
    return part


def _header(number: int, message: str) -> DecodeError:
    return DecodeError("multipart.header", message, place=f"part {number}")

"""A stream to its messages: where each begins, its text, its lines.

Segments end with CR by the standard, and with LF or CRLF in most files. Marks of MLLP that were saved with
the messages are passed over.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from integrations.errors import DecodeError
from integrations.formats.codec import Limits, record_too_large

BOM = b"\xef\xbb\xbf"
LINE_ENDS = {"cr": "\r", "lf": "\n", "crlf": "\r\n"}
# The control characters are the frame of MLLP and the end-of-file of old systems.
_AROUND = "\r\n\x0b\x1c\x1a"
_START = re.compile(rb"(?:MSH|FHS|BHS)[^\sA-Za-z0-9]|[BF]TS(?=[^\sA-Za-z0-9]|[\r\n\x1c]|\Z)")
_MARK = rb"[\r\n\x0b\x1c](?:(?:MSH|FHS|BHS)[^\sA-Za-z0-9]|[BF]TS(?:[^\sA-Za-z0-9]|[\r\n\x1c]%s))"
_NEXT, _LAST = re.compile(_MARK % b""), re.compile(_MARK % rb"|\Z")
_REACH = 5
_SEGMENT_OR_END = re.compile(r"\n(?=[A-Z][A-Z0-9]{2}[^\sA-Za-z0-9]|\s*\Z)")

CHARSETS = {
    "ASCII": "utf-8",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
    "UTF8": "utf-8",
    "UNICODE": "utf-8",
    "GB 18030-2000": "gb18030",
    "KS X 1001": "euc_kr",
    "BIG-5": "big5",
    "ISO IR87": "iso2022_jp",
    "ISO IR14": "shift_jis",
    "WINDOWS-1252": "cp1252",
    **{f"8859/{part}": f"iso8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14, 15, 16)},
}


class Piece(NamedTuple):
    """A message, or a header or trailer of a batch.

    kind: its first three letters, "" for anything else.
    """

    kind: str
    offset: int
    raw: bytes


def cut_messages(stream: Iterator[bytes], limits: Limits) -> Iterator[Piece]:
    """Cut a stream before every header and trailer. Linear; holds one message and one block."""
    buffer, dropped, searched = b"", 0, 0
    for block in stream:
        if not dropped and not buffer:
            block, dropped = (block[3:], 3) if block.startswith(BOM) else (block, 0)  # noqa: PLW2901
        parts, wanted = [buffer, block], len(buffer)
        got = len(block)
        while got < wanted:
            more = next(stream, None)
            if more is None:
                break
            parts.append(more)
            got += len(more)
        buffer = b"".join(parts)
        at = 0
        for found in _NEXT.finditer(buffer, searched):
            start = found.start() + 1
            yield from _piece(buffer[at:start], dropped + at)
            at = start
        buffer, dropped = buffer[at:], dropped + at
        searched = max(0, len(buffer) - _REACH)
        if len(buffer) > limits.max_record_bytes:
            raise record_too_large("hl7", limits, f"offset {dropped}")
    last = 0
    for found in _LAST.finditer(buffer, searched):
        yield from _piece(buffer[last : found.start() + 1], dropped + last)
        last = found.start() + 1
    yield from _piece(buffer[last:], dropped + last)


def _piece(raw: bytes, offset: int) -> Iterator[Piece]:
    """Give the piece without what stands around it; nothing at all for blanks."""
    body = raw.rstrip(b"\r\n\x0b\x1c\x1a")
    if not body.strip():
        return
    inner = body.lstrip(b"\r\n\x0b\x1c\x1a")
    kind = inner[:3].decode("ascii", "replace") if _START.match(inner) else ""
    yield Piece(kind, offset + len(body) - len(inner), inner)


def text_of(raw: bytes, encoding: str, place: str) -> str:
    """Decode a message by the character set in its MSH-18, by `encoding` if it has none."""
    chosen = charset_of(raw, place) or encoding
    try:
        return raw.decode(chosen)
    except UnicodeDecodeError as failure:
        raise DecodeError(
            "hl7.encoding",
            f"The message is not text in {chosen}.",
            hint="Choose the encoding that the sender writes, or let MSH-18 name it.",
            place=f"{place}, offset {failure.start} in it",
        ) from None


def charset_of(raw: bytes, place: str) -> str:
    """Give the Python name of the character set in MSH-18, empty where there is none."""
    end = min((at for at in (raw.find(b"\r"), raw.find(b"\n")) if at >= 0), default=len(raw))
    if raw[:3] != b"MSH" or raw.count(raw[3:4], 0, end) < 17:
        return ""
    named = re.split(rb"[^0-9A-Za-z /.-]", raw[:end].split(raw[3:4], 18)[17])[0].decode("ascii").strip()
    if not named:
        return ""
    try:
        return CHARSETS[named.upper()]
    except KeyError:
        raise DecodeError(
            "hl7.charset",
            "MSH-18 names a character set that is not supported.",
            hint="Supported: " + ", ".join(CHARSETS) + ".",
            place=f"{place}, segment 1 MSH, field 18",
        ) from None


def lines_of(text: str) -> list[str]:
    """Cut a message into its segments; blank lines are left out.

    Where segments end with CR, an LF inside of one is part of its text.
    """
    if "\n" in text:
        if "\r" in text:
            text = text.replace("\r\n", "\r")
            if "\r" in text and "\n" in text:
                text = _SEGMENT_OR_END.sub("\r", text)
            else:
                text = text.replace("\n", "\r")
        else:
            text = text.replace("\n", "\r")
    return [line for line in text.split("\r") if line.strip(" \t\v\f")]

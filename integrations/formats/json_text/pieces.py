"""JSON lines, and one record out of the piece of a document that holds it."""

from collections.abc import Callable, Iterator

import msgspec

from integrations.errors import DecodeError, InputError
from integrations.formats.codec import Bad, Limits, Record, Value, record_too_large
from integrations.formats.json_text.array import Piece
from integrations.formats.json_text.strict import BOM, moved


def is_lines(text: bytes) -> bool:
    """Whether the first line is an object by itself and another one begins the next line."""
    first, _, rest = text.partition(b"\n")
    if not first.startswith(b"{") or not rest.lstrip(b" \t\r\n").startswith(b"{"):
        return False
    try:
        msgspec.json.decode(first)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return True


def cut_lines(stream: Iterator[bytes], limits: Limits, key: str = "json") -> Iterator[Piece]:
    """Cut JSON lines; blank lines are skipped, line ends are LF or CRLF."""
    line, offset, rest = 1, 0, b""
    for block in stream:
        if offset == 0 and not rest and line == 1 and block.startswith(BOM):
            block, offset = block[3:], 3  # noqa: PLW2901  the mark is not part of the text
        *whole, rest = (rest + block).split(b"\n")
        for text in whole:
            if text.strip():
                yield f"line {line}", offset, text.rstrip(b"\r")
            line, offset = line + 1, offset + len(text) + 1
        if len(rest) > limits.max_record_bytes:
            raise record_too_large(key, limits, f"line {line}, offset {offset}")
    if rest.strip():
        yield f"line {line}", offset, rest.rstrip(b"\r")


def decoded(
    decode: Callable[[bytes], Value], piece: Piece, limits: Limits, bad: Bad | None, key: str = "json"
) -> Record | None:
    """Decode one record; None where its error was handed over."""
    place, offset, raw = piece
    if len(raw) > limits.max_record_bytes:
        raise record_too_large(key, limits, f"{place}, offset {offset}")
    try:
        return _object(decode, piece, key)
    except InputError as failure:
        if bad is None:
            raise
        bad(failure)
        return None


def _object(decode: Callable[[bytes], Value], piece: Piece, key: str) -> Record:
    """Decode one object; errors keep the place inside it and gain its own."""
    place, offset, raw = piece
    try:
        value = decode(raw)
    except InputError as failure:
        raise moved(failure, place, offset) from None
    if not isinstance(value, dict):
        raise DecodeError(
            f"{key}.record_not_object",
            "A record is not an object in braces.",
            place=f"{place}, offset {offset}",
        )
    return value

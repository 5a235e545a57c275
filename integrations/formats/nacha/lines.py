"""Cut a Nacha file into its records while it streams in: by line ends, or by 94 where there are none."""

import codecs
from collections.abc import Iterator

from integrations.errors import DecodeError
from integrations.formats import codec
from integrations.formats.codec import Limits
from integrations.formats.nacha.layouts import WIDTH
from integrations.formats.nacha.options import NachaOptions

_BOM = codecs.BOM_UTF8


def cut_lines(
    blocks: Iterator[bytes], options: NachaOptions, limits: Limits
) -> Iterator[tuple[int, list[str]]]:
    """Yield (number of the first from 1, texts without line end) for each block.

    Memory is one block and one line. Raises DecodeError ``nacha.encoding``, LimitError for an endless line.
    """
    first = next(blocks, b"").removeprefix(_BOM)
    encoding = "latin-1" if options.count == "bytes" else options.encoding
    has_ends = b"\n" in first[: 8 * WIDTH] or b"\r" in first[: 8 * WIDTH]
    if len(first.rstrip()) <= WIDTH or (has_ends and b"\n" in first[: len(first.rstrip())]):
        return _by_line_end(first, blocks, encoding, limits)
    return _by_width(first, blocks, encoding)


def line_end_of(first: bytes) -> str:
    """Tell what ends the lines of a file by its first bytes: ``lf``, ``crlf`` or ``none``."""
    at = first.rstrip().find(b"\n")
    if at < 0:
        return "none" if len(first.rstrip()) > WIDTH else "lf"
    return "crlf" if first[at - 1 : at] == b"\r" else "lf"


def _by_line_end(
    first: bytes, blocks: Iterator[bytes], encoding: str, limits: Limits
) -> Iterator[tuple[int, list[str]]]:
    number, rest, block = 1, b"", first
    while block:
        data = rest + block
        end = data.rfind(b"\n") + 1
        rest = data[end:]
        if end:
            lines = _decode(data[: end - 1], encoding, number).replace("\r", "").split("\n")
            yield number, lines
            number += len(lines)
        if len(rest) > limits.max_record_bytes:
            raise codec.record_too_large("nacha", limits, f"line {number}")
        block = next(blocks, b"")
    if rest:
        yield number, [_decode(rest, encoding, number).rstrip("\r\x1a")]


def _decode(data: bytes, encoding: str, number: int) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as failure:
        line = data.count(b"\n", 0, failure.start)
        column = failure.start - (data.rfind(b"\n", 0, failure.start) + 1)
        raise _not_text(encoding, f"line {number + line}, column {column + 1}") from None


def _by_width(first: bytes, blocks: Iterator[bytes], encoding: str) -> Iterator[tuple[int, list[str]]]:
    decoder = codecs.getincrementaldecoder(encoding)()
    number, rest, block = 1, "", first
    while block:
        try:
            text = rest + decoder.decode(block)
        except UnicodeDecodeError:
            raise _not_text(encoding, f"line {number}") from None
        whole = len(text) - len(text) % WIDTH
        lines = [text[start : start + WIDTH] for start in range(0, whole, WIDTH)]
        yield number, lines
        number += len(lines)
        rest = text[whole:]
        block = next(blocks, b"")
    if rest := rest.rstrip("\r\n\x1a"):
        yield number, [rest]


def _not_text(encoding: str, place: str) -> DecodeError:
    return DecodeError(
        "nacha.encoding",
        f"The record is not text in {encoding}.",
        hint="Choose the encoding that the sender writes.",
        place=place,
    )

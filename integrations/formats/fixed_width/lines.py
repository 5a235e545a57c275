"""Cut a flat file into its lines, or into records of fixed length, while it streams in."""

from collections.abc import Iterator

from integrations.errors import DecodeError
from integrations.formats import codec
from integrations.formats.codec import Limits
from integrations.formats.fixed_width.layout import FixedWidthOptions

_DOS_END = b"\x1a"


def cut_lines(
    blocks: Iterator[bytes], options: FixedWidthOptions, limits: Limits
) -> Iterator[tuple[int, bytes]]:
    """Yield (number from 1, bytes without the line end); blank lines count but are not given.

    Memory is one block and one line. Raises LimitError for an endless line; DecodeError
    ``fixed_width.truncated`` where records of fixed length do not add up.
    """
    if options.line_end == "none":
        return _of_fixed_length(blocks, options.record_length or 1)
    return _by_line_end(blocks, limits)


def _by_line_end(blocks: Iterator[bytes], limits: Limits) -> Iterator[tuple[int, bytes]]:
    number, rest = 1, b""
    for block in blocks:
        *whole, rest = (rest + block).split(b"\n")
        for line in whole:
            text = line.removesuffix(b"\r")
            if text.strip():
                yield number, text
            number += 1
        if len(rest) > limits.max_record_bytes:
            raise codec.record_too_large("fixed_width", limits, f"line {number}")
    text = rest.removesuffix(_DOS_END).removesuffix(b"\r")
    if text.strip():
        yield number, text


def _of_fixed_length(blocks: Iterator[bytes], length: int) -> Iterator[tuple[int, bytes]]:
    number, rest = 1, b""
    for block in blocks:
        text = rest + block
        whole = len(text) - len(text) % length
        for start in range(0, whole, length):
            yield number, text[start : start + length]
            number += 1
        rest = text[whole:]
    if rest.strip(b"\r\n" + _DOS_END):
        raise DecodeError(
            "fixed_width.truncated",
            f"The last record has {len(rest)} bytes instead of {length}.",
            hint="The file may have been cut, or the record length is another.",
            place=f"line {number}, column {len(rest) + 1}",
        )

"""Cut a flat file into its lines, or into records of fixed length, while it streams in."""

from collections.abc import Iterator, Sequence

from integrations.errors import DecodeError
from integrations.formats import codec
from integrations.formats.codec import Limits
from integrations.formats.fixed_width.layout import FixedWidthOptions

_DOS_END = b"\x1a"

Block = tuple[Sequence[int], list[bytes]]
"""Lines that came together: their numbers from 1, and their bytes without the line ends."""


def cut_lines(blocks: Iterator[bytes], options: FixedWidthOptions, limits: Limits) -> Iterator[Block]:
    """Yield lines by the block; blank lines count but are not given.

    Memory is one block and one line. Raises LimitError for an endless line; DecodeError
    ``fixed_width.truncated`` where records of fixed length do not add up.
    """
    if options.line_end == "none":
        return _of_fixed_length(blocks, options.record_length or 1)
    return _by_line_end(blocks, limits)


def _by_line_end(blocks: Iterator[bytes], limits: Limits) -> Iterator[Block]:
    number, rest = 1, b""
    for block in blocks:
        *whole, rest = (rest + block).split(b"\n")
        if whole:
            yield _filled(number, whole)
        number += len(whole)
        if len(rest) > limits.max_record_bytes:
            raise codec.record_too_large("fixed_width", limits, f"line {number}")
    yield _filled(number, [rest.removesuffix(_DOS_END)])


def _filled(number: int, lines: list[bytes]) -> Block:
    """Take the carriage returns off, and leave out lines that are blank."""
    if any(line.endswith(b"\r") for line in lines):
        lines = [line.removesuffix(b"\r") for line in lines]
    if all(map(bytes.strip, lines)):
        return range(number, number + len(lines)), lines
    kept = [(n, line) for n, line in enumerate(lines, number) if line.strip()]
    return [n for n, _ in kept], [line for _, line in kept]


def _of_fixed_length(blocks: Iterator[bytes], length: int) -> Iterator[Block]:
    number, rest = 1, b""
    for block in blocks:
        text = rest + block
        whole = len(text) - len(text) % length
        records = [text[start : start + length] for start in range(0, whole, length)]
        if records:
            yield range(number, number + len(records)), records
        number += len(records)
        rest = text[whole:]
    if rest.strip(b"\r\n" + _DOS_END):
        raise DecodeError(
            "fixed_width.truncated",
            f"The last record has {len(rest)} bytes instead of {length}.",
            hint="The file may have been cut, or the record length is another.",
            place=f"line {number}, column {len(rest) + 1}",
        )

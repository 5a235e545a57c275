"""Records ↔ cells: a file is cut at record ends, a record at its delimiters."""

import csv
from collections.abc import Iterator, Sequence

from integrations.errors import DecodeError
from integrations.formats import codec
from integrations.formats.codec import Limits
from integrations.formats.delimited.layout import DelimitedOptions
from integrations.formats.flat.fields import FieldFault

csv.field_size_limit(1 << 30)

_DOS_END = b"\x1a"
_MARK = b"\xef\xbb\xbf"

Block = tuple[int, int, list[bytes]]
"""Records that came together: number of the first, from 1; its offset in the file; their bytes."""


def cut_records(blocks: Iterator[bytes], options: DelimitedOptions, limits: Limits) -> Iterator[Block]:
    """Yield records by the block, blank ones too. Raises LimitError for one without end."""
    end = end_of(options)
    number, offset, rest = 1, 0, b""
    for block in blocks:
        *whole, rest = (rest + block).split(end)
        if whole:
            yield number, offset, whole
            number += len(whole)
            offset += sum(map(len, whole)) + len(end) * len(whole)
        if len(rest) > limits.max_record_bytes:
            raise codec.record_too_large("delimited", limits, f"line {number}")
    yield number, offset, [rest.removesuffix(_DOS_END)]


def end_of(options: DelimitedOptions) -> bytes:
    """Give the bytes at which records are cut; a carriage return before a line feed is taken off later."""
    return b"\n" if options.has_lines else options.record_end.encode("ascii")


def numbered(block: Block, options: DelimitedOptions) -> tuple[Sequence[int], list[bytes]]:
    """Give the numbers and bytes of records, without blank ones and the line ends around them."""
    number, _, whole = block
    if number == 1:
        whole[0] = whole[0].removeprefix(_MARK) if options.encoding.startswith("utf-8") else whole[0]
    if not options.has_lines or any(raw.endswith(b"\r") for raw in whole):
        whole = [raw.strip(b"\r\n") for raw in whole]
    if all(map(bytes.strip, whole)):
        return range(number, number + len(whole)), whole
    kept = [(n, raw) for n, raw in enumerate(whole, number) if raw.strip()]
    return [n for n, _ in kept], [raw for _, raw in kept]


def placed(block: Block, options: DelimitedOptions) -> Iterator[tuple[int, int, bytes]]:
    """Yield number, offset and bytes of each record that is not blank."""
    number, offset, whole = block
    size = len(end_of(options))
    for line, raw in enumerate(whole, number):
        bare = raw.strip(b"\r\n")
        if line == 1 and options.encoding.startswith("utf-8"):
            bare = bare.removeprefix(_MARK)
        if bare.strip():
            yield line, offset + raw.index(bare), bare
        offset += len(raw) + size


def decoded(raw: bytes, line: int, options: DelimitedOptions) -> str:
    """Give the text of a record. Raises DecodeError ``encoding`` or ``nul``."""
    try:
        text = raw.decode(options.encoding)
    except UnicodeDecodeError as failure:
        raise DecodeError(
            "delimited.encoding",
            f"The record is not text in {options.encoding}.",
            hint="Choose the encoding that the sender writes.",
            place=f"line {line}, column {failure.start + 1}",
        ) from None
    if "\0" in text:
        place = f"line {line}, column {text.index(chr(0)) + 1}"
        raise DecodeError("delimited.nul", "The record holds the character NUL.", place=place)
    return text


def split_plain(raws: list[bytes], options: DelimitedOptions) -> list[list[str]] | None:
    """Cut many records at once; None where one must be looked at more closely."""
    try:
        whole = b"\n".join(raws).decode(options.encoding)
    except UnicodeDecodeError:
        return None
    texts = whole.split("\n")
    if len(texts) != len(raws) or "\0" in whole or (options.quote and options.quote in whole):
        return None
    delimiter = options.delimiter
    return [text.split(delimiter) for text in texts]


def split_cells(text: str, line: int, options: DelimitedOptions) -> list[str]:
    """Cut a record into its cells, and take the quotes off. Raises DecodeError ``quote``."""
    quote, delimiter = options.quote, options.delimiter
    if not quote or quote not in text:
        return text.split(delimiter)
    if len(delimiter) == 1:
        try:
            rows = list(csv.reader([text], delimiter=delimiter, quotechar=quote, strict=True))
        except csv.Error:
            raise _quote(line) from None
        return rows[0] if rows else [""]
    return _split_quoted(text, line, options)


def _split_quoted(text: str, line: int, options: DelimitedOptions) -> list[str]:
    """Do the same for a delimiter of several characters."""
    quote, delimiter = options.quote, options.delimiter
    cells: list[str] = []
    at = 0
    while True:
        if not text.startswith(quote, at):
            end = text.find(delimiter, at)
            cells.append(text[at:] if end < 0 else text[at:end])
        else:
            end = at + 1
            while (end := text.find(quote, end)) >= 0 and text.startswith(quote, end + 1):
                end += 2
            if end < 0:
                raise _quote(line)
            cells.append(text[at + 1 : end].replace(quote * 2, quote))
            end += 1
            if end == len(text):
                end = -1
            elif not text.startswith(delimiter, end):
                raise _quote(line)
        if end < 0:
            return cells
        at = end + len(delimiter)


def _quote(line: int) -> DecodeError:
    return DecodeError(
        "delimited.quote",
        "A quoted cell is not closed, or something stands behind its closing quote.",
        hint="A quote inside a quoted cell is written twice; a cell cannot hold a line end.",
        place=f"line {line}",
    )


def join_cells(cells: list[str], options: DelimitedOptions) -> str:
    """Write cells as a record. Raises FieldFault ``needs_quote``."""
    quote, delimiter = options.quote, options.delimiter
    joined = delimiter.join(cells)
    is_plain = not cells or joined.split(delimiter) == cells
    has_end = not options.has_lines and options.record_end in joined
    if is_plain and not has_end and (not quote or quote not in joined):
        return joined
    if has_end:
        raise FieldFault("record_end", "A text holds the characters that end a record.")
    if not quote:
        raise FieldFault("needs_quote", "A text holds the delimiter, and the dialect has no quote.")
    special = {quote, *delimiter}
    return delimiter.join(
        [
            cell if special.isdisjoint(cell) else quote + cell.replace(quote, quote * 2) + quote
            for cell in cells
        ]
    )

"""Where the rows and cells of a document stand, in bytes."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from integrations.formats import codec
from integrations.formats.codec import Limits, Mark
from integrations.formats.csv.options import CsvOptions
from integrations.formats.csv.rows import Rows
from integrations.formats.encoded_text.decode import byte_encoding

_SHOWN = 200


def outline_rows(chunks: Iterable[bytes], options: CsvOptions, limits: Limits) -> Iterator[Mark]:
    """Yield a mark a row, and inside it one a cell, labelled by the column where there is a header."""
    whole = b"".join(codec.blocks(chunks, limits, "csv"))
    encoding, at = byte_encoding(whole[:4], options.encoding)
    # Counting bytes by encoding each text again is exact for every encoding here; none of them keeps state.
    rows = Rows((whole,), options, limits, lambda _: None)
    end = ("\r" if options.line_end == "cr" else "\n").encode(encoding)
    starts = _LineStarts(whole, end, at)
    names: list[str] = [] if options.header else [*options.columns]
    is_header = options.header
    for batch in rows.singly():
        line, cells = batch.line, batch.rows[0]
        at = starts.offset(line)
        text = rows.text().rstrip("\r\n")
        raw = text.encode(encoding, "surrogateescape")
        yield Mark(0, f"line {line}", at, len(raw), text[:_SHOWN], title="header" if is_header else "")
        for number, (start, stop) in enumerate(_cell_spans(text, len(cells), options)):
            label = names[number] if number < len(names) else f"column {number + 1}"
            before = len(text[:start].encode(encoding, "surrogateescape"))
            length = len(text[start:stop].encode(encoding, "surrogateescape"))
            yield Mark(1, label, at + before, length, text[start:stop][:_SHOWN])
        if is_header:
            names, is_header = [cell.strip() for cell in cells], False


class _LineStarts:
    """Finds where a line begins; lines are asked for in rising order."""

    def __init__(self, whole: bytes, end: bytes, at: int) -> None:
        self.whole, self.end, self.at, self.line = whole, end, at, 1

    def offset(self, line: int) -> int:
        base, width = self.at, len(self.end)
        while self.line < line:
            found = self.whole.find(self.end, base)
            # In UTF-16 the two bytes of a line feed may also be halves of two neighbours.
            if width > 1 and (found - self.at) % width:
                base = found + 1
                continue
            self.at = base = found + width
            self.line += 1
        return self.at


@lru_cache(maxsize=32)
def _cell_pattern(options: CsvOptions) -> re.Pattern[str]:
    mark, quote, escape = (re.escape(text) for text in (options.delimiter, options.quote, options.escape))
    plain = rf"(?:{escape}.|[^{mark}{escape}])*+" if escape else rf"[^{mark}]*+"
    if not quote:
        return re.compile(rf"({plain})(?:{mark}|\Z)", re.DOTALL)
    inside = rf"(?:{escape}.|[^{quote}{escape}])*+" if escape else rf"(?:{quote}{quote}|[^{quote}])*+"
    space = " *" if options.spaces != "keep" else ""
    return re.compile(rf"({space}{quote}{inside}{quote}|{plain})(?:{mark}|\Z)", re.DOTALL)


def _cell_spans(text: str, count: int, options: CsvOptions) -> list[tuple[int, int]]:
    """Give where the cells of a row begin and end; none where our look at it differs from the reader's."""
    pattern = _cell_pattern(options)
    spans: list[tuple[int, int]] = []
    at = 0
    while at <= len(text):
        found = pattern.match(text, at)
        if found is None:
            return []
        spans.append(found.span(1))
        if found.end() == len(text) and not (found.end() > found.end(1)):
            break
        at = found.end()
    return spans if len(spans) == count else []

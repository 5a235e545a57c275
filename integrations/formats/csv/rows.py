"""Rows of cells out of a stream of bytes, with the line of each, by the standard library's C reader.

The reader pulls physical lines; we hold those of the row being read and of its block, so that a row that went
wrong can be told, and begun again one line later.
"""

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from io import StringIO
from itertools import chain
from typing import TYPE_CHECKING

from integrations.errors import DecodeError, InputError, LimitError
from integrations.formats import codec
from integrations.formats.codec import BLOCK_BYTES, Bad, Limits
from integrations.formats.csv.options import CsvOptions
from integrations.formats.encoded_text.decode import find_damage, is_damaged, texts

if TYPE_CHECKING:
    from _csv import Reader

# The library's own limit is one for the process, 131,072 characters. Ours are per codec and kept by the lines
# below, which stop an unclosed quote before it has swallowed the document.
csv.field_size_limit(1 << 30)

# How often the text read so far may be read again after errors, at most: so that a document full of stray
# quotes costs a few times the usual, never its square.
_REREAD = 4


def physical_lines(text: str, end: str) -> list[str]:
    """Cut a text after each line end (LF or CR), which stays with its line."""
    if end == "\n":
        return list(StringIO(text, newline="\n"))
    *lines, rest = text.split(end)
    return [line + end for line in lines] + ([rest] if rest else [])


@dataclass(slots=True)
class Batch:
    """Rows that follow each other; blank lines are empty rows.

    line: where the first row begins. lines: the lines they were read from, where a row may have several.
    """

    line: int
    rows: list[list[str]]
    lines: list[str] = field(default_factory=list)
    read: "Callable[[Iterable[str]], Reader]" = csv.reader

    def numbered(self) -> Iterator[tuple[int, list[str]]]:
        """Yield (line, cells) of each row; reads them again where that is the only way to tell."""
        if len(self.rows) >= len(self.lines):
            yield from enumerate(self.rows, self.line)
            return
        reader = self.read(self.lines)
        line = self.line
        for cells in reader:
            yield line, cells
            line = self.line + reader.line_num


class Rows:
    """The rows of a document; lines are counted from 1."""

    def __init__(
        self, chunks: Iterable[bytes], options: CsvOptions, limits: Limits, bad: Bad | None = None
    ) -> None:
        self.options = options
        self.limits = limits
        self.bad = bad
        self.line = 1
        """The line on which the row just given begins."""
        self._read_lines = 0  # up to the end of the row just given
        self._held: list[str] = []  # the lines after those, as far as they have come in
        self._first = 0  # lines before those held
        self._open_size = 0
        self._is_damaged = False
        self._watch = False  # whether each row must be looked at more closely
        self._at_row = True
        self._taken = self._again = 0
        self._small = min(limits.max_field_bytes, limits.max_record_bytes) // 4 < 2 * BLOCK_BYTES
        self._blocks = self._line_blocks(texts(codec.blocks(chunks, limits, "csv"), options.encoding, "csv"))

    def text(self) -> str:
        """Give the text of the row just read."""
        return "".join(self._held[self.line - 1 - self._first : self._read_lines - self._first])

    def batches(self) -> Iterator[Batch]:
        """Yield all rows; most blocks are read by one call (half as fast again as row by row)."""
        for block in self._blocks:
            lines = block
            while lines:
                if self._watch or self.options.comment:
                    yield from self._one_by_one(lines)
                    break
                rows, used = self._read_block(lines)
                self._read_lines += used
                if rows:
                    yield Batch(self._read_lines - used + 1, rows, lines[:used], self._reader)
                if used < len(lines):
                    # One row goes on in the next block, or is wrong.
                    yield from self._one_by_one(lines[used:], just_one=True)
                lines = self._held[self._read_lines - self._first :]

    def singly(self) -> Iterator[Batch]:
        """Yield each row that is not blank by itself, so that ``text`` is always that of this one."""
        for lines in self._blocks:
            yield from self._one_by_one(lines)

    def _read_block(self, lines: list[str]) -> tuple[list[list[str]], int]:
        """Give the rows that are whole and good, and how many lines they take."""
        rows: list[list[str]] = []
        try:
            rows.extend(self._reader(lines))
        except csv.Error:
            again = self._reader(lines)
            for _ in rows:
                next(again)
            return rows, again.line_num
        return rows, len(lines)

    def _one_by_one(self, lines: list[str], *, just_one: bool = False) -> Iterator[Batch]:
        """Read rows until one ends where the lines that have come in so far do, or only the first."""
        pending: list[str] | None = lines
        while pending is not None:
            source: Iterator[str] = chain.from_iterable(chain((pending,), self._blocks))
            reader = self._reader(self._without_comments(source) if self.options.comment else source)
            pending = None
            before = self._read_lines
            while pending is None:
                try:
                    cells = next(reader, None)
                except csv.Error as failure:
                    pending = self._recover(str(failure), before + reader.line_num)
                else:
                    if cells is None:
                        return
                    self.line = self._read_lines + 1
                    self._read_lines = before + reader.line_num
                    self._at_row = True
                    if cells and (not self._watch or self._is_good(cells)):
                        yield Batch(self.line, [cells])
                if just_one or (pending is None and self._read_lines == self._first + len(self._held)):
                    return

    def _recover(self, reason: str, end: int) -> list[str] | None:
        """Hand the error of a row over, or raise it. Gives the lines to read again, if any."""
        error = self._syntax(reason, end)
        if self.bad is None:
            raise error from None
        self.bad(error)
        self._at_row = True
        return self._held[self._read_lines - self._first :] if self._begin_again(end) else None

    def _reader(self, lines: Iterable[str]) -> "Reader":
        return csv.reader(
            lines,
            delimiter=self.options.delimiter,
            quotechar=self.options.quote or None,
            escapechar=self.options.escape or None,
            doublequote=not self.options.escape,
            skipinitialspace=self.options.spaces != "keep",
            quoting=csv.QUOTE_MINIMAL if self.options.quote else csv.QUOTE_NONE,
            strict=True,
        )

    def _without_comments(self, source: Iterator[str]) -> Iterator[str]:
        """Make comments blank lines; inside a quoted cell the mark means nothing."""
        for line in source:
            is_comment = self._at_row and line.startswith(self.options.comment)
            self._at_row = is_comment
            yield "\n" if is_comment else line

    def _line_blocks(self, stream: Iterator[str]) -> Iterator[list[str]]:
        end = "\r" if self.options.line_end == "cr" else "\n"
        skip = self.options.skip_lines
        parts: list[str] = []
        size = 0
        for text in chain(stream, ("",)):
            parts.append(text)
            size += len(text)
            if text and end not in text:
                self._check_size(self._open_size + size, self._first + len(self._held) + 1)
                continue
            lines = physical_lines("".join(parts), end)
            parts = [lines.pop()] if text and lines and not lines[-1].endswith(end) else []
            size = len(parts[0]) if parts else 0
            if skip:
                skipped = min(skip, len(lines))
                skip -= skipped
                lines[:skipped] = ["\n"] * skipped
            self._keep(lines)
            yield lines

    def _keep(self, lines: list[str]) -> None:
        """Let go of the lines of rows that are done, and look at the new ones."""
        done = self._read_lines - self._first
        is_open = len(self._held) > done
        size = sum(map(len, lines))
        if done:
            del self._held[:done]
            self._first = self._read_lines
            self._open_size = sum(map(len, self._held))
        self._check_size(self._open_size, self._first + 1)
        self._held += lines
        self._open_size += size
        self._taken += size
        self._is_damaged = is_damaged("".join(lines)) or (is_open and self._is_damaged)
        self._watch = self._is_damaged or is_open or self._small or size > 2 * BLOCK_BYTES

    def _check_size(self, size: int, line: int) -> None:
        if size > self.limits.max_record_bytes:
            raise codec.record_too_large("csv", self.limits, f"line {line}")

    def _is_good(self, cells: list[str]) -> bool:
        text = self.text()
        self._check_size(len(text), self.line)
        limit = self.limits.max_field_bytes
        if len(text) * 4 > limit:
            for column, cell in enumerate(cells, 1):
                if len(cell) * 4 > limit and len(cell.encode("utf-8", "surrogatepass")) > limit:
                    raise self._cell_too_long(column)
        damage = find_damage(text, self.options.encoding, "csv", self.line) if self._is_damaged else None
        if damage is None:
            return True
        if self.bad is None:
            raise damage
        self.bad(damage)
        return False

    def _cell_too_long(self, column: int) -> InputError:
        return LimitError(
            "csv.field_too_long",
            f"A cell is longer than the {self.limits.max_field_bytes:,} bytes allowed here.",
            place=f"line {self.line}, column {column}",
        )

    def _syntax(self, reason: str, end: int) -> DecodeError:
        if "unexpected end" in reason:
            return DecodeError(
                "csv.open_quote",
                "A quoted cell is never closed: a quote is missing, or the document was cut.",
                place=f"line {self._read_lines + 1}",
            )
        if "new-line" in reason:
            return DecodeError(
                "csv.line_end",
                "A carriage return stands inside a cell.",
                hint="If the rows end with lone carriage returns, choose the line end 'cr'.",
                place=f"line {end}",
            )
        return DecodeError(
            "csv.quote",
            "After the closing quote of a cell the delimiter must follow.",
            hint="A quote inside a quoted cell is written twice.",
            place=f"line {end}",
        )

    def _begin_again(self, end: int) -> bool:
        """Give up the first line of a row that went wrong: True to read again from the second.

        A stray quote makes many lines look like one row; most of them are good rows by themselves.
        """
        size = sum(map(len, self._held[self._read_lines - self._first : end - self._first]))
        if end - self._read_lines <= 1 or self._again + size > _REREAD * self._taken:
            self._read_lines = end
            return False
        self._again += size
        self._read_lines += 1
        return True

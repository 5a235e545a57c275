"""Recognise a CSV document: its encoding, where the table begins, the dialect, whether it has a header.

Every delimiter is tried on the first rows. A good one gives rows of equally many cells, more than one, and
cells that look like something: numbers, dates, codes, words.
"""

import csv
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO

from integrations.formats.codec import Guess
from integrations.formats.encoded_text.guess import guess_encoding

_DELIMITERS = (",", ";", "\t", "|", ":", "~", "^", "\x01", "\x1f")
_RARE = frozenset(":~^\x01\x1f")
_MAX_ROWS = 200
_MAX_PREAMBLE = 20
# What other formats begin with: they have rows and commas too.
_FOREIGN = re.compile(
    r"\s*(?:[{\[<]|ISA.{2}|UN[AB][:+]|MSH\||FHS\||BHS\||01,|:20:|\{1:|%YAML|---\s)", re.DOTALL
)
_NUMBER = re.compile(r"[-+(]?[$€£¥฿]?\s?\d[\d.,' ]*\d?\s?[%)]?-?|\d")
_DATE = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
)
_CODE = re.compile(r"[A-Za-z0-9][\w./@#&+-]*")


@dataclass(frozen=True, slots=True)
class _Trial:
    """How the first rows look with one delimiter and quote. score: 0 to 1."""

    delimiter: str
    quote: str
    rows: list[list[str]]
    first: int
    width: int
    score: float


def guess_dialect(head: bytes) -> Guess | None:
    """Say how much the first bytes look like rows of cells, and in which dialect; None: not at all."""
    found = guess_encoding(head)
    if found is None:
        return None
    encoding, sureness = found
    text = head.decode(encoding, "ignore").lstrip("\ufeff")
    if not text.strip() or _FOREIGN.match(text):
        return None
    options: dict[str, object] = {} if encoding == "utf-8" else {"encoding": encoding}
    if "\r" in text and "\n" not in text:
        options["line_end"] = "cr"
        text = text.replace("\r", "\n")
    lines = _whole_lines(text.replace("\r\n", "\n"), is_cut=len(head) >= 1024)
    told = re.fullmatch(r"sep=(.)", lines[0])
    if told:
        del lines[0]
    comment = "#" if lines and lines[0].startswith("#") and any(line[:1] != "#" for line in lines) else ""
    if comment:
        lines = [line for line in lines if not line.startswith(comment)]
    trials = [_try(lines, delimiter, told is not None) for delimiter in (told[1] if told else _DELIMITERS)]
    best = max(trials, key=lambda trial: trial.score)
    if not best.rows:
        return _one_column(lines, encoding, options)
    options |= _dialect(best, lines, comment, skipped=1 if told else 0)
    confidence = best.score * (0.7 + 0.3 * sureness)
    return Guess(round(min(0.97, confidence), 2), options, encoding=encoding.removesuffix("-sig"))


def _whole_lines(text: str, *, is_cut: bool) -> list[str]:
    lines = text.split("\n")
    return lines[: _MAX_ROWS * 2] if len(lines) < 3 or not is_cut else lines[:-1][: _MAX_ROWS * 2]


def _one_column(lines: list[str], encoding: str, options: Mapping[str, object]) -> Guess:
    return Guess(
        0.1 if len([line for line in lines if line.strip()]) > 1 else 0.05, options, encoding=encoding
    )


def _try(lines: list[str], delimiter: str, is_told: bool) -> _Trial:  # noqa: FBT001  both are facts of the document
    text = "\n".join(lines)
    nothing = _Trial(delimiter, '"', [], 0, 0, 0.0)
    if delimiter not in text:
        return nothing
    quote = _quote(text, delimiter)
    rows = _parse(lines, delimiter, quote, skip=True)
    widths = Counter(len(row) for row in rows if row)
    width, count = max(widths.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]), default=(0, 0))
    if width < 2:
        return nothing
    first = next(at for at, row in enumerate(rows) if len(row) == width)
    if first > _MAX_PREAMBLE or (first and count < 3):
        first = 0
    body = [row for row in rows[first:] if row]
    steady = sum(len(row) == width for row in body) / len(body)
    cells = [cell for row in [row for row in body if len(row) == width][:50] for cell in row]
    typed = sum(map(_looks_typed, cells)) / len(cells)
    score = steady * (0.45 + 0.45 * typed) + 0.1 * min(1.0, width / 5)
    if len(body) < 2:
        score *= 0.4
    if delimiter in _RARE:
        score *= 0.4 if delimiter == ":" else 0.85
    if steady < 0.6:
        score *= 0.5
    return _Trial(delimiter, quote, rows, first, width, 0.97 if is_told else score)


def _quote(text: str, delimiter: str) -> str:
    """Tell which quote stands where cells begin or end."""
    edge = re.escape(delimiter)
    counts = {
        mark: len(re.findall(rf"(?:^|{edge}){mark}|{mark}(?:{edge}|$)", text, re.MULTILINE)) for mark in "\"'"
    }
    return "'" if counts["'"] > counts['"'] and counts["'"] > 2 else '"'


def _parse(lines: list[str], delimiter: str, quote: str, *, skip: bool) -> list[list[str]]:
    reader = csv.reader(
        StringIO("\n".join(lines), newline="\n"), delimiter=delimiter, quotechar=quote, skipinitialspace=skip
    )
    rows: list[list[str]] = []
    try:
        for row in reader:
            rows.append(row)
            if len(rows) == _MAX_ROWS:
                break
    except csv.Error:
        return rows
    # A quote that never closes swallows the rest: that last row says nothing.
    return rows[:-1] if len(rows) > 2 and "\n" in "".join(rows[-1][-1:]) else rows


def _looks_typed(cell: str) -> bool:
    cell = cell.strip()
    if not cell or len(cell) > 200:
        return not cell
    return bool(
        _NUMBER.fullmatch(cell) or _DATE.fullmatch(cell) or _CODE.fullmatch(cell) or cell[0].isalnum()
    )


def _dialect(best: _Trial, lines: list[str], comment: str, skipped: int) -> dict[str, object]:
    rows = [row for row in best.rows[best.first :] if len(row) > 1 or "".join(row).strip()]
    even = [row for row in rows if len(row) == best.width]
    names = [cell.strip() for cell in even[0] if cell.strip()]
    has_header = _has_header(even)
    text = "\n".join(lines[best.first :])
    spaced = _parse(lines[best.first :], best.delimiter, best.quote, skip=False)
    told: list[tuple[str, object, bool]] = [
        ("comment", comment, bool(comment)),
        ("quote", best.quote, best.quote != '"'),
        ("skip_lines", best.first + skipped, best.first + skipped > 0),
        ("escape", "\\", rf"\{best.quote}" in text and best.quote * 2 not in text),
        ("spaces", "skip", any(cell.startswith(f" {best.quote}") for row in spaced for cell in row)),
        ("trailing_delimiter", True, len(even) > 2 and not any(row[-1] for row in even)),
        ("short_rows", "fill", any(len(row) < best.width for row in rows)),
        ("long_rows", "keep", any(len(row) > best.width for row in rows)),
        ("header", False, not has_header),
        ("duplicate_columns", "number", has_header and len(set(names)) < len(names)),
    ]
    return {"delimiter": best.delimiter} | {name: value for name, value, holds in told if holds}


def _has_header(rows: list[list[str]]) -> bool:
    """Whether the first row names the columns: words, no two alike, unlike what stands below them."""
    head, body = rows[0], rows[1:21]
    names = [cell.strip() for cell in head]
    if any(map(_is_figure, names)):
        return False
    if sum(not name for name in names) * 2 > len(names):
        return False
    if not body:
        return True
    columns = [[row[at].strip() for row in body if row[at].strip()] for at in range(len(names))]
    if any(cells and sum(map(_is_figure, cells)) * 2 > len(cells) for cells in columns):
        return True
    # All are words: a name that stands among its values is none.
    return len(set(names)) == len(names) and not any(
        name in cells for name, cells in zip(names, columns, strict=True)
    )


def _is_figure(cell: str) -> bool:
    return bool(_NUMBER.fullmatch(cell) or _DATE.fullmatch(cell))

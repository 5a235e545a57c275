"""Guess the layout of a flat file from its lines: encoding, record types, columns and their types.

A guess for a person to look over: columns are found where blanks end and where letters meet digits in all
lines. Digits stay text, for only a person knows whether 0042 is a number; dates, numbers with a point and
numbers that are filled up with blanks can be told.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from integrations.formats.codec import Guess

MAX_LINES = 2_000
_MAX_TYPES = 12
_MOST_COLUMNS = 5_000
_LEAST_DIGITS = 4
_EBCDIC_TEXT = bytes(
    [0x40, *range(0x81, 0x8A), *range(0x91, 0x9A), *range(0xA2, 0xAA), *range(0xC1, 0xCA)]
) + bytes([*range(0xD1, 0xDA), *range(0xE2, 0xEA), *range(0xF0, 0xFA)])
_WHOLE = re.compile(r" *[0-9]+")
_POINTED = re.compile(r" *-?[0-9]+[.][0-9]+")
_DATES = (("YYYYMMDD", 8, 0, 4, 6), ("DDMMYYYY", 8, 4, 2, 0))


def infer(samples: Iterable[bytes]) -> dict[str, object]:
    """Give options that read these files (the whole of each, or its beginning); empty where nothing is found.

    The last line of a beginning may be cut: it is left out if it is shorter than the others.
    """
    datas = [sample for sample in samples if sample.strip()]
    if not datas:
        return {}
    encoding = _encoding(b"\n".join(datas))
    if encoding == "cp037":
        return _without_line_ends(datas, encoding)
    raws = [line for data in datas for line in _lines(data)][:MAX_LINES]
    lines = [line for raw in raws if (line := raw.decode(encoding).removesuffix("\r").rstrip("\x1a")).strip()]
    if not lines or max(map(len, lines)) > _MOST_COLUMNS:
        return {}
    found: dict[str, object] = {
        "encoding": encoding,
        "line_end": "crlf" if any(raw.endswith(b"\r") for raw in raws) else "lf",
    }
    records, is_uneven = _record_types(lines)
    if is_uneven:
        found["short_lines"] = "pad"
    return {**found, "records": records}


def guess(head: bytes) -> Guess | None:
    """Say how much the first bytes look like a flat file, with options to read it."""
    if not head.strip():
        return Guess(0.05) if head else None
    if _is_ebcdic(head):
        found = _without_line_ends([head], "cp037")
        return Guess(0.4 if found else 0.1, found, "", "cp037")
    lines = [line.removesuffix(b"\r") for line in _lines(head)][:MAX_LINES]
    if b"\0" in head or len(lines) < 2 or len({len(line) for line in lines[:50]}) != 1 or len(lines[0]) < 20:
        return Guess(0.05)
    options = infer([head])
    confidence = 0.6 if b"  " in head or b"000" in head else 0.3
    return Guess(confidence, options, "", str(options.get("encoding", "")))


def _lines(data: bytes) -> list[bytes]:
    """Cut into lines; a last one without its end, and shorter than the others, may be a part of one."""
    *lines, last = data.split(b"\n")
    if last and (not lines or len(last) >= max(map(len, lines)) - 1):
        lines.append(last)
    return [line for line in lines if line.strip()]


def _is_ebcdic(data: bytes) -> bool:
    known = len(data) - len(data.translate(None, _EBCDIC_TEXT))
    ascii_text = len(data) - len(data.translate(None, bytes(range(0x20, 0x7F)) + b"\r\n"))
    return known > 0.8 * len(data) and ascii_text < 0.5 * len(data)


def _encoding(data: bytes) -> str:
    if data.isascii():
        return "ascii"
    if _is_ebcdic(data):
        return "cp037"
    for name in ("utf-8", "cp1252"):
        try:
            data.decode(name)
        except UnicodeDecodeError:
            continue
        return name
    return "latin-1"


def _without_line_ends(datas: Sequence[bytes], encoding: str) -> dict[str, object]:
    """Find the length of records by how alike the columns of each length are."""
    data = max(datas, key=len)[:20_000].decode(encoding)
    # Compared as one long number with itself shifted: letter by letter this took seconds.
    kinds = int.from_bytes("".join(map(_kind, data)).encode(), "little")
    best, score = 0, 0.0
    for length in range(10, min(len(data) // 3, 2_000) + 1):
        unlike = (kinds ^ (kinds >> 8 * length)).to_bytes(len(data), "little")
        same = unlike[: len(data) - length].count(0) / (len(data) - length)
        if same > score + 0.02:
            best, score = length, same
    if score < 0.75:
        return {}
    lines = [data[at : at + best] for at in range(0, len(data) - best + 1, best)]
    fields = _columns(lines)
    last = fields[-1]
    if isinstance(last["start"], int) and isinstance(last["length"], int):
        best = max(best, last["start"] - 1 + last["length"])
    return {
        "encoding": encoding,
        "line_end": "none",
        "record_length": best,
        "records": [{"name": "record_1", "fields": fields}],
    }


def _kind(letter: str) -> str:
    return "d" if letter.isdigit() else " " if letter == " " else "a" if letter.isalpha() else "x"


def _record_types(lines: list[str]) -> tuple[list[dict[str, object]], bool]:
    """Tell lines apart by how they begin; also says whether lines of one type differ in length."""
    width = _mark_width(lines)
    if not width:
        return [{"name": "record_1", "fields": _columns(lines)}], len(set(map(len, lines))) > 1
    groups: dict[str, list[str]] = {}
    for line in lines:
        groups.setdefault(line[:width], []).append(line)
    records: list[dict[str, object]] = []
    is_uneven = False
    for mark, found in groups.items():
        is_uneven = is_uneven or len(set(map(len, found))) > 1
        record: dict[str, object] = {
            "name": f"record_{mark.strip()}",
            "marks": [{"start": 1, "value": mark}],
            "fields": _columns(found, width),
        }
        if len(found) == 1 and len(groups) > 2 and found[0] in (lines[0], lines[-1]):
            record["role"] = "header" if found[0] == lines[0] else "trailer"
        records.append(record)
    if not any(record.get("role", "item") == "item" for record in records):
        return [{"name": "record_1", "fields": _columns(lines)}], is_uneven
    return records, is_uneven


def _mark_width(lines: list[str]) -> int:
    """Give how many characters tell the type: few different ones that repeat, with lines that look alike."""
    for width in (3, 2, 1):
        marks = Counter(line[:width] for line in lines)
        if not 1 < len(marks) <= min(_MAX_TYPES, len(lines) // 2):
            continue
        if any(len(mark) < width or not mark.isalnum() for mark in marks):
            continue
        if width > 1 and any(mark[:-1].isdigit() and mark[-1].isalpha() for mark in marks):
            continue  # a number, and the first letter of what follows it
        if lines[0][:width] != lines[1][:width] and _is_alike(lines, width):
            return width
    return 0


def _is_alike(lines: list[str], width: int) -> bool:
    """Whether lines that begin alike are more alike than all lines are."""
    shapes: dict[str, set[str]] = {}
    for line in lines:
        shapes.setdefault(line[:width], set()).add("".join(map(_kind, line[width : width + 20])))
    return sum(map(len, shapes.values())) < len(lines) or len({len(line) for line in lines}) > 1


def _columns(lines: Sequence[str], start: int = 0) -> list[dict[str, object]]:
    """Cut lines of one type into fields."""
    width = max(map(len, lines))
    padded = [line.ljust(width) for line in lines]
    kinds = ["".join(sorted({_kind(line[at]) for line in padded})) for at in range(width)]
    numbers = _numbers(kinds, ["".join(line[at] for line in padded) for at in range(width)])
    edges = {edge for run in numbers for edge in run}
    starts = [
        at
        for at in range(start, width)
        if at == start or (kinds[at] != " " and (kinds[at - 1] == " " or at in edges))
    ]
    if not starts:
        return [{"name": "field_1", "start": min(start, width - 1) + 1, "length": max(1, width - start)}]
    starts[0] = start
    ends = [*starts[1:], width]
    return [
        {"name": f"field_{number}", **_field(padded, low, high)}
        for number, (low, high) in enumerate(zip(starts, ends, strict=True), 1)
    ]


def _numbers(kinds: Sequence[str], letters: Sequence[str]) -> list[tuple[int, int]]:
    """Give the runs of columns that hold digits (also a point) in all lines: long enough to be a field."""
    is_digit = [kind in {"d", " d"} for kind in kinds]
    for at in range(1, len(kinds) - 1):
        is_point = set(letters[at]) in ({"."}, {","}) and is_digit[at - 1] and is_digit[at + 1]
        is_digit[at] = is_digit[at] or is_point
    runs: list[tuple[int, int]] = []
    begun: int | None = None
    for at, is_one in enumerate([*is_digit, False]):
        if is_one and begun is None:
            begun = at
        elif not is_one and begun is not None:
            if at - begun >= _LEAST_DIGITS:
                runs.append((begun, at))
            begun = None
    return runs


def _field(lines: Sequence[str], low: int, high: int) -> Mapping[str, object]:
    texts = [line[low:high] for line in lines]
    found: dict[str, object] = {"start": low + 1, "length": high - low}
    filled = [text for text in texts if text.strip()]
    bare = max((len(text.rstrip()) for text in filled), default=0)
    for pattern, length, *places in _DATES:
        dates = [text[:length] for text in filled if text[:length].strip("0 ")]
        if bare == length and dates and all(_is_date(text, places) for text in dates):
            return {**found, "length": length, "type": "date", "pattern": pattern}
    number = {**found, "length": bare, "pad": " "}
    bares = [text.rstrip() for text in filled]
    if filled and all(_POINTED.fullmatch(text) for text in bares):
        scale = max(len(text.partition(".")[2]) for text in bares)
        sign = {"sign": "leading"} if any("-" in text for text in filled) else {}
        return {**number, "type": "decimal", "point": ".", "scale": scale, **sign}
    is_right = any(text.startswith(" ") for text in filled) and {len(text) for text in bares} == {bare}
    if is_right and all(_WHOLE.fullmatch(text) for text in bares):
        return {**number, "type": "integer"}
    return found


def _is_date(text: str, places: Sequence[int]) -> bool:
    if not (text.isascii() and text.isdigit()) or len(text) != 8:
        return False
    year, month, day = places
    try:
        found = date(int(text[year : year + 4]), int(text[month : month + 2]), int(text[day : day + 2]))
    except ValueError:
        return False
    return 1900 <= found.year <= 2100

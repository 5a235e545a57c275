"""Find the fields of a record in its text."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

from integrations.errors import DecodeError, LimitError
from integrations.formats.codec import Limits, Record, Value
from integrations.formats.text.options import Pattern, Prefix, TextOptions, compile_pattern, numbered

MAX_MATCHES = 100_000

_Search: TypeAlias = Callable[[Record, bytes, int], None]


def finder(options: TextOptions, limits: Limits) -> Callable[[int, str], Record | None]:
    """Compile (line, text) → record; None: to be skipped. Raises DecodeError and LimitError."""
    searches = [_all(pattern) if pattern.into else _first(pattern) for pattern in options.patterns]

    def find(line: int, text: str) -> Record | None:
        if len(text) * 4 > limits.max_field_bytes and len(text.encode()) > limits.max_field_bytes:
            raise LimitError(
                "text.field_too_long",
                f"A record is longer than the {limits.max_field_bytes:,} bytes allowed here.",
                place=f"line {line}",
            )
        record: Record = {}
        # RE2 works on UTF-8: given bytes, it need not count characters (twice as fast).
        raw = text.encode()
        for search in searches:
            search(record, raw, line)
        if options.prefixes:
            _labelled(record, options.prefixes, text, line)
        if not record and (options.patterns or options.prefixes):
            if options.unmatched == "skip":
                return None
            if options.unmatched == "refuse":
                raise DecodeError(
                    "text.no_match",
                    "Nothing of what the patterns look for is in this record.",
                    hint="Check the patterns, or skip such records.",
                    place=f"line {line}",
                )
        if options.whole:
            record[options.whole] = text
        return record

    return find


def _groups(found: tuple[bytes | None, ...], names: list[tuple[str, int]]) -> Iterator[tuple[str, str]]:
    for name, number in names:
        value = found[number - 1]
        if value is not None:
            yield name, value.decode()


def _first(pattern: Pattern) -> _Search:
    compiled, names = compile_pattern(pattern.expression), numbered(pattern)

    def search(record: Record, text: bytes, line: int) -> None:
        found = compiled.search(text)
        if found is not None:
            record.update(_groups(found.groups(), names))
        elif pattern.is_required:
            raise _missing(names[0][0], line)

    return search


def _all(pattern: Pattern) -> _Search:
    compiled, names = compile_pattern(pattern.expression), numbered(pattern)

    def search(record: Record, text: bytes, line: int) -> None:
        items: list[Value] = []
        for found in compiled.finditer(text):
            items.append(dict(_groups(found.groups(), names)))
            if len(items) > MAX_MATCHES:
                raise LimitError(
                    "text.too_many_matches",
                    f"A pattern matches more than {MAX_MATCHES:,} times in one record.",
                    place=f"line {line}",
                )
        if items:
            record[pattern.into] = items
        elif pattern.is_required:
            raise _missing(pattern.into, line)

    return search


def _labelled(record: Record, prefixes: tuple[Prefix, ...], text: str, line: int) -> None:
    current: Prefix | None = None
    for part in text.split("\n"):
        known = next((prefix for prefix in prefixes if part.startswith(prefix.label)), None)
        if known is not None:
            current = known
            value = part[len(known.label) :].strip()
            if known.repeats:
                before = record.setdefault(known.field, [])
                if isinstance(before, list):
                    before.append(value)
            elif known.field not in record:
                record[known.field] = value
            else:
                raise DecodeError(
                    "text.twice", "A label stands twice in one record.", place=f"line {line}, {known.label}"
                )
        elif current is not None and part[:1] in {" ", "\t"} and part.strip():
            _continue(record, current, part.strip())
        else:
            current = None
    for prefix in prefixes:
        if prefix.is_required and prefix.field not in record:
            raise _missing(prefix.field, line)


def _continue(record: Record, prefix: Prefix, more: str) -> None:
    """Add an indented line to the field above it."""
    before = record[prefix.field]
    if isinstance(before, list) and isinstance(before[-1], str):
        before[-1] = f"{before[-1]}\n{more}".lstrip("\n")
    elif isinstance(before, str):
        record[prefix.field] = f"{before}\n{more}".lstrip("\n")


def _missing(name: str, line: int) -> DecodeError:
    return DecodeError("text.missing", "A required field is not found.", place=f"line {line}, {name}")

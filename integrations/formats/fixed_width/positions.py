"""The places of lines and their fields: what a page shows as a tree."""

from collections.abc import Iterable, Iterator

from integrations.formats import codec
from integrations.formats.codec import Limits, Mark
from integrations.formats.fixed_width.layout import FieldLayout, FixedWidthOptions
from integrations.formats.fixed_width.records import RecordType, compile_finder

_DEEPEST = 200


def marks_of(
    chunks: Iterable[bytes], types: list[RecordType], options: FixedWidthOptions, limits: Limits
) -> Iterator[Mark]:
    """Yield each line, as deep as its record type is nested, and its fields."""
    find = compile_finder(types)
    depths = _depths(types)
    pads_to = max(kind.width for kind in types) if options.short_lines != "refuse" else 0
    for number, (offset, raw) in enumerate(_lines(codec.blocks(chunks, limits, "fixed_width"), options), 1):
        text = raw.decode(options.encoding, "replace")
        if not text.strip(" \r\x1a"):
            continue
        kind = find(text.ljust(pads_to))
        label = kind.name if kind else f"line {number}"
        depth = depths[kind.name] if kind else 0
        yield Mark(depth, label, offset, len(raw), text[:200])
        if kind is not None:
            for field in kind.layout.fields:
                yield from _fields(field, depth + 1, offset, (text, options.encoding))


def _fields(field: FieldLayout, depth: int, offset: int, line: tuple[str, str]) -> Iterator[Mark]:
    text, encoding = line
    times = field.times or max(0, -(-(len(text) - field.start + 1) // field.length))
    for number in range(times):
        start = field.start - 1 + number * field.length
        found = text[start : start + field.length]
        if not found:
            return
        # Replaced characters count as they are written; a line that cannot be read has no exact places.
        before = len(text[:start].encode(encoding, "replace"))
        label = field.name if field.times == 1 else f"{field.name}[{number + 1}]"
        size = len(found.encode(encoding, "replace"))
        yield Mark(depth, label, offset + before, size, found[:200], field.title)


def _depths(types: list[RecordType]) -> dict[str, int]:
    outer = {kind.name: kind.layout.within for kind in types}
    depths: dict[str, int] = {}
    for name, parent in outer.items():
        depth, at = 0, parent
        while at and depth < _DEEPEST:
            depth, at = depth + 1, outer[at]
        depths[name] = depth
    return depths


def _lines(blocks: Iterator[bytes], options: FixedWidthOptions) -> Iterator[tuple[int, bytes]]:
    """Yield lines with their offset, blank ones too."""
    offset, rest = 0, b""
    for block in blocks:
        data = rest + block
        if options.line_end == "none":
            length = options.record_length or 1
            whole = [data[at : at + length] for at in range(0, len(data) - len(data) % length, length)]
            rest, ended = data[len(whole) * length :], 0
        else:
            *whole, rest = data.split(b"\n")
            ended = 1
        for line in whole:
            yield offset, line.removesuffix(b"\r")
            offset += len(line) + ended
    if rest:
        yield offset, rest

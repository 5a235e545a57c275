"""Cut a text into records: (line, offset in characters, text without its last line end)."""

from collections.abc import Callable, Iterable, Iterator
from io import StringIO

from integrations.errors import DecodeError
from integrations.formats import codec
from integrations.formats.codec import Limits
from integrations.formats.encoded_text.decode import find_damage, is_damaged, texts
from integrations.formats.text.options import TextOptions, compile_pattern


def cut_records(
    chunks: Iterable[bytes], options: TextOptions, limits: Limits
) -> Iterator[tuple[int, str, DecodeError | None]]:
    """Yield (line, text, damage) of each record that is not blank; damage: what no encoding could read."""
    begins = _beginning(options)
    parts: list[str] = []
    first = size = 0
    for number, line in enumerate(_lines(chunks, options, limits), 1):
        if begins(line):
            if parts:
                yield _record(first, parts, options)
            parts, size = [], 0
        if not parts:
            if not line.strip():
                continue
            first = number
        parts.append(line)
        size += len(line)
        if size > limits.max_record_bytes:
            raise codec.record_too_large("text", limits, f"line {first}")
    if parts:
        yield _record(first, parts, options)


def _beginning(options: TextOptions) -> Callable[[str], bool]:
    """Compile the test whether a record begins or a gap is at this line."""
    if options.records == "line":
        return lambda _: True
    if options.records == "paragraph":
        return lambda line: not line.strip()
    if options.records == "document":
        return lambda _: False
    search = compile_pattern(options.start).search

    def begins(line: str) -> bool:
        line = line.rstrip("\r\n")
        # RE2 takes no lone surrogates, which stand for bytes that are no text.
        return search(line if line.isascii() else line.encode("utf-8", "replace").decode()) is not None

    return begins


def _record(line: int, parts: list[str], options: TextOptions) -> tuple[int, str, DecodeError | None]:
    text = "".join(parts)
    damage = find_damage(text, options.encoding, "text", line) if is_damaged(text) else None
    return line, text.replace("\r\n", "\n").rstrip("\n"), damage


def _lines(chunks: Iterable[bytes], options: TextOptions, limits: Limits) -> Iterator[str]:
    rest: list[str] = []
    held = count = 0
    for text in texts(codec.blocks(chunks, limits, "text"), options.encoding, "text"):
        rest.append(text)
        held += len(text)
        if text and "\n" not in text:
            if held > limits.max_record_bytes:
                raise codec.record_too_large("text", limits, f"line {count + 1}")
            continue
        lines = list(StringIO("".join(rest), newline="\n"))
        rest = [lines.pop()] if text and lines and not lines[-1].endswith("\n") else []
        held = sum(map(len, rest))
        count += len(lines)
        yield from lines

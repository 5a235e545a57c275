"""Documents to pieces: what readers and splitters of the XML formats share."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from integrations.errors import InputError
from integrations.formats.codec import Bad, Limits, Record, Split
from integrations.formats.xml_text.build import Builder
from integrations.formats.xml_text.model import Model
from integrations.formats.xml_text.parse import parse
from integrations.formats.xml_text.run import Piece, Run, Shape

_TAG = re.compile(rb"<[^>\"']*(?:\"[^\"]*\"[^>\"']*|'[^']*'[^>\"']*)*>")


def records(
    model: Model, shape: Shape, limits: Limits, chunks: Iterable[bytes], bad: Bad | None
) -> Iterator[Record]:
    """Yield the records of a document."""
    for piece in pieces(model, shape, limits, chunks, bad):
        if piece.kind == "item":
            yield piece.record


def pieces(
    model: Model, shape: Shape, limits: Limits, chunks: Iterable[bytes], bad: Bad | None
) -> Iterator[Piece]:
    """Yield the records of a document and what stands before and behind them."""
    run = Run(model, shape, limits, lenient=bad is not None)
    for block in parse(chunks, limits, Builder(run)):
        yield from _found(run, bad, is_end=not block)
        run.check_size()


def splits(
    model: Model, shape: Shape, limits: Limits, chunks: Iterable[bytes], bad: Bad | None
) -> Iterator[Split]:
    """Yield the pieces of a document with their bytes, in its own encoding."""
    run = Run(model, shape, limits, lenient=bad is not None)
    builder = Builder(run)
    held = bytearray()
    base = done = 0
    for block in parse(chunks, limits, builder):
        held += block
        for piece in _found(run, bad, is_end=not block):
            start = done if piece.start < 0 else piece.start
            end = len(held) + base if piece.end < 0 else piece.end
            if piece.kind == "item":
                end = tag_end(held, start - base, end - base) + base
            raw = bytes(held[start - base : end - base])
            if builder.encoding != "utf-8":
                raw = raw.decode().encode(builder.encoding)
            done = end
            yield Split(piece.kind, piece.number, piece.record, raw.strip(b"\r\n"))
        run.check_size()
        del held[: done - base]
        base = done


def tag_end(data: bytes | bytearray, start: int, end: int) -> int:
    """Give the offset behind an element that starts at ``start``, by the parser's position at its end.

    That is the start of the end tag, or for an element of a single tag what follows it.
    """
    tag = _TAG.match(data, start)
    if tag and tag.end() == end and data[end - 2] == ord("/"):
        return end
    return data.index(b">", end) + 1


def _found(run: Run, bad: Bad | None, *, is_end: bool) -> Iterator[Piece]:
    """Take what was found so far, and tell the errors; with notes around the root, only at the end."""
    if not run.out or (run.shape.keep and not run.shape.path and not is_end):
        return
    found, run.out[:] = [*run.out], []
    for piece in found:
        if isinstance(piece, InputError):
            if bad is None:
                raise piece
            bad(piece)
        else:
            yield piece


def renaming(key: str) -> Callable[[InputError], InputError]:
    """Give the function that names an error after the format that meets it: ``soap.truncated``."""

    def rename(failure: InputError) -> InputError:
        code = f"{key}.{failure.code.removeprefix('xml.')}"
        return type(failure)(code, failure.message, hint=failure.hint, place=failure.place)

    return rename


T = TypeVar("T")


def named(key: str, bad: Bad | None, found: Callable[[Bad | None], Iterator[T]]) -> Iterator[T]:
    """Yield what ``found`` gives, with all its errors named after another format."""
    rename = renaming(key)
    try:
        yield from found(None if bad is None else lambda failure: bad(rename(failure)))
    except InputError as failure:
        raise rename(failure) from None

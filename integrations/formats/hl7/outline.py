"""The parts of a document and where they stand: messages, segments as deep as their groups, fields."""

import re
from collections.abc import Callable, Iterable, Iterator

from integrations.errors import DecodeError
from integrations.formats.codec import Limits, Mark, blocks
from integrations.formats.hl7.fields import MAX_FIELDS, field_reader
from integrations.formats.hl7.framing import Piece, cut_messages
from integrations.formats.hl7.messages import find_structure, kind_of, plan_of
from integrations.formats.hl7.options import Hl7Options
from integrations.formats.hl7.separators import HEADERS, USUAL, separators_of
from integrations.formats.hl7.tables import Release, nearest, release
from integrations.formats.segments.plan import Move, State

_LINE = re.compile(rb"[^\r\n]+")


def outliner(options: Hl7Options, limits: Limits) -> Callable[[Iterable[bytes]], Iterator[Mark]]:
    """Compile the walk; it goes on past what cannot be read."""

    def walk(chunks: Iterable[bytes]) -> Iterator[Mark]:
        for piece in cut_messages(blocks(chunks, limits, "hl7"), limits):
            yield from _piece(piece, options)

    return walk


def _piece(piece: Piece, options: Hl7Options) -> Iterator[Mark]:
    lines = [(found.start() + piece.offset, found[0]) for found in _LINE.finditer(piece.raw)]
    header = lines[0][1].decode("utf-8", "replace")
    separators, state, tables = USUAL, None, release(nearest(options.version))
    label, title = piece.kind or "?", ""
    try:
        if piece.kind in HEADERS:
            separators = separators_of(header, "")
    except DecodeError:
        separators = USUAL
    if piece.kind == "MSH":
        kind = kind_of(header.split(separators.field, MAX_FIELDS), separators, options)
        tables = release(kind.release)
        label = "^".join(part for part in (kind.message, kind.trigger) if part) or "MSH"
        found = find_structure(kind, options)
        if found is not None:
            plan = plan_of(*found, field_reader(tables, separators, typed=False))
            title, state = plan.tree.title, plan.start
    yield Mark(0, label, piece.offset, len(piece.raw), header[:200], title)
    yield from _segments(lines, state, separators.field, tables)


def _segments(
    lines: list[tuple[int, bytes]], state: State | None, mark: str, tables: Release
) -> Iterator[Mark]:
    depth = 1
    for offset, raw in lines:
        name = raw[:3].decode("ascii", "replace")
        move = state[name] if state is not None else None
        if isinstance(move, Move):
            depth, state = move.keep + len(move.opens), move.state
        fact = tables.segments.get(name)
        text = raw[:200].decode("utf-8", "replace")
        yield Mark(depth, name, offset, len(raw), text, fact.title if fact else "")
        at = offset
        first = 1 if name in HEADERS else 0
        for number, part in enumerate(raw.split(mark.encode(), MAX_FIELDS)):
            if part and number:
                known = (
                    fact.fields[number + first - 1] if fact and number + first <= len(fact.fields) else None
                )
                shown = part[:200].decode("utf-8", "replace")
                yield Mark(
                    depth + 1, f"{name}-{number + first}", at, len(part), shown, known.title if known else ""
                )
            at += len(part) + 1

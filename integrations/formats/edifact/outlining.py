"""The parts of a document and where they stand: envelopes, messages, groups, segments."""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from integrations.formats.codec import Limits, Mark
from integrations.formats.edifact import tables
from integrations.formats.edifact.elements import cutter
from integrations.formats.edifact.envelope import Kind, kind_of
from integrations.formats.edifact.framing import EdifactFrames
from integrations.formats.edifact.options import EdifactOptions
from integrations.formats.edifact.reading import dialect_of, name_of
from integrations.formats.segments.plan import Choice, Plan, State

_ENVELOPE = {"UNB": 0, "UNZ": 0, "UNG": 1, "UNE": 1, "UNH": 2, "UNT": 2}
_LONGEST = 200


def outline(options: EdifactOptions, limits: Limits) -> Callable[[Iterable[bytes]], Iterator[Mark]]:
    """Compile the walk. A segment is as deep as its group; one without a place goes with the last."""

    def walk(chunks: Iterable[bytes]) -> Iterator[Mark]:
        frames = EdifactFrames(options.encoding, options.wrapped, limits)
        place, begun, is_open = _Place("", "d96a", "3"), -1, False
        for batch in frames.batches(chunks):
            is_open = is_open or frames.begun != begun
            for at, text in enumerate(batch.segments):
                marks = frames.marks
                is_other = text.startswith("UNB") and batch.offset_of(at) != frames.begun
                if marks is None or not is_open or is_other:
                    frames.leave(batch, at)
                    break
                begun = frames.begun
                parts = cutter(marks)(text)
                name = str(parts.pop(0))
                if name == "UNH":
                    kind = kind_of(parts, marks)
                    message = name_of(kind, options)
                    place = _Place(
                        message, dialect_of(marks, kind, message, options).directory, marks.version
                    )
                    title = place.message_title(kind)
                else:
                    title = place.title(name)
                is_open = name != "UNZ"
                depth = _ENVELOPE.get(name)
                if depth is None or name == "UNH":
                    depth = place.depth(name, parts)
                start, stop = batch.spans[at]
                shown = text[:_LONGEST].encode("utf-8", "replace").decode()
                yield Mark(depth, name[:20], batch.offset + start, stop - start, shown, title)

    return walk


class _Place:
    """Where in its message the walk is."""

    def __init__(self, message_name: str, directory: str, syntax: str) -> None:
        self.directory = directory
        self.syntax = syntax
        self.state: State | None = _plan(message_name).start if message_name else None
        self.last = 2

    def depth(self, name: str, parts: list[str]) -> int:
        """Give the depth of the next segment of the message."""
        move = self.state[name] if self.state is not None else None
        if type(move) is Choice:
            move = move.pick(parts)
        if move is not None:
            self.state = move.state
            self.last = 2 if name == "UNH" else 2 + move.keep + len(move.opens)
        elif self.state is None:
            self.last = 2 if name == "UNH" else 3
        return self.last

    def title(self, name: str) -> str:
        """Give what the directory calls the segment."""
        facts = tables.segment(name, self.directory, self.syntax)
        return facts.title if facts else ""

    def message_title(self, kind: Kind) -> str:
        """Give what the message is called."""
        return tables.titles().get(kind.message, "") or str(kind)


@lru_cache(maxsize=32)
def _plan(message_name: str) -> Plan:
    return Plan(tables.message_facts(message_name).tree, lambda _: lambda _: {})

"""The parts of a document and where they stand: envelopes, messages, loops, segments."""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from integrations.formats.codec import Limits, Mark
from integrations.formats.segments.plan import Choice, Plan, State
from integrations.formats.x12 import tables
from integrations.formats.x12.envelope import marks_of_parts
from integrations.formats.x12.framing import X12Frames
from integrations.formats.x12.options import X12Options

_ENVELOPE = {"ISA": 0, "IEA": 0, "TA1": 1, "GS": 1, "GE": 1, "ST": 2, "SE": 2}
_LONGEST = 200


def outline(options: X12Options, limits: Limits) -> Callable[[Iterable[bytes]], Iterator[Mark]]:
    """Compile the walk. A segment is as deep as its loop; one without a place goes with the last."""

    def walk(chunks: Iterable[bytes]) -> Iterator[Mark]:
        frames = X12Frames(options.encoding, options.wrapped, limits)
        outer, version, place = True, "", _Place("")
        for batch in frames.batches(chunks):
            for at, text in enumerate(batch.segments):
                if outer and not text.startswith("ISA"):
                    frames.leave(batch, at)
                    break
                mark = frames.marks.element if frames.marks else "*"
                name, *parts = text.split(mark)
                if name == "ISA":
                    frames.marks = marks_of_parts(parts, frames.marks) or frames.marks
                if name == "GS":
                    version = parts[7] if len(parts) > 7 else ""
                if name == "ST":
                    edition = parts[2] if len(parts) > 2 else version
                    place = _Place(tables.set_name(parts[0] if parts else "", options.guide or edition))
                outer = name == "IEA"
                depth = _ENVELOPE.get(name)
                if depth is None or name == "ST":
                    depth = place.depth(name, parts)
                start, stop = batch.spans[at]
                shown = text[:_LONGEST].encode("utf-8", "replace").decode()
                yield Mark(
                    depth, name[:20], batch.offset + start, stop - start, shown, place.title(name, version)
                )

    return walk


class _Place:
    """Where in its set the walk is."""

    def __init__(self, set_name: str) -> None:
        self.facts = tables.set_facts(set_name) if set_name else None
        self.state: State | None = _plan(set_name).start if set_name else None
        self.last = 2

    def depth(self, name: str, parts: list[str]) -> int:
        """Give the depth of the next segment of the message."""
        move = self.state[name] if self.state is not None else None
        if type(move) is Choice:
            move = move.pick(parts)
        if move is not None:
            self.state = move.state
            self.last = 2 if name == "ST" else 2 + move.keep + len(move.opens)
        elif self.state is None:
            self.last = 3
        return self.last

    def title(self, name: str, version: str) -> str:
        """Give what the standard calls the segment; the set's title for ST."""
        if name == "ST" and self.facts is not None:
            return self.facts.title
        facts = tables.segment(name, tables.near_release(version))
        return facts.title if facts else ""


@lru_cache(maxsize=32)
def _plan(set_name: str) -> Plan:
    return Plan(tables.set_facts(set_name).tree, lambda _: lambda _: {})

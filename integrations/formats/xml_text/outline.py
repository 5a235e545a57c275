"""The elements of a document and where they stand, as far as it can be read."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from integrations.errors import InputError
from integrations.formats.codec import Limits, Mark
from integrations.formats.xml_text.names import parted
from integrations.formats.xml_text.parse import Events, parse
from integrations.formats.xml_text.read import tag_end

_MAX_MARKS = 50_000
_SHOWN = 200


@dataclass(slots=True)
class _Open:
    depth: int
    label: str
    start: int
    end: int = -1


class _Elements(Events):
    """Hears where elements start and end."""

    def __init__(self) -> None:
        self.found: list[_Open] = []
        self.open: list[_Open] = []
        self.start, self.end, self.text = self._start, self._end, lambda _: None

    def _start(self, name: str, _: list[str]) -> None:
        one = _Open(len(self.open), parted(name)[1], self.parser.CurrentByteIndex)
        self.open.append(one)
        if len(self.found) < _MAX_MARKS:
            self.found.append(one)

    def _end(self, _: str) -> None:
        self.open.pop().end = self.parser.CurrentByteIndex


def outline(chunks: Iterable[bytes], limits: Limits) -> Iterator[Mark]:
    """Yield a mark an element, parents first; what is broken ends the walk."""
    events = _Elements()
    whole = bytearray()
    events.block = whole.extend
    is_broken = False
    try:
        for _ in parse(chunks, limits, events):
            pass
    except InputError:
        is_broken = True
    encoding = events.encoding
    at, true_at = 0, events.mark_bytes
    for one in events.found:
        # Elements come in the order of their starts, so that each step recodes only what lies between.
        true_at += recoded_length(whole[at : one.start], encoding)
        at = one.start
        end = len(whole) if is_broken and one.end < 0 else tag_end(whole, one.start, one.end)
        text = whole[at : min(end, at + 4 * _SHOWN)].decode("utf-8", "replace")
        yield Mark(one.depth, one.label, true_at, recoded_length(whole[at:end], encoding), text[:_SHOWN])


def recoded_length(data: bytearray, encoding: str) -> int:
    """Tell how many bytes a part of the parser's text takes in the document's encoding."""
    return len(data) if encoding == "utf-8" else len(data.decode("utf-8", "replace").encode(encoding))

"""Cut a stream into messages: by their blocks, or by ``-`` lines and references where they have none."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple, Protocol

from integrations.formats import codec
from integrations.formats.codec import Limits

_BLOCK: Final = re.compile(r"\{([1-5]):")
_END: Final = re.compile(r"^(?:-[A-Z]{0,3}\}?[ \t]*$|:20:)", re.MULTILINE)
_TAG: Final = re.compile(r"^:\d\d[A-Z]?:", re.MULTILINE)
# RJE puts a $ between messages, DOS-PCC fills with blanks between 01 and 03.
PADDING: Final = " \t\r\n$\x00\x01\x03\x1a\ufeff"


class Unit(NamedTuple):
    """The text of one message with all around it, and the line where it begins (from 1)."""

    line: int
    text: str
    has_blocks: bool


def cut_units(texts: Iterator[str], limits: Limits) -> Iterator[Unit]:
    """Yield the messages; what is blank is left out. Memory is one message and one block of text.

    Raises LimitError for a message of more than ``limits.max_record_bytes`` characters.
    """
    first = next(texts, "")
    block, tag = _BLOCK.search(first), _TAG.search(first)
    has_blocks = block is not None and (tag is None or block.start() < tag.start())
    line = 1
    for text in _cut(first, texts, limits, _by_blocks if has_blocks else _by_lines):
        stripped = text.strip(PADDING)
        if stripped:
            before = text[: text.index(stripped[0])].count("\n") if text[:1] in PADDING else 0
            yield Unit(line + before, stripped, has_blocks)
        line += text.count("\n")


class _State:
    """Where the search for the next end stands."""

    def __init__(self) -> None:
        self.scanned = 0
        self.last = 0
        self.has_reference = False


class Find(Protocol):
    """Gives where messages end in the text held so far."""

    def __call__(self, held: str, state: _State, *, is_last: bool) -> Iterator[int]:
        """Yield the ends, each once."""
        ...


def _cut(first: str, texts: Iterator[str], limits: Limits, find: "Find") -> Iterator[str]:
    state, held, text = _State(), "", first
    number = 1
    while text:
        held += text
        text = next(texts, "")
        start = 0
        for end in find(held, state, is_last=not text):
            yield held[start:end]
            number += 1
            start = end
        held = held[start:]
        state.scanned -= start
        if len(held) > limits.max_record_bytes:
            raise codec.record_too_large("swift_mt", limits, f"message {number}")
    if held:
        yield held


def _by_blocks(held: str, state: _State, *, is_last: bool) -> Iterator[int]:
    # Nothing is missed between two texts: a mark has three characters.
    safe = len(held) if is_last else max(len(held) - 2, state.scanned)
    for mark in _BLOCK.finditer(held, state.scanned, safe):
        block = int(mark[1])
        if state.last and (block == 1 or (block in {2, 4} and block <= state.last)):
            yield mark.start()
        state.last = block
    state.scanned = safe


def _by_lines(held: str, state: _State, *, is_last: bool) -> Iterator[int]:
    safe = len(held) if is_last else held.rfind("\n") + 1
    if safe <= state.scanned:
        return
    for mark in _END.finditer(held, state.scanned, safe):
        if mark[0] != ":20:":
            state.has_reference = False
            yield mark.end()
        elif state.has_reference:
            yield mark.start()
        else:
            state.has_reference = True
    state.scanned = safe

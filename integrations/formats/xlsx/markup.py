"""A part's XML as events under local names, strictly and with bounded memory."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final
from xml.parsers import expat

from integrations.errors import DecodeError, LimitError
from integrations.formats.codec import BLOCK_BYTES, Limits

_SEPARATOR: Final = " "


class Events:
    """What a part's reader wants to hear. Names come without their namespace."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""

    def end(self, name: str) -> None:
        """Take the end of an element."""

    def text(self, text: str) -> None:
        """Take characters; those between two tags may come in several pieces."""


def parse(blocks: Iterable[bytes], events: Events, limits: Limits, title: str) -> Iterator[None]:
    """Parse a part; yields after each block, so that what was heard can be used.

    Raises DecodeError ``xlsx.xml``: not well-formed, not UTF-8, or with a document type (spreadsheets have
    none); LimitError ``xlsx.field_too_long`` for a single tag of more than a cell may hold.
    """
    parser = expat.ParserCreate("utf-8", _SEPARATOR)
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = _local_start(events.start)
    parser.EndElementHandler = _local_end(events.end)
    parser.CharacterDataHandler = events.text
    taken = 0
    try:
        for block in blocks:
            parser.Parse(block, False)  # noqa: FBT003  takes no keywords
            taken += len(block)
            if taken - max(parser.CurrentByteIndex, 0) > limits.max_field_bytes + 2 * BLOCK_BYTES:
                raise LimitError(
                    "xlsx.field_too_long", "A tag in the workbook is longer than a cell may be.", place=title
                )
            yield
        parser.Parse(b"", True)  # noqa: FBT003
    except (expat.ExpatError, _DoctypeError):
        raise DecodeError(
            "xlsx.xml",
            "A part of the workbook is not well-formed.",
            place=f"{title}, line {parser.CurrentLineNumber}, column {parser.CurrentColumnNumber + 1}",
            hint="Open it in a spreadsheet program and save it again.",
        ) from None
    yield


class _DoctypeError(Exception):
    """A document type stands in a part."""


def _refuse_doctype(*_: object) -> None:
    raise _DoctypeError


def _local_start(start: Callable[[str, dict[str, str]], None]) -> Callable[[str, dict[str, str]], None]:
    return lambda name, attributes: start(name.rpartition(_SEPARATOR)[2], attributes)


def _local_end(end: Callable[[str], None]) -> Callable[[str], None]:
    return lambda name: end(name.rpartition(_SEPARATOR)[2])

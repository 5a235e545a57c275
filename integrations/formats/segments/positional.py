"""Records whose fields stand at fixed columns: a layout as data, compiled to cut lines and to fill them.

Only places and text: what a field means (numbers, dates, codes) is for the format that uses it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from integrations.formats.segments.assemble import Fault


@dataclass(frozen=True, slots=True)
class Column:
    """A field: start counts from 1. is_right: filled up on the left, as numbers are; pad: with what."""

    name: str
    start: int
    length: int
    is_right: bool = False
    pad: str = " "


@dataclass(frozen=True, slots=True)
class Layout:
    """The fields of a record, in the order of their columns, and its whole width."""

    name: str
    width: int
    columns: tuple[Column, ...]


def in_a_row(name: str, fields: tuple[tuple[str, int], ...], start: int = 1) -> Layout:
    """Make a layout of fields that follow each other, from their names and lengths."""
    columns: list[Column] = []
    for field, length in fields:
        columns.append(Column(field, start, length))
        start += length
    return Layout(name, start - 1, tuple(columns))


def compile_cut(layout: Layout) -> Callable[[str], dict[str, str]]:
    """Compile the reading of a line: name → text without the blanks after it; blank fields are missing.

    A line may be shorter than its layout: senders leave out blanks at the end.
    """
    cuts = [
        (column.name, slice(column.start - 1, column.start - 1 + column.length)) for column in layout.columns
    ]

    def cut(line: str) -> dict[str, str]:
        return {name: text for name, place in cuts if (text := line[place].rstrip(" "))}

    return cut


def compile_fill(layout: Layout) -> Callable[[Mapping[str, str]], str]:
    """Compile the writing of a line. It raises Fault ``too_long`` or ``extra_field`` with the field."""
    names = {column.name for column in layout.columns}

    def fill(fields: Mapping[str, str]) -> str:
        if extra := fields.keys() - names:
            raise Fault(
                "extra_field", "A field has no place in this record.", segment=layout.name, element=min(extra)
            )
        line = [" "] * layout.width
        for column in layout.columns:
            text = fields.get(column.name, "")
            if len(text) > column.length:
                raise Fault(
                    "too_long",
                    f"The field holds {column.length} characters.",
                    segment=layout.name,
                    element=column.name,
                )
            filled = (
                text.rjust(column.length, column.pad)
                if column.is_right
                else text.ljust(column.length, column.pad)
            )
            line[column.start - 1 : column.start - 1 + column.length] = filled
        return "".join(line)

    return fill

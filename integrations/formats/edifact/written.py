"""A segment's part of the record to its text, compiled for its id: the reverse of ``elements.py``.

A segment is first written as if nothing in it were a separator and everything of its usual shape; where that
does not hold, ``written_carefully.py`` writes it again. That is twice as fast (``make bench``, edifact).
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeAlias

from integrations.formats.codec import Record
from integrations.formats.edifact import tables
from integrations.formats.edifact.elements import Dialect, slots_of
from integrations.formats.edifact.tables import Composite, Element
from integrations.formats.edifact.written_carefully import careful_writer, number_writer
from integrations.formats.segments.assemble import Fault
from integrations.formats.segments.flatten import Write

_Place: TypeAlias = tuple[int, Callable[[Any], str] | None, int]
"""Position; how it is written, None for a text; how many positions its list may fill, 0 if it is none."""


_SHAPES_KEPT = 512


class _Unusual(Exception):  # noqa: N818  a signal
    """The segment has to be written with care."""


class _Shape(NamedTuple):
    """How a segment or composite with these keys, in this order, is written.

    template: with ``%s`` for each value. marks: separators in it. writers: index and function of what is not
    text. texts: indices of what is. is_run: nothing is left out between them. has_list: the last value is a
    list, with more separators inside.
    """

    template: str
    marks: int
    writers: tuple[tuple[int, Callable[[Any], str]], ...]
    texts: tuple[int, ...]
    is_run: bool = False
    has_list: bool = False


_NEW = _Shape("", -1, (), ())


def compile_write(name: str, dialect: Dialect) -> Write:  # noqa: C901  one closure, for speed
    """Compile the writing of a segment. The writer raises Fault with the element."""
    facts = tables.segment(name, dialect.directory, dialect.marks.version)
    careful = careful_writer(name, dialect)
    if facts is None:
        return careful
    places = _places(facts.elements, dialect)
    marks = dialect.marks
    mark, component, drops_end = marks.element, marks.component, dialect.is_typed
    others = [other for other in (marks.segment, marks.release, marks.repetition) if other]
    shapes: dict[tuple[str, ...], _Shape | None] = {}

    def write(segment: Record) -> str:  # noqa: C901  as above
        try:
            keys = tuple(segment)
            shape = shapes.get(keys, _NEW)
            if shape is _NEW:
                shape = _remember(shapes, keys, _shape(name, keys, places, mark))
            if shape is not None:
                values: Any = segment.values()
                if shape.writers:
                    values = [*values]
                    for index, write_one in shape.writers:
                        values[index] = write_one(values[index])
                text = mark.join((name, *values)) if shape.is_run else shape.template % _texts(values)
                count = shape.marks + (len(segment[keys[-1]]) - 1 if shape.has_list else 0)  # type: ignore[arg-type]
                for index in shape.texts:
                    if component in segment[keys[index]]:  # type: ignore[operator]
                        return careful(segment)
            else:
                out = [name]
                _lay_out(out, segment, places, component)
                text = mark.join(out)
                count = len(out) - 1
        except (_Unusual, Fault, KeyError, AttributeError, TypeError):
            return careful(segment)
        if text.count(mark) != count:
            return careful(segment)
        for other in others:
            if other in text:
                return careful(segment)
        return text.rstrip(mark) if drops_end else text

    return write


def _remember(
    shapes: dict[tuple[str, ...], _Shape | None], keys: tuple[str, ...], shape: _Shape | None
) -> _Shape | None:
    if len(shapes) >= _SHAPES_KEPT:
        shapes.clear()
    shapes[keys] = shape
    return shape


def _shape(start: str, keys: tuple[str, ...], places: dict[str, _Place], mark: str) -> _Shape | None:
    """Make the shape for these keys; None where one of them is a list or they are not in order."""
    last = -1 if start else 0
    has_list = False
    template = start.replace("%", "%%")
    writers: list[tuple[int, Callable[[Any], str]]] = []
    texts: list[int] = []
    marks = 0
    for index, key in enumerate(keys):
        at, write, count = places[key]
        has_list = count != 0
        is_plain_list = has_list and write is None and bool(start)
        if at < last or (index and at == last) or (has_list and index < len(keys) - 1) or is_plain_list:
            return None
        template += mark.replace("%", "%%") * (at - last) + "%s"
        marks += at - last
        last = at
        if has_list:
            writers.append((index, _list_writer(write, count, mark)))
        elif write is None:
            texts.append(index)
        else:
            writers.append((index, write))
    is_run = marks == len(keys) - (not start)
    return _Shape(template, marks, tuple(writers), tuple(texts), is_run, has_list)


def _texts(values: Iterable[Any]) -> tuple[str, ...]:
    """Raise TypeError for what should be text and is not."""
    found = tuple(values)
    "".join(found)
    return found


def _list_writer(write: Callable[[Any], str] | None, most: int, mark: str) -> Callable[[Any], str]:
    def joined(items: Any) -> str:  # noqa: ANN401  what a record holds
        if items.__class__ is not list or not 0 < len(items) <= most:
            raise _Unusual
        return mark.join(items if write is None else map(write, items))

    return joined


def _places(
    parts: tuple[Element, ...] | tuple[Element | Composite, ...], dialect: Dialect
) -> dict[str, _Place]:
    found: dict[str, _Place] = {}
    for at, slot in enumerate(slots_of(parts)):
        if slot.at > 0:
            # Codes that repeat side by side are the rule; where others stand between them, care is taken.
            first, write, count = found[slot.key]
            found[slot.key] = (first, write, count + 1 if at == first + count else -1)
        else:
            part = slot.part
            write = (
                _composite_writer(part, dialect)
                if isinstance(part, Composite)
                else number_writer(part, dialect)
            )
            found[slot.key] = (at, write, 1 if slot.at == 0 else 0)
    return found


def _lay_out(out: list[str], holder: Record, places: dict[str, _Place], mark: str) -> None:
    """Put values at their places after what is in `out`; mark: what no text may hold."""
    before = len(out)
    for key, value in holder.items():
        at, write, count = places[key]
        at += before
        if at > len(out):
            out.extend([""] * (at - len(out)))
        if count:
            if value.__class__ is not list or len(value) > count or at != len(out):
                raise _Unusual
            out.extend(map(write, value) if write is not None else value)  # type: ignore[arg-type]
            continue
        if write is not None:
            text = write(value)
        elif value.__class__ is str:
            text = value
            if mark in text:
                raise _Unusual
        else:
            raise _Unusual
        if at == len(out):
            out.append(text)
        else:
            out[at] = text


def _composite_writer(part: Composite, dialect: Dialect) -> Callable[[Any], str]:
    places = _places(part.components, dialect)
    mark, drops_end = dialect.marks.component, dialect.is_typed
    shapes: dict[tuple[str, ...], _Shape | None] = {}

    def write(value: Any) -> str:  # noqa: ANN401  what a record holds
        if value.__class__ is not dict:
            raise _Unusual
        keys = tuple(value)
        shape = shapes.get(keys, _NEW)
        if shape is _NEW:
            shape = _remember(shapes, keys, _shape("", keys, places, mark))
        if shape is not None:
            values: Any = value.values()
            if shape.writers:
                values = [*values]
                for index, write_one in shape.writers:
                    values[index] = write_one(values[index])
            text = mark.join(values) if shape.is_run else shape.template % _texts(values)
            if text.count(mark) != shape.marks + (len(value[keys[-1]]) - 1 if shape.has_list else 0):
                raise _Unusual
        else:
            out: list[str] = []
            _lay_out(out, value, places, mark)
            text = mark.join(out)
            if text.count(mark) != len(out) - 1:
                raise _Unusual
        return text.rstrip(mark) if drops_end else text

    return write

"""A segment's part of the record to its text, compiled for its id: the reverse of ``segments.py``."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

from integrations.formats.codec import Record, Value
from integrations.formats.segments.assemble import Fault
from integrations.formats.segments.flatten import Write
from integrations.formats.x12 import tables, values
from integrations.formats.x12.segments import BINARY, KEYS, PLACES, Dialect
from integrations.formats.x12.tables import Composite, Element

_POSITION = {key: number for number, key in enumerate(KEYS, 1)}
_COMPONENT = {key: number for number, key in enumerate(PLACES, 1)}

_Convert: TypeAlias = Callable[[Value], str]

_SHAPES_KEPT = 128


class _Shape(NamedTuple):
    """How segments with one set of keys, in ascending order, are written.

    gaps: places of the elements that are missing before others, ascending; places count from 1. typed,
    composites: places with their conversions; what is left has to be text. marks: separators of elements.
    """

    gaps: tuple[int, ...]
    typed: tuple[tuple[int, _Convert], ...]
    composites: tuple[tuple[int, _Convert], ...]
    marks: int


def compile_write(name: str, dialect: Dialect) -> Write:  # noqa: C901  closures, for speed
    """Compile the writing of a segment. The writer raises Fault with the element.

    Segments of one kind have few sets of keys, so what a set of keys needs is settled once; whatever is
    unusual in the values (null, repetition, separators, faults) is left to ``write_any_values``.
    """
    if name in BINARY:
        return _binary_writer(name, dialect)
    facts = tables.segment(name, dialect.release)
    parts = facts.elements if facts else ()
    mark, end, component = dialect.element, dialect.segment, dialect.component
    repetition = dialect.repetition or dialect.segment
    drops_end = dialect.is_typed
    write_any_values = _careful_writer(name, parts, dialect)
    shapes: dict[tuple[str, ...], _Shape] = {}

    def write_new(segment: Record) -> str:
        text = write_any_values(segment)
        keys = tuple(segment)
        if keys and list(keys) == sorted(keys) and len(shapes) < _SHAPES_KEPT:
            shapes[keys] = _shape(keys, parts, dialect)
        return text

    def write(segment: Record) -> str:
        if segment.__class__ is not dict:
            raise Fault("wrong_shape", f"What stands under {name} is not an object.", segment=name)
        shape = shapes.get(tuple(segment))
        if shape is None:
            return write_new(segment)
        gaps, typed, composites, marks = shape
        out: list[Any] = [name, *segment.values()]
        inner = 0
        for at in gaps:
            out.insert(at, "")
        try:
            for at, convert in typed:
                out[at] = convert(out[at])
            for at, convert in composites:
                out[at] = text = convert(out[at])
                inner += text.count(component) + text.count(repetition)
            text = mark.join(out)
        except (Fault, TypeError):
            return write_any_values(segment)
        if (
            (drops_end and not out[-1])
            or text.count(mark) != marks
            or end in text
            or (text.count(component) + text.count(repetition) != inner if inner else component in text)
            or (not inner and repetition in text)
        ):
            return write_any_values(segment)
        return text

    return write


def _shape(keys: tuple[str, ...], parts: Sequence[Element | Composite], dialect: Dialect) -> _Shape:
    places = [_POSITION[key] for key in keys]
    known = [(at, parts[at - 1]) for at in places if at <= len(parts)]
    return _Shape(
        tuple(at for at in range(1, places[-1]) if at not in places),
        tuple(
            (at, _simple_writer(part, dialect))
            for at, part in known
            if isinstance(part, Element) and dialect.is_typed and values.reader(part.type)
        ),
        tuple((at, _composite_writer(part, dialect)) for at, part in known if isinstance(part, Composite)),
        places[-1],
    )


def _careful_writer(name: str, parts: Sequence[Element | Composite], dialect: Dialect) -> Write:  # noqa: C901
    """Compile the writing of a segment whatever its values are."""
    checks = [
        (KEYS[at], _simple_writer(part, dialect))
        for at, part in enumerate(parts)
        if isinstance(part, Element) and dialect.is_typed and values.reader(part.type)
    ]
    converts: dict[str, _Convert] = {KEYS[at]: _part_writer(part, dialect) for at, part in enumerate(parts)}
    other = _part_writer(None, dialect)
    mark, end, component = dialect.element, dialect.segment, dialect.component
    repetition = dialect.repetition or dialect.segment
    drops_end = dialect.is_typed

    def write(segment: Record) -> str:  # noqa: C901
        out = [name]
        inner = 0
        for key, value in segment.items():
            at = _POSITION.get(key, 0)
            if not at:
                raise Fault("extra_field", "A key of a segment is not a position (01 to 99).", segment=name)
            if at > len(out):
                out.extend([""] * (at - len(out)))
            if isinstance(value, str):
                text = value
            else:
                text = _converted(converts.get(key, other), value, name, key)
                if isinstance(value, dict | list):
                    inner += text.count(component) + text.count(repetition)
            if at == len(out):
                out.append(text)
            else:
                out[at] = text
        for key, check in checks:
            if isinstance(found := segment.get(key), str) and found:
                _converted(check, found, name, key)
        if drops_end:
            while not out[-1]:
                out.pop()
        text = mark.join(out)
        marks = text.count(component) + text.count(repetition)
        if marks != inner or text.count(mark) != len(out) - 1 or end in text:
            return _cleaned(out, segment, name, dialect)
        return text

    return write


def _converted(convert: _Convert, value: Value, name: str, key: str) -> str:
    try:
        return convert(value) if value is not None else ""
    except Fault as fault:
        raise _at(fault, name, key) from None


def _at(fault: Fault, name: str, key: str) -> Fault:
    place = f"{key}-{fault.element}" if fault.element else key
    return Fault(fault.code, fault.message, segment=name, element=place, hint=fault.hint)


def _cleaned(out: list[str], segment: dict[str, Value], name: str, dialect: Dialect) -> str:
    """Settle what to do with separators inside texts."""
    for at in range(1, len(out)):
        value = segment.get(KEYS[at - 1])
        hard = dialect.element + dialect.segment
        marks = hard + dialect.component + dialect.repetition if isinstance(value, str) else hard
        for mark in marks:
            if mark not in out[at]:
                continue
            if dialect.in_text == "refuse" or (dialect.in_text == "keep" and mark in hard):
                raise Fault(
                    "separator",
                    "The text holds a character that is a separator in this interchange.",
                    segment=name,
                    element=KEYS[at - 1],
                    hint="Choose other separators, or let them be replaced by blanks (option in_text).",
                )
            if dialect.in_text == "replace":
                out[at] = out[at].replace(mark, " ")
    return dialect.element.join(out)


def _part_writer(part: Element | Composite | None, dialect: Dialect) -> _Convert:
    if isinstance(part, Element) and not dialect.repetition:
        return _simple_writer(part, dialect)
    one = _simple_writer(part, dialect) if isinstance(part, Element) else _composite_writer(part, dialect)

    def write(value: Value) -> str:
        if isinstance(value, list):
            if not dialect.repetition:
                raise Fault(
                    "repetition",
                    "An element repeats, and this interchange has no repetition separator.",
                    hint="Interchanges of version 00402 and later have one (ISA11).",
                )
            return dialect.repetition.join(map(write_one, value))
        return write_one(value)

    def write_one(value: Value) -> str:
        if value is None:
            return ""
        text = one(value)
        if dialect.repetition and dialect.repetition in text and dialect.in_text != "keep":
            raise Fault("separator", "The text holds the repetition separator of this interchange.")
        return text

    return write


def _simple_writer(part: Element, dialect: Dialect) -> _Convert:
    if not dialect.is_typed:
        return values.plain
    write = values.writer(part.type, 6 if part.max == 6 else 8)
    if not dialect.keeps_invalid:
        return write
    return lambda value: value if isinstance(value, str) else write(value)


def _composite_writer(part: Composite | None, dialect: Dialect) -> _Convert:  # noqa: C901  hot, as above
    mark = dialect.component
    converts: list[_Convert] = [_simple_writer(inner, dialect) for inner in part.components] if part else []
    repetition = dialect.repetition or mark
    # The first components are texts, as in most composites: objects of no more than those need no thought.
    texts = (
        next(
            (at for at, one in enumerate(part.components) if dialect.is_typed and values.reader(one.type)),
            len(part.components),
        )
        if part
        else 0
    )

    def write(value: Value) -> str:
        if value.__class__ is dict and len(value) <= texts and tuple(value) == PLACES[: len(value)]:
            try:
                text = mark.join(value.values())  # type: ignore[arg-type]  # what is no text is caught
            except TypeError:
                text = ""
            if (
                text
                and text[-1] != mark
                and text.count(mark) == len(value) - 1
                and (repetition == mark or repetition not in text)
            ):
                return text
        if not isinstance(value, dict):
            if part is None:
                return values.plain(value)
            raise Fault("wrong_shape", "A composite element must be an object.", hint='{"1": …, "2": …}')
        out: list[str] = []
        for key, item in value.items():
            at = _COMPONENT.get(key, 0) - 1
            if at < 0:
                raise Fault("extra_field", "A key of a composite is not a number from 1 to 99.")
            convert = converts[at] if at < len(converts) else values.plain
            text = convert(item) if item is not None and item != "" else ""
            if mark in text or (dialect.repetition and dialect.repetition in text):
                raise Fault("separator", "A component holds a separator of this interchange.", element=key)
            out.extend([""] * (at + 1 - len(out)))
            out[at] = text
        while dialect.is_typed and out and not out[-1]:
            out.pop()
        return mark.join(out)

    return write


def write_any(name: str, elements: list[Any], dialect: Dialect) -> str:
    """Write a segment that was kept as unexpected: elements as texts, repeated ones as lists of texts."""
    if not name or not all(letter.isalnum() for letter in name):
        raise Fault("unexpected", "The id of an unexpected segment is not made of letters and digits.")
    out = [name]
    for at, element in enumerate(elements):
        repeated = element if isinstance(element, list) else [element]
        if not all(isinstance(item, str) for item in repeated):
            raise Fault("unexpected", "The elements of an unexpected segment must be texts.", segment=name)
        text = dialect.repetition.join(repeated)
        if dialect.element in text or dialect.segment in text:
            raise Fault(
                "separator",
                "The text holds a separator of this interchange.",
                segment=name,
                element=f"{at + 1:02}",
            )
        out.append(text)
    return dialect.element.join(out)


def _binary_writer(name: str, dialect: Dialect) -> Write:
    before = 1 if name == "BIN" else 2

    def write(segment: Record) -> str:
        data = segment.get(KEYS[before], b"") if segment.__class__ is dict else None
        if not isinstance(data, bytes):
            raise Fault("type", "Binary data must be bytes.", segment=name, element=KEYS[before])
        head = [name, *(values.plain(segment.get(key)) for key in KEYS[: before - 1]), str(len(data))]
        return dialect.element.join((*head, data.decode(dialect.encoding, "surrogateescape")))

    return write

"""A segment's part of the record to its text, with release characters, repetitions and errors.

``written.py`` writes what needs none of it, and comes here with the rest.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from integrations.formats.codec import Record, Value
from integrations.formats.edifact import tables, values
from integrations.formats.edifact.elements import POSITIONS, Dialect, located, slots_of
from integrations.formats.edifact.framing import split_at
from integrations.formats.edifact.tables import Composite, Element
from integrations.formats.segments.assemble import Fault
from integrations.formats.segments.flatten import Write

_Convert: TypeAlias = Callable[[Any], str]
_Places: TypeAlias = dict[str, tuple[tuple[int, ...], _Convert]]

_OTHERS = {key: at for at, key in enumerate(POSITIONS)}


def careful_writer(name: str, dialect: Dialect) -> Write:
    """Compile the writing of a segment. The writer raises Fault with the element."""
    facts = tables.segment(name, dialect.directory, dialect.marks.version)
    places = _places(facts.elements if facts else (), lambda part: _element_writer(part, dialect))
    other = _element_writer(None, dialect)

    def write(segment: Record) -> str:
        if not isinstance(segment, dict):
            raise Fault("wrong_shape", f"What stands under {name} is not an object.", segment=name)
        try:
            out = _laid_out(segment, places, other, drops_end=dialect.is_typed)
        except Fault as fault:
            raise Fault(
                fault.code, fault.message, segment=name, element=fault.element, hint=fault.hint
            ) from None
        return dialect.marks.element.join((name, *out))

    return write


def _places(
    parts: tuple[Element, ...] | tuple[Element | Composite, ...],
    writer_of: Callable[[Element | Composite | None], _Convert],
) -> _Places:
    """Give for each key where its value, or the items of its list, are written and how."""
    found: _Places = {}
    for at, slot in enumerate(slots_of(parts)):
        if slot.at > 0:
            positions, write = found[slot.key]
            found[slot.key] = ((*positions, at), write)
        else:
            found[slot.key] = ((at,), writer_of(slot.part))
    return found


def _laid_out(holder: Record, places: _Places, other: _Convert, *, drops_end: bool) -> list[str]:
    """Write values in the order of their places."""
    out: list[str] = []
    key = ""
    try:
        for key, value in holder.items():
            positions, write = places.get(key) or _position(key, other)
            items: list[Value] = [value]
            if len(positions) > 1:
                if not isinstance(value, list) or len(value) > len(positions):
                    raise Fault("wrong_shape", f"A list of up to {len(positions)} is needed here.")
                items = value
            for at, item in zip(positions, items, strict=False):
                out.extend([""] * (at + 1 - len(out)))
                out[at] = write(item)
    except Fault as fault:
        raise located(fault, "", key) from None
    while drops_end and out and not out[-1]:
        out.pop()
    return out


def _position(key: str, other: _Convert) -> tuple[tuple[int, ...], _Convert]:
    if key not in _OTHERS:
        raise Fault(
            "extra_field", "A key is neither a code of this segment or composite nor a position (01 to 99)."
        )
    return (_OTHERS[key],), other


def _element_writer(part: Element | Composite | None, dialect: Dialect) -> _Convert:
    """Compile the writing of an element, with components or without, and of its repetitions."""
    leaf = leaf_writer(part, dialect)
    marks = dialect.marks
    inner = part.components if isinstance(part, Composite) else ()
    places = _places(inner, lambda component: leaf_writer(component, dialect))
    other = leaf_writer(None, dialect)

    def one(value: Value) -> str:
        if isinstance(value, dict):
            return marks.component.join(_laid_out(value, places, other, drops_end=dialect.is_typed))
        if value is None or value == "":
            return ""
        if isinstance(part, Composite):
            raise Fault(
                "wrong_shape", "A composite element must be an object.", hint='{"2005": …, "2380": …}'
            )
        return leaf(value)

    def write(value: Value) -> str:
        if not isinstance(value, list):
            return one(value)
        if len(value) > 1 and not marks.repetition:
            raise Fault(
                "repetition",
                "An element repeats, and this interchange has no repetition separator.",
                hint="Interchanges of syntax version 4 have one.",
            )
        return marks.repetition.join(map(one, value))

    return write


def leaf_writer(part: Element | Composite | None, dialect: Dialect) -> _Convert:
    """Compile the writing of one value that has no parts, with release characters where they are needed."""
    marks = dialect.marks
    separators = marks.component + marks.element + marks.repetition + marks.segment
    plain = number_writer(part, dialect) or values.plain
    if not dialect.is_typed:
        return lambda value: _as_written(plain(value), separators, marks.release)
    escape = values.escaper(separators, marks.release)
    return lambda value: escape(plain(value))


def number_writer(part: Element | Composite | None, dialect: Dialect) -> _Convert | None:
    """Compile the writing of a number; None where the element is text."""
    if not isinstance(part, Element) or not part.is_number or not dialect.is_typed:
        return None
    decimal, keeps = dialect.marks.decimal, dialect.keeps_invalid

    def write(value: Value) -> str:
        if value is None or value == "" or (keeps and isinstance(value, str)):
            return values.plain(value)
        return values.write_number(value, decimal)

    return write


def _as_written(text: str, separators: str, release: str) -> str:
    """Check a text that keeps its release characters. Raises Fault ``separator``."""
    open_ended = bool(release) and (len(text) - len(text.rstrip(release))) % 2 == 1
    if open_ended or any(len(split_at(text, mark, release)) > 1 for mark in separators):
        raise Fault(
            "separator",
            "The text holds a separator without a release character before it.",
            hint="With values as text, release characters belong to the text.",
        )
    return text


def write_any(name: str, elements: list[Any], dialect: Dialect) -> str:
    """Write a segment that was kept as unexpected: an element is a text, or a list of its components."""
    if not name or not (name.isascii() and name.isalnum()):
        raise Fault("unexpected", "The id of an unexpected segment is not made of letters and digits.")
    marks = dialect.marks
    leaf = leaf_writer(None, dialect)

    def joined(parts: Value) -> str:
        texts = parts if isinstance(parts, list) else [parts]
        if not all(isinstance(text, str) for text in texts):
            raise Fault("unexpected", "The elements of an unexpected segment must be texts.")
        return marks.component.join(map(leaf, texts))

    out = [name]
    for at, element in enumerate(elements, 1):
        try:
            if isinstance(element, list) and any(isinstance(item, list) for item in element):
                if not marks.repetition:
                    raise Fault("repetition", "This interchange has no repetition separator.")
                out.append(marks.repetition.join(map(joined, element)))
            else:
                out.append(joined(element))
        except Fault as fault:
            raise located(fault, name, f"{at:02}") from None
    return marks.element.join(out)

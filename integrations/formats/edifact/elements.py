"""Elements of one segment ↔ its part of the record, compiled for the segment's id.

Keys are the codes of elements and composites (``{"3035": "BY", "C082": {"3039": …}}``). A code that stands
more than once in a segment or composite is a list over its places, with ``""`` or ``{}`` for one that is
empty before one that is not. What stands past the places of the tables, and all of an unknown segment, has
two-digit positions for keys, and is an object where component separators stand. An empty element is missing;
with values as text the last one of a segment that ends in separators is kept as ``""``, so that the way back
is byte for byte. Where the interchange has a repetition separator, what repeats is a list.
"""

from collections.abc import Callable
from dataclasses import dataclass
from operator import methodcaller
from typing import Any

from integrations.formats.codec import Record, Value
from integrations.formats.edifact import tables, values
from integrations.formats.edifact.framing import Marks, split_at
from integrations.formats.edifact.tables import Composite, Element
from integrations.formats.segments.assemble import Fault
from integrations.formats.segments.plan import Read

POSITIONS = tuple(f"{number:02}" for number in range(1, 100))


@dataclass(frozen=True, slots=True)
class Dialect:
    """All that the reading or writing of a segment depends on."""

    directory: str
    marks: Marks
    is_typed: bool
    keeps_invalid: bool


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a segment or composite. at: its number among those of the same code; -1 for the only one."""

    key: str
    part: Element | Composite | None
    at: int = -1

    @property
    def is_list(self) -> bool:
        """Whether what stands here is a list whatever stands in it."""
        return self.part is not None and self.at < 0 and self.part.repeats > 1


def slots_of(parts: tuple[Element, ...] | tuple[Element | Composite, ...]) -> tuple[Slot, ...]:
    """Give the places of a segment or composite."""
    ids = [part.id for part in parts]
    return tuple(
        Slot(part.id, part, ids[:at].count(part.id) if ids.count(part.id) > 1 else -1)
        for at, part in enumerate(parts)
    )


class Marked(list[str]):
    """Elements of a segment that has release characters or repetitions, which are still in them."""


def cutter(marks: Marks, data: bytes | None = None) -> Callable[[str], list[Any]]:
    """Give the function that cuts a segment into its id and elements.

    data: what the segments come from, where that is known: most of it needs no look for release characters.
    """
    mark, release = marks.element, marks.release
    special = [sign for sign in (release, marks.repetition) if sign]
    if data is not None:
        special = [sign for sign in special if sign.encode() in data]
    if not special:
        return methodcaller("split", mark)
    first, last = special[0], special[-1]

    def cut(text: str) -> list[Any]:
        if first in text or last in text:
            return Marked(split_at(text, mark, release))
        return text.split(mark)

    return cut


def compile_read(name: str, dialect: Dialect) -> Read:
    """Compile the reading of a segment. The reader raises Fault with the element."""
    facts = tables.segment(name, dialect.directory, dialect.marks.version)
    slots = slots_of(facts.elements) if facts else ()
    slow = _gather(name, slots, dialect, is_segment=True)
    known = len(slots)
    pairs = [(slot.key, _fast_reader(slot, dialect)) for slot in slots]
    if any(slot.at >= 0 for slot in slots):
        return _listed_segment(name, slots, pairs, dialect, slow)
    component = dialect.marks.component
    keeps_end = not dialect.is_typed

    def read_segment(parts: list[Any]) -> Record:
        if parts.__class__ is not list or len(parts) > known:
            return slow(parts)
        record: Record = {}
        key = ""
        try:
            # Without strict, which would cost a tenth of reading.
            for text, (key, read) in zip(parts, pairs):  # noqa: B905
                if text:
                    if read is not None:
                        record[key] = read(text)
                    elif component in text:
                        return slow(parts)
                    else:
                        record[key] = text
        except Fault as fault:
            raise located(fault, name, key) from None
        if keeps_end and parts and not parts[-1]:
            record[pairs[len(parts) - 1][0]] = ""
        return record

    return read_segment


def _listed_segment(
    name: str,
    slots: tuple[Slot, ...],
    pairs: list[tuple[str, Callable[[str], Value] | None]],
    dialect: Dialect,
    slow: Read,
) -> Read:
    """Compile the reading of a segment in which codes stand more than once."""
    component = dialect.marks.component
    entries = [(slot, *pair) for slot, pair in zip(slots, pairs, strict=True)]
    known = len(slots)

    def read_segment(parts: list[Any]) -> Record:
        if parts.__class__ is not list or len(parts) > known or not all(parts):
            return slow(parts)
        record: Record = {}
        key = ""
        try:
            for text, (slot, key, read) in zip(parts, entries):  # noqa: B905  as above
                if read is not None:
                    value = read(text)
                elif component in text:
                    return slow(parts)
                else:
                    value = text
                if slot.at < 0:
                    record[key] = value
                elif slot.at:
                    record[key].append(value)  # type: ignore[union-attr]
                else:
                    record[key] = [value]
        except Fault as fault:
            raise located(fault, name, key) from None
        return record

    return read_segment


def located(fault: Fault, name: str, key: str) -> Fault:
    """Give a fault its element: ``C186/6060``."""
    place = f"{key}/{fault.element}" if fault.element else key
    return Fault(fault.code, fault.message, segment=name, element=place, hint=fault.hint)


def _fast_reader(slot: Slot, dialect: Dialect) -> Callable[[str], Value] | None:
    """Give the reader of an element without release characters and repetitions; None: it is text."""
    part = slot.part
    if not isinstance(part, Composite):
        read: Callable[[str], Value] | None = _number_reader(part, dialect)
    elif _has_lists(part):
        read = _listed_composite(part, dialect)
    else:
        read = _fast_composite(part, dialect)
    if read is None or not slot.is_list:
        return (lambda text: [text]) if slot.is_list else read
    one = read
    return lambda text: [one(text)]


def _has_lists(part: Composite) -> bool:
    return any(slot.at >= 0 for slot in slots_of(part.components))


def _number_reader(part: Element | None, dialect: Dialect) -> values.ToValue | None:
    if part is None or not dialect.is_typed or not part.is_number:
        return None
    return values.number_or_text if dialect.keeps_invalid else values.number


def _fast_composite(part: Composite, dialect: Dialect) -> Callable[[str], Value]:
    mark, keeps_end = dialect.marks.component, not dialect.is_typed
    keys = tuple(component.id for component in part.components)
    known = len(keys)
    numbers = [
        (component.id, read)
        for component in part.components
        if (read := _number_reader(component, dialect)) is not None
    ]
    slow = _composite_reader(part, dialect)

    def read_composite(text: str) -> Value:
        parts = text.split(mark)
        if len(parts) > known:
            return slow(text)
        record: dict[str, Value]
        if "" in parts:
            record = {key: item for key, item in zip(keys, parts) if item}  # noqa: B905  as above
            if keeps_end and not parts[-1]:
                record[keys[len(parts) - 1]] = ""
        else:
            record = dict(zip(keys, parts))  # noqa: B905
        for key, read in numbers:
            if key in record:
                try:
                    record[key] = read(record[key])  # type: ignore[arg-type]
                except Fault as fault:
                    raise located(fault, "", key) from None
        return record

    return read_composite


def _listed_composite(part: Composite, dialect: Dialect) -> Callable[[str], Value]:
    """Compile the reading of a composite in which codes stand more than once; they are texts."""
    mark = dialect.marks.component
    places = [(slot.key, slot.at) for slot in slots_of(part.components)]
    slow = _composite_reader(part, dialect)
    if any(_number_reader(component, dialect) for component in part.components):
        return slow
    known = len(places)

    def read_composite(text: str) -> Value:
        parts = text.split(mark)
        if len(parts) > known or not parts[-1]:
            return slow(text)
        record: dict[str, Value] = {}
        for item, (key, at) in zip(parts, places):  # noqa: B905  as above
            if not item:
                continue
            if at < 0:
                record[key] = item
            elif key in record:
                held = record[key]
                held.extend([""] * (at - len(held)))  # type: ignore[union-attr, arg-type]
                held.append(item)  # type: ignore[union-attr]
            else:
                record[key] = [*[""] * at, item]
        return record

    return read_composite


def _gather(
    name: str, slots: tuple[Slot, ...], dialect: Dialect, *, is_segment: bool
) -> Callable[[list[str]], Record]:
    """Compile the reading of texts into a record by the places they stand in."""
    other = _reader(None, dialect, repeats=True) if is_segment else _leaf(None, dialect)
    entries = [
        (
            slot.key,
            slot.at,
            slot.is_list,
            isinstance(slot.part, Composite),
            _reader(slot.part, dialect, repeats=is_segment),
        )
        for slot in slots
    ]
    entries += [(key, -1, False, False, other) for key in POSITIONS[len(slots) :]]
    keeps_end = not dialect.is_typed

    def gather(texts: list[str]) -> Record:
        if len(texts) > len(entries):
            raise Fault("too_many_elements", "There are more than 99 elements or components.", segment=name)
        record: Record = {}
        key = ""
        try:
            for text, (key, at, is_list, is_object, read) in zip(texts, entries):  # noqa: B905  as above
                if text:
                    value = read(text)
                    if at >= 0:
                        _put(record, key, at, value, is_object=is_object)
                    else:
                        record[key] = [value] if is_list and value.__class__ is not list else value
        except Fault as fault:
            raise located(fault, name, key) from None
        if keeps_end and texts and not texts[-1]:
            key, at, is_list, is_object, _ = entries[len(texts) - 1]
            if at >= 0:
                _put(record, key, at, "", is_object=is_object)
            else:
                record[key] = [""] if is_list else ""
        return record

    return gather


def _put(record: Record, key: str, at: int, value: Value, *, is_object: bool) -> None:
    """Put a value at its number in the list of its code; places before it that are empty stay so."""
    held: list[Value] = record.setdefault(key, [])  # type: ignore[assignment]
    held.extend({} if is_object else "" for _ in range(at - len(held)))
    held.append(value)


def _reader(part: Element | Composite | None, dialect: Dialect, *, repeats: bool) -> Callable[[str], Value]:
    """Compile the reading of an element; where `repeats`, of its repetitions as well."""
    if not repeats:
        return _leaf(part, dialect) if not isinstance(part, Composite) else str
    composite = _composite_reader(part if isinstance(part, Composite) else None, dialect)
    leaf = _leaf(part, dialect) if not isinstance(part, Composite) else None
    marks = dialect.marks
    plain = _fast_composite(part, dialect) if isinstance(part, Composite) and not _has_lists(part) else None

    def one(text: str) -> Value:
        if plain is not None and (not marks.release or marks.release not in text):
            return plain(text)
        if leaf is not None and (
            marks.component not in text or len(split_at(text, marks.component, marks.release)) == 1
        ):
            return leaf(text)
        found = composite(text)
        # A lone component of what has no components in the tables is written without a mark.
        is_lone = dialect.is_typed and leaf is not None and [*found] == ["01"]
        return found["01"] if is_lone else found

    def read(text: str) -> Value:
        if not marks.repetition or marks.repetition not in text:
            return one(text)
        items = split_at(text, marks.repetition, marks.release)
        return one(text) if len(items) == 1 else [one(item) if item else "" for item in items]

    return read


def _composite_reader(part: Composite | None, dialect: Dialect) -> Callable[[str], Record]:
    """Compile the reading of an element with components."""
    mark, release = dialect.marks.component, dialect.marks.release
    slots = slots_of(part.components) if part else ()
    gather = _gather("", slots, dialect, is_segment=False)
    return lambda text: gather(split_at(text, mark, release))


def _leaf(part: Element | Composite | None, dialect: Dialect) -> Callable[[str], Value]:
    """Compile the reading of a text that has no separators any more, but may have release characters."""
    if not dialect.is_typed:
        return str
    release = values.releaser(dialect.marks.release)
    number = _number_reader(part if isinstance(part, Element) else None, dialect)
    return release if number is None else lambda text: number(str(release(text)))

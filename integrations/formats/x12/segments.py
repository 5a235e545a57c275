"""Elements of one segment ↔ its part of the record, compiled for the segment's id.

Keys are two-digit positions, of components one digit up. An empty element is missing; with values as text the
last one of a segment that ends in separators is kept as ``""``, so that the way back is byte for byte.
A composite is an object, a repeated element a list; of segments that the tables do not know, what has
component separators is a composite.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import methodcaller
from typing import Any

from integrations.formats.codec import Record, Value
from integrations.formats.segments.assemble import Fault
from integrations.formats.segments.plan import Read
from integrations.formats.x12 import tables, values
from integrations.formats.x12.tables import Composite, Element

KEYS = tuple(f"{number:02}" for number in range(1, 100))
PLACES = tuple(str(number) for number in range(1, 100))
BINARY = frozenset({"BDS", "BIN"})

_POSITION = {key: number for number, key in enumerate(KEYS, 1)}
_COMPONENT = {key: number for number, key in enumerate(PLACES, 1)}


@dataclass(frozen=True, slots=True)
class Dialect:
    """All that the reading or writing of a segment depends on.

    repetition: empty where the interchange has none. in_text: as the option.
    """

    release: str
    element: str
    component: str
    repetition: str
    segment: str
    is_typed: bool
    keeps_invalid: bool
    encoding: str = "utf-8"
    in_text: str = "refuse"


@lru_cache(maxsize=64)
def cutter(dialect: Dialect, *, repeats: bool) -> Callable[[str], list[Any]]:
    """Give the function that cuts a segment into its id and elements; repeated elements into lists."""
    mark, repetition = dialect.element, dialect.repetition
    if not repeats or not repetition:
        return methodcaller("split", mark)

    def cut(text: str) -> list[Any]:
        if repetition not in text:
            return text.split(mark)
        name, *parts = text.split(mark)
        if name in BINARY:
            return [name, *parts]
        return [name, *(part.split(repetition) if repetition in part else part for part in parts)]

    return cut


def compile_read(name: str, dialect: Dialect) -> Read:  # noqa: C901  closures, for speed
    """Compile the reading of a segment. The reader raises Fault with the element."""
    if name in BINARY:
        return _binary_reader(name, dialect)
    facts = tables.segment(name, dialect.release)
    if facts is None:
        return _unknown_reader(name, dialect)
    known = len(facts.elements)
    columns = [
        _part_reader(part, dialect, always=_always_repeats(name, at, dialect))
        for at, part in enumerate(facts.elements, 1)
    ]
    has_values = any(columns)
    keeps_end = not dialect.is_typed
    read_longer = _longer_reader(name, columns, dialect)

    def read_segment(parts: list[Any]) -> Record:
        if len(parts) > known or (keeps_end and parts and not parts[-1]):
            return read_longer(parts)
        record: Record = {}
        key = ""
        # Loops and not comprehensions, zip without strict: each would cost a tenth of reading.
        if has_values:
            try:
                for key, part, read in zip(KEYS, parts, columns):  # noqa: B905
                    if part:
                        record[key] = part if read is None else read(part)
            except Fault as fault:
                raise _at(fault, name, key) from None
            except (TypeError, AttributeError):
                # A repeated element is a list. To look for it before would cost a tenth of reading.
                return read_longer(parts)
        else:
            for key, part in zip(KEYS, parts):  # noqa: B905
                if part:
                    record[key] = part
        return record

    return read_segment


def _longer_reader(name: str, columns: Sequence[Callable[[Any], Value] | None], dialect: Dialect) -> Read:
    """Compile the reading of a segment with unknown elements, repeated ones or an empty one kept last."""
    known = len(columns)
    special = [(at, KEYS[at], read) for at, read in enumerate(columns) if read is not None]
    rest = _unknown_reader(name, dialect)
    keeps_end = not dialect.is_typed

    def read_longer(parts: list[Any]) -> Record:
        if len(parts) > known:
            record = rest(parts)
        else:
            record = {key: part for key, part in zip(KEYS, parts, strict=False) if part}
            if keeps_end and parts and not parts[-1]:
                record[KEYS[len(parts) - 1]] = ""
        for at, key, read in special:
            if at < len(parts) and key in record:
                try:
                    record[key] = read(record[key])
                except Fault as fault:
                    raise _at(fault, name, key) from None
                except (TypeError, AttributeError):
                    record[key] = _each(read, record[key], name, key)
        return record

    return read_longer


def _each(read: Callable[[Any], Value], found: object, name: str, key: str) -> Value:
    try:
        return _repeated(read, found)
    except Fault as fault:
        raise _at(fault, name, key) from None


def _always_repeats(name: str, position: int, dialect: Dialect) -> bool:
    return (name, position) in tables.REPEATING and dialect.release >= "005010"


def _at(fault: Fault, name: str, key: str) -> Fault:
    place = f"{key}-{fault.element}" if fault.element else key
    return Fault(fault.code, fault.message, segment=name, element=place, hint=fault.hint)


def _part_reader(
    part: Element | Composite, dialect: Dialect, *, always: bool
) -> Callable[[Any], Value] | None:
    one = _composite_reader(part, dialect) if isinstance(part, Composite) else _simple_reader(part, dialect)
    if not always:
        return one
    read_one = one or str
    return lambda found: _repeated(read_one, found if isinstance(found, list) else [found])


def _repeated(read: Callable[[str], Value], found: object) -> Value:
    if not isinstance(found, list):
        raise TypeError(type(found))
    return [read(item) if item else "" for item in found]


def _simple_reader(part: Element, dialect: Dialect) -> values.ToValue | None:
    read = values.reader(part.type) if dialect.is_typed else None
    return values.lenient(read) if read and dialect.keeps_invalid else read


def _composite_reader(part: Composite, dialect: Dialect) -> values.ToValue:
    mark, keeps_end = dialect.component, not dialect.is_typed
    typed = [
        (PLACES[at], read)
        for at, component in enumerate(part.components)
        if (read := _simple_reader(component, dialect)) is not None
    ]

    def read_composite(text: str) -> Value:
        parts = text.split(mark)
        if len(parts) > len(PLACES):
            raise Fault("too_many_components", "The element has more than 99 components.")
        record: dict[str, Value] = {key: item for key, item in zip(PLACES, parts, strict=False) if item}
        if keeps_end and not parts[-1]:
            record[PLACES[len(parts) - 1]] = ""
        for key, read in typed:
            found = record.get(key)
            if found:
                try:
                    record[key] = read(str(found))
                except Fault as fault:
                    raise Fault(fault.code, fault.message, element=key, hint=fault.hint) from None
        return record

    return read_composite


def _unknown_reader(name: str, dialect: Dialect) -> Read:
    """Read what the tables do not know: text, and composites where component separators stand."""
    facts = tables.segment(name, dialect.release)
    known = len(facts.elements) if facts else 0
    composite = _composite_reader(Composite("", "", ()), dialect)

    def one(text: str) -> Value:
        return composite(text) if dialect.component in text else text

    def read(parts: list[Any]) -> Record:
        if len(parts) > len(KEYS):
            raise Fault("too_many_elements", "The segment has more than 99 elements.", segment=name)
        record: Record = {}
        for at, (key, part) in enumerate(zip(KEYS, parts, strict=False)):
            if not part:
                continue
            if at < known:
                record[key] = part
            elif isinstance(part, list):
                record[key] = [one(item) if item else "" for item in part]
            else:
                record[key] = one(part)
        if not dialect.is_typed and parts and not parts[-1]:
            record[KEYS[len(parts) - 1]] = ""
        return record

    return read


def _binary_reader(name: str, dialect: Dialect) -> Read:
    before = 1 if name == "BIN" else 2

    def read(parts: list[Any]) -> Record:
        record: Record = {key: part for key, part in zip(KEYS, parts[:before], strict=False) if part}
        if dialect.is_typed and before == 1 and "01" in record:
            try:
                record["01"] = values.whole(str(record["01"]))
            except Fault as fault:
                raise _at(fault, name, "01") from None
        data = dialect.element.join(parts[before:])
        record[KEYS[before]] = data.encode(dialect.encoding, "surrogateescape")
        return record

    return read

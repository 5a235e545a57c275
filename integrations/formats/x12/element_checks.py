"""The check of a segment's elements: presence, lengths, characters, types, codes of guides, syntax notes."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from integrations.formats.segments.assemble import Fault
from integrations.formats.segments.findings import Finding
from integrations.formats.segments.tree import Segment
from integrations.formats.x12 import tables, values
from integrations.formats.x12.segments import BINARY, Dialect
from integrations.formats.x12.tables import Composite, Element

_TIME = re.compile(r"([01][0-9]|2[0-3])[0-5][0-9]([0-5][0-9][0-9]{0,2})?")
_NUMERIC = frozenset("N")


def check_elements(name: str, parts: Sequence[str], row: Segment, dialect: Dialect) -> Iterator[Finding]:
    """Yield what is wrong with the elements of a segment; codes are those of AK403 and IK403."""
    facts = tables.segment(name, dialect.release)
    if facts is None or name in BINARY:
        return
    usage = _usage(str(row.more.get("u", "")))
    if len(parts) > len(facts.elements):
        at = len(facts.elements) + 1
        yield _found("3", f"The segment has more than {at - 1} elements.", at)
    for at, part in enumerate(facts.elements, 1):
        letters = usage[at - 1] if at <= len(usage) else ("", "")
        text = parts[at - 1] if at <= len(parts) else ""
        yield from _part(at, text, part, letters, (row, dialect))
    present = {at for at, text in enumerate(parts, 1) if text}
    for note in facts.notes:
        yield from check_note(note, present)


def _part(
    at: int, text: str, part: Element | Composite, usage: tuple[str, str], context: tuple[Segment, Dialect]
) -> Iterator[Finding]:
    (letter, inner), (row, dialect) = usage, context
    number = part.id if isinstance(part, Element) and not part.id.startswith("~") else ""
    if not text:
        if letter == "R" or (not letter and part.usage == "M"):
            yield _found("1", f"The element {part.title} is missing.", at, number=number)
        return
    if letter == "N":
        yield _found("I10", f"The element {part.title} is not used here.", at, number=number, found=text)
        return
    items = text.split(dialect.repetition) if dialect.repetition else [text]
    for item in items:
        if isinstance(part, Composite):
            yield from _composite(at, item, part, inner, context)
        else:
            # ST03 names the edition of the guide; a later one of the same guide is read as well.
            allowed = None if row.id == "ST" and at == 3 else row.codes.get(f"{at:02}")
            yield from _simple(at, 0, item, part, allowed)


def _composite(
    at: int, text: str, part: Composite, inner: str, context: tuple[Segment, Dialect]
) -> Iterator[Finding]:
    row, dialect = context
    items = text.split(dialect.component)
    if len(items) > len(part.components):
        yield _found("3", f"The element {part.title} has too many components.", at)
    for number, component in enumerate(part.components, 1):
        item = items[number - 1] if number <= len(items) else ""
        letter = inner[number - 1] if number <= len(inner) else ""
        if item and letter == "N":
            yield _found("I10", f"The component {component.title} is not used here.", at, number, found=item)
        elif item:
            yield from _simple(at, number, item, component, row.codes.get(f"{at:02}-{number}"))
        elif letter == "R" or (not letter and component.usage == "M"):
            yield _found("1", f"The component {component.title} is missing.", at, number)


def _simple(
    at: int, component: int, text: str, part: Element, allowed: frozenset[str] | None
) -> Iterator[Finding]:
    number = "" if part.id.startswith("~") else part.id
    size = len(text)
    kind = part.type
    if kind == "R" or kind[0] in _NUMERIC:
        size = len(text.lstrip("+-").replace(".", ""))
    if size > part.max:
        yield _found(
            "5", f"{part.title} is longer than {part.max}.", at, component, number=number, found=text
        )
    elif size < part.min:
        yield _found(
            "4", f"{part.title} is shorter than {part.min}.", at, component, number=number, found=text
        )
    if code := _bad_type(text, kind):
        what = {"6": "characters of its type", "8": "a date", "9": "a time"}[code]
        yield _found(code, f"{part.title} is not {what}.", at, component, number=number, found=text)
    if allowed is not None and text not in allowed:
        yield _found(
            "I6", f"{part.title} is not one of the codes used here.", at, component, number=number, found=text
        )


def _bad_type(text: str, kind: str) -> str:
    if kind == "TM":
        return "" if _TIME.fullmatch(text) else "9"
    read = values.reader(kind)
    if read is None:
        return "6" if any(letter < " " for letter in text) else ""
    try:
        read(text)
    except Fault:
        return "8" if kind == "DT" else "6"
    return ""


def check_note(note: str, present: set[int]) -> Iterator[Finding]:
    """Check a syntax note such as ``P0304``.

    P: all or none; R: one at least; E: one at most; C: the first asks for all others; L: for one of them.
    """
    kind, places = note[0], [int(note[at : at + 2]) for at in range(1, len(note), 2)]
    held = [place for place in places if place in present]
    missing = [place for place in places if place not in present]
    first, rest = places[0] in present, [place for place in places[1:] if place in present]
    if kind == "E" and len(held) > 1:
        yield _found("10", "Only one of these elements may be given.", held[1])
    elif (
        (kind == "P" and held and missing)
        or (kind == "R" and not held)
        or (kind == "C" and first and missing)
        or (kind == "L" and first and not rest)
    ):
        yield _found("2", "An element is missing that others here ask for.", missing[0])


@lru_cache(maxsize=2048)
def _usage(letters: str) -> tuple[tuple[str, str], ...]:
    """Take a row's letters apart: ``RS(RN)`` is R, and S with components R and N."""
    return tuple((found[0], found[1]) for found in re.findall(r"([RSN])(?:\(([RSN]*)\))?", letters))


def _found(
    code: str, message: str, element: int, component: int = 0, *, number: str = "", found: str = ""
) -> Finding:
    return Finding("element", code, message, element=element, component=component, number=number, found=found)

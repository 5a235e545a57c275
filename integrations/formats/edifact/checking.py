"""The check of one message against its tables: segments and groups, then elements.

Source: the codes are those of CONTRL (0085). Tables whose repeats come from a neighbouring directory,
character sets that nobody keeps to and dates without a format give warnings.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from integrations.formats.edifact import tables, values
from integrations.formats.edifact.elements import Dialect, slots_of
from integrations.formats.edifact.framing import Marks, split_at
from integrations.formats.edifact.tables import Composite, Element, MessageFacts
from integrations.formats.segments.findings import Finding, Severity
from integrations.formats.segments.tree import Segment
from integrations.formats.segments.walking import Codes, Elements, Walk, untouched_plan

CODES = Codes(missing="13", too_many="35", too_many_groups="36", unknown="15", foreign="15", misplaced="15")

_NUMBER = re.compile(r"-?[0-9]*([.,][0-9]+)?")
_ALPHABETS = {
    "UNOA": re.compile(r"[A-Z0-9 .,()/=!\"%&*;<>'+:?-]*"),
    "UNOB": re.compile(r"[ -~]*"),
}


class Check:
    """A message, compiled for checking."""

    def __init__(self, facts: MessageFacts, dialect: Dialect) -> None:
        self.facts = facts
        self.dialect = dialect
        self.plan = untouched_plan(facts.tree)

    def __call__(self, segments: Sequence[str], place: Callable[[int], str]) -> list[Finding]:
        """Give the findings of a message from UNH to UNT. place: of a segment by its number from 1."""
        marks = self.dialect.marks
        walk = Walk(
            self.plan,
            CODES,
            lambda name: tables.segment(name, self.dialect.directory) is not None,
            self._segment,
            place=place,
            severity="warning" if self.facts.kind == "derived" else "error",
        )
        return walk.run(segments, lambda text: split_at(text, marks.element, marks.release))

    def _segment(self, node: Segment, parts: Elements, group: str, where: str) -> Iterator[Finding]:
        for found in check_elements(node.id, parts, self.dialect):
            element = f"{found.element:02}" + (f"/{found.component}" if found.component else "")
            yield replace(
                found,
                place=f"{where} {node.id}, element {found.number or element}",
                segment=node.id,
                position=parts.position,
                loop=group,
            )


def check_elements(name: str, parts: Sequence[str], dialect: Dialect) -> Iterator[Finding]:
    """Yield what is wrong with the elements of a segment, which are as they stand in the document."""
    facts = tables.segment(name, dialect.directory, dialect.marks.version)
    if facts is None:
        return
    known = facts.elements
    if len(parts) > len(known):
        yield _found("16", f"The segment has more than {len(known)} elements.", len(known) + 1)
    for at, slot in enumerate(slots_of(known), 1):
        text = parts[at - 1] if at <= len(parts) else ""
        if slot.part is not None:
            yield from _element(at, text, slot.part, dialect.marks)
    if parts and not parts[-1]:
        yield _found("45", "The segment ends with a separator.", len(parts), severity="warning")


def _element(at: int, text: str, part: Element | Composite, marks: Marks) -> Iterator[Finding]:
    if not text:
        if part.is_mandatory:
            yield _found("13", f"The element {part.title} is missing.", at, number=part.id)
        return
    items = split_at(text, marks.repetition, marks.release) if marks.repetition else [text]
    if len(items) > part.repeats:
        yield _found(
            "35", f"The element {part.title} repeats more than {part.repeats} times.", at, number=part.id
        )
    for item in items:
        components = split_at(item, marks.component, marks.release)
        if isinstance(part, Composite):
            yield from _composite(at, components, part, marks)
        elif len(components) > 1:
            yield _found("16", f"The element {part.title} has no components.", at, number=part.id)
        else:
            yield from _simple(at, 0, item, part, marks)


def _composite(at: int, components: list[str], part: Composite, marks: Marks) -> Iterator[Finding]:
    if len(components) > len(part.components):
        yield _found("16", f"The element {part.title} has too many components.", at, number=part.id)
    for number, component in enumerate(part.components, 1):
        text = components[number - 1] if number <= len(components) else ""
        if text:
            for found in _simple(at, number, text, component, marks):
                yield replace(found, number=f"{part.id}/{component.id}")
        elif component.is_mandatory:
            yield _found(
                "13",
                f"The component {component.title} is missing.",
                at,
                number,
                number=f"{part.id}/{component.id}",
            )
    if part.id == "C507" and len(components) == 2:
        yield _found("13", "The date has no format code.", at, 3, number="C507/2379", severity="warning")
    if len(components) > 1 and not components[-1]:
        yield _found(
            "45",
            "The element ends with a separator.",
            at,
            len(components),
            number=part.id,
            severity="warning",
        )


def _simple(at: int, component: int, written: str, part: Element, marks: Marks) -> Iterator[Finding]:
    text = str(values.releaser(marks.release)(written))
    is_number = part.format.startswith("n")
    size = len(text.lstrip("-").replace(".", "").replace(",", "")) if is_number else len(text)
    title = part.title
    found = partial(_found, element=at, component=component, number=part.id)
    if size > part.max:
        yield found("39", f"{title} is longer than {part.max}.")
    elif size < part.min:
        yield found("40", f"{title} is shorter than {part.min}.")
    if any(letter < " " or "\ud800" <= letter <= "\udfff" for letter in text):
        yield found("21", f"{title} holds characters that are no text.")
    if is_number:
        yield from _number(text, title, found, marks)
    elif part.format.startswith("a") and not part.format.startswith("an") and any(map(str.isdigit, text)):
        yield found("37", f"{title} holds digits, and it is made of letters.")
    alphabet = _ALPHABETS.get(marks.syntax)
    if alphabet and not alphabet.fullmatch(text):
        yield found("21", f"{title} holds characters outside of {marks.syntax}.", severity="warning")


def _number(text: str, title: str, found: Callable[..., Finding], marks: Marks) -> Iterator[Finding]:
    if not _NUMBER.fullmatch(text) or not any(map(str.isdigit, text)):
        yield found("37", f"{title} is not a number.")
    elif text.lstrip("-")[0] in ".,":
        yield found("38", f"{title} has no digit before its decimal mark.")
    elif marks.has_una and ("," if marks.decimal == "." else ".") in text:
        yield found("19", f"{title} has another decimal mark than UNA says.", severity="warning")


def _found(
    code: str,
    message: str,
    element: int,
    component: int = 0,
    *,
    number: str = "",
    severity: Severity = "error",
) -> Finding:
    return Finding(
        "element", code, message, element=element, component=component, number=number, severity=severity
    )

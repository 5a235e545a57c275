"""The check of one message against its tables: segments and loops, then elements.

The message is assembled with its elements untouched, so that every segment keeps its number; then the tree is
walked beside it. Tables that were derived from a later release, and lists of codes that may be incomplete,
give warnings or nothing at all.
"""

from collections.abc import Callable, Sequence
from typing import Any

from integrations.formats.segments.assemble import UNEXPECTED, Assembly
from integrations.formats.segments.findings import Finding
from integrations.formats.segments.plan import Plan
from integrations.formats.segments.tree import Group, Node, Segment
from integrations.formats.x12 import tables
from integrations.formats.x12.element_checks import check_elements
from integrations.formats.x12.segments import Dialect
from integrations.formats.x12.tables import SetFacts


class Elements(list[str]):
    """The elements of a segment that know its number in the message."""

    position = 0


class Check:
    """A set, compiled for checking."""

    def __init__(self, facts: SetFacts, dialect: Dialect) -> None:
        self.facts = facts
        self.dialect = dialect
        self.plan = Plan(facts.tree, lambda _: lambda parts: parts)  # type: ignore[arg-type, return-value]

    def __call__(self, segments: Sequence[str], place: Callable[[int], str]) -> list[Finding]:
        """Give the findings of a message from ST to SE. place: of a segment by its number from 1."""
        position = 0

        def cut(text: str) -> list[str]:
            nonlocal position
            position += 1
            parts = Elements(text.split(self.dialect.element))
            parts.position = position
            return parts

        assembly = Assembly(self.plan, cut, frozenset())
        assembly.take(segments)
        walk = _Walk(self, place)
        walk.group(self.facts.tree, assembly.record)
        return sorted(walk.findings, key=lambda found: (found.position, found.element, found.component))


class _Walk:
    def __init__(self, check: Check, place: Callable[[int], str]) -> None:
        self.check = check
        self.place = place
        self.findings: list[Finding] = []
        self.last = 0
        self.structure: Any = "warning" if check.facts.kind == "derived" else "error"

    def group(self, group: Group, holder: dict[str, Any]) -> None:
        for child in group.children:
            held = holder.get(child.key)
            items: list[Any] = [] if held is None else held if child.repeats else [held]
            self._count(child, items, group)
            for item in items:
                if isinstance(child, Group):
                    self.group(child, item)
                else:
                    self._segment(child, item, group)
        for found in holder.get(UNEXPECTED, ()):
            self._unexpected(found, group, holder)

    def _count(self, child: Node, items: list[Any], group: Group) -> None:
        name = child.id if isinstance(child, Segment) else child.first.id
        loop = group.name if isinstance(child, Segment) else child.name
        if len(items) < child.min and not (isinstance(child, Segment) and child.variants):
            self._add("3", f"The mandatory segment {name} is missing.", name, self.last + 1, loop)
        if child.max is not None and len(items) > child.max:
            code, what = (
                ("5", f"segment {name}") if isinstance(child, Segment) else ("4", f"loop {child.name}")
            )
            self._add(code, f"The {what} stands more than {child.max} times.", name, self.last + 1, loop)
        if isinstance(child, Segment):
            self._count_variants(child, items, group)

    def _count_variants(self, child: Segment, items: list[Elements], group: Group) -> None:
        taken = [_variant(child, item, self.check.dialect.component) for item in items]
        for variant in child.variants:
            count = sum(found is variant for found in taken)
            if count < variant.min:
                what = f"The required segment {child.id} ({variant.title}) is missing."
                self._add("3", what, child.id, self.last + 1, group.name)
            elif variant.max is not None and count > variant.max:
                what = f"The segment {child.id} ({variant.title}) stands more than {variant.max} times."
                self._add("5", what, child.id, self.last + 1, group.name)

    def _segment(self, node: Segment, parts: Elements, group: Group) -> None:
        self.last = max(self.last, parts.position)
        variant = _variant(node, parts, self.check.dialect.component)
        where = self.place(parts.position)
        for found in check_elements(node.id, parts, variant, self.check.dialect):
            element = f"{found.element:02}" + (f"-{found.component}" if found.component else "")
            self.findings.append(
                Finding(
                    "element",
                    found.code,
                    found.message,
                    f"{where} {node.id}, element {element}",
                    node.id,
                    parts.position,
                    group.name,
                    found.element,
                    found.component,
                    found.number,
                    found.found,
                )
            )

    def _unexpected(self, found: dict[str, Any], group: Group, holder: dict[str, Any]) -> None:
        name, position = found["id"], found["position"]
        self.last = max(self.last, position)
        if tables.segment(name, self.check.dialect.release) is None:
            self._add("1", "The standard has no segment of this id.", name, position, group.name)
        elif name not in self.check.plan.ids:
            self._add("6", f"The segment {name} does not belong to this set.", name, position, group.name)
        elif isinstance(holder.get(name), Elements):
            self._add("5", f"The segment {name} stands more than once.", name, position, group.name)
        else:
            self._add("7", f"The segment {name} is not in its place.", name, position, group.name)

    def _add(self, code: str, message: str, name: str, position: int, loop: str) -> None:
        where = f"{self.place(position)} {name[:8]}"
        self.findings.append(
            Finding("segment", code, message, where, name[:8], position, loop, severity=self.structure)
        )


def _variant(node: Segment, parts: Elements, component: str) -> Segment:
    """Find which of the rows that share a place is meant, by its qualifier; the place itself if none."""
    for variant in node.variants:
        place = next((place for place in ("01", "01-1", "03", "02") if place in variant.codes), "")
        if not place:
            return variant
        at = int(place[:2]) - 1
        text = parts[at] if at < len(parts) else ""
        if (text.split(component)[0] if "-" in place else text) in variant.codes[place]:
            return variant
    return node

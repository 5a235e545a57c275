"""A message beside its tree: what is missing, stands too often or has no place.

The message is assembled with its elements untouched, so that every segment keeps its number; then the tree is
walked beside it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from integrations.formats.segments.assemble import UNEXPECTED, Assembly
from integrations.formats.segments.findings import Finding, Severity
from integrations.formats.segments.plan import Plan
from integrations.formats.segments.tree import Group, Node, Segment


class Elements(list[str]):
    """The elements of a segment that know its number in the message."""

    position = 0


@dataclass(frozen=True, slots=True)
class Codes:
    """How a standard numbers the violations of a tree."""

    missing: str
    too_many: str
    too_many_groups: str
    unknown: str
    foreign: str
    misplaced: str


def untouched_plan(tree: Group) -> Plan:
    """Compile a tree for an assembly whose segments stay lists of texts."""
    return Plan(tree, lambda _: lambda parts: parts)  # type: ignore[arg-type, return-value]


class Walk:
    """The check of one message.

    is_known: whether the standard has a segment of an id. check: gives the findings of a segment's elements,
    with a place in front of which its own is put. place: of a segment by its number from 1, in words.
    """

    def __init__(
        self,
        plan: Plan,
        codes: Codes,
        is_known: Callable[[str], bool],
        check: Callable[[Segment, Elements, str, str], Iterable[Finding]],
        *,
        place: Callable[[int], str],
        severity: Severity = "error",
    ) -> None:
        self.plan = plan
        self.codes = codes
        self.is_known = is_known
        self.check = check
        self.place = place
        self.severity = severity
        self.findings: list[Finding] = []
        self.last = 0

    def run(self, segments: Sequence[str], cut: Callable[[str], list[str]]) -> list[Finding]:
        """Give the findings of a message, in the order of its segments."""
        position = 0

        def numbered(text: str) -> list[str]:
            nonlocal position
            position += 1
            parts = Elements(cut(text))
            parts.position = position
            return parts

        assembly = Assembly(self.plan, numbered, frozenset())
        assembly.take(segments)
        self._group(self.plan.tree, assembly.record)
        return sorted(self.findings, key=lambda found: (found.position, found.element, found.component))

    def _group(self, group: Group, holder: dict[str, Any]) -> None:
        for child in group.children:
            held = holder.get(child.key)
            items: list[Any] = [] if held is None else held if child.repeats else [held]
            self._count(child, items, group)
            for item in items:
                if isinstance(child, Group):
                    self._group(child, item)
                else:
                    self.last = max(self.last, item.position)
                    self.findings.extend(self.check(child, item, group.name, self.place(item.position)))
        for found in holder.get(UNEXPECTED, ()):
            self._unexpected(found, group, holder)

    def _count(self, child: Node, items: list[Any], group: Group) -> None:
        name = child.id if isinstance(child, Segment) else child.first.id
        loop = group.name if isinstance(child, Segment) else child.name
        if len(items) < child.min:
            self._add(
                self.codes.missing, f"The mandatory segment {name} is missing.", name, self.last + 1, loop
            )
        if child.max is not None and len(items) > child.max:
            is_segment = isinstance(child, Segment)
            code = self.codes.too_many if is_segment else self.codes.too_many_groups
            what = f"segment {name}" if is_segment else f"group {loop}"
            position = _position(child, items[child.max]) or self.last + 1
            self._add(code, f"The {what} stands more than {child.max} times.", name, position, loop)

    def _unexpected(self, found: dict[str, Any], group: Group, holder: dict[str, Any]) -> None:
        name, position, codes = found["id"], found["position"], self.codes
        self.last = max(self.last, position)
        if not self.is_known(name):
            self._add(codes.unknown, "The standard has no segment of this id.", name, position, group.name)
        elif name not in self.plan.ids:
            self._add(
                codes.foreign,
                f"The segment {name} does not belong to this message.",
                name,
                position,
                group.name,
            )
        elif isinstance(holder.get(name), Elements):
            self._add(
                codes.too_many, f"The segment {name} stands more than once.", name, position, group.name
            )
        else:
            self._add(codes.misplaced, f"The segment {name} is not in its place.", name, position, group.name)

    def _add(self, code: str, message: str, name: str, position: int, loop: str) -> None:
        where = f"{self.place(position)} {name[:8]}"
        self.findings.append(
            Finding("segment", code, message, where, name[:8], position, loop, severity=self.severity)
        )


def _position(child: Node, item: Any) -> int:  # noqa: ANN401  elements, or the segments of a group
    """Give the number of a segment, or of the first of a group; 0 where it is not known."""
    while isinstance(child, Group) and isinstance(item, dict):
        child = child.children[0]
        item = item.get(child.key)
        item = item[0] if isinstance(item, list) and not isinstance(item, Elements) else item
    return item.position if isinstance(item, Elements) else 0

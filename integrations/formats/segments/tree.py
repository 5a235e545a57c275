"""The tree of a message: which segments and groups (loops) it has, in what order and how often.

A tree is frozen data, made from rows of a format's tables (``[depth, kind, id, min, max, more]``) by
``grow``. Keys of the record that is read by it are settled here:

- a segment stands under its id, a group under its name (the format may say otherwise with ``group_key``);
- what may stand more than once is always a list, what may not never is;
- rows of one segment id that follow each other are one place in the document, told apart only by their codes
  (``variants``): the place repeats, its items stand in one list in the order of the document;
- an id that comes back later in the same group gets a number: ``REF``, ``REF_2``.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Segment:
    """A place for a segment.

    max: None for no limit. codes: position ("01", "05-2") → allowed values, as far as the tables limit them.
    more: what else the row says, for the format. variants: the rows that were joined, at least two or none.
    """

    id: str
    key: str
    min: int
    max: int | None
    title: str = ""
    codes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)
    variants: tuple["Segment", ...] = ()

    @property
    def repeats(self) -> bool:
        """Whether it is a list in the record."""
        return self.max != 1


@dataclass(frozen=True, slots=True)
class Group:
    """A group of segments and groups: a loop, a segment group, or the message itself."""

    name: str
    key: str
    min: int
    max: int | None
    children: tuple["Node", ...]
    title: str = ""

    @property
    def repeats(self) -> bool:
        """Whether it is a list in the record."""
        return self.max != 1

    @property
    def first(self) -> Segment:
        """The segment it begins with."""
        node: Node = self
        while isinstance(node, Group):
            node = node.children[0]
        return node

    def walk(self, depth: int = 0) -> Iterator[tuple[int, "Node"]]:
        """Yield all that is below, in the order of the document, with its depth from 0."""
        for child in self.children:
            yield depth, child
            if isinstance(child, Group):
                yield from child.walk(depth + 1)


Node: TypeAlias = Segment | Group

Row: TypeAlias = Sequence[Any]
"""``[depth, "s" | "g", id, min, max or None, {"n": title, "c": {position: [codes]}, …}?]``."""


def grow(
    name: str, rows: Sequence[Row], *, title: str = "", group_key: Callable[[str], str] = lambda name: name
) -> Group:
    """Make the tree of a message from its rows, which stand in the order of the document."""
    children, end = _children(rows, 0, 0, group_key)
    if end != len(rows):
        raise ValueError(f"row {end} of {name} is deeper than its place")
    return Group(name, name, 1, 1, children, title)


def _children(
    rows: Sequence[Row], at: int, depth: int, group_key: Callable[[str], str]
) -> tuple[tuple[Node, ...], int]:
    found: list[Node] = []
    while at < len(rows) and rows[at][0] == depth:
        _, kind, name, least, most, *rest = rows[at]
        more = rest[0] if rest else {}
        at += 1
        if kind == "g":
            inner, at = _children(rows, at, depth + 1, group_key)
            found.append(Group(name, group_key(name), least, most, inner, more.get("n", "")))
            continue
        codes = {place: frozenset(listed) for place, listed in more.get("c", {}).items()}
        segment = Segment(name, name, least, most, more.get("n", ""), codes, more)
        if found and isinstance(found[-1], Segment) and found[-1].id == name:
            found[-1] = _joined(found[-1], segment)
        else:
            found.append(segment)
    return _with_own_keys(found), at


def _joined(first: Segment, second: Segment) -> Segment:
    known = first.variants or (first,)
    most = None if first.max is None or second.max is None else first.max + second.max
    return replace(
        first, min=first.min + second.min, max=most, title="", codes={}, more={}, variants=(*known, second)
    )


def _with_own_keys(nodes: list[Node]) -> tuple[Node, ...]:
    used: dict[str, int] = {}
    named: list[Node] = []
    for node in nodes:
        used[node.key] = number = used.get(node.key, 0) + 1
        named.append(node if number == 1 else replace(node, key=f"{node.key}_{number}"))
    return tuple(named)

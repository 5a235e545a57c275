"""Two definitions side by side, step by step: what a page marks in one picture of both."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Final, Literal, TypeAlias

from integrations.graph.flow import Edge, Flow, Json, Node

Kind: TypeAlias = Literal["added", "removed", "changed", "moved"]
Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Nothing:
    """Stands where a value is not there at all, which None does not say."""


NOTHING: Final = Nothing()


@dataclass(frozen=True, slots=True)
class Value:
    """A value that differs. path: inside the config. before, after: NOTHING where there is none."""

    path: Path
    before: "Json | Nothing"
    after: "Json | Nothing"


@dataclass(frozen=True, slots=True)
class Step:
    """A step that differs. kind: ``moved`` where only its place on the canvas does."""

    kind: Kind
    old: Node | None
    new: Node | None

    @property
    def key(self) -> str:
        """Its key, which is the same in both."""
        return self.node.key

    @property
    def node(self) -> Node:
        """The step as it is, or as it was where it is gone."""
        found = self.new or self.old
        if found is None:
            raise AssertionError("a step stands on one side at least")
        return found


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs. edges: each that is on one side only. settings: (name, before, after).

    redrawn: whether notes or groups differ. both: one flow with everything of either side, for the picture.
    """

    steps: tuple[Step, ...]
    edges: tuple[tuple[Kind, Edge], ...]
    settings: tuple[tuple[str, object, object], ...]
    redrawn: bool
    both: Flow

    @property
    def is_same(self) -> bool:
        """Whether nothing differs that a run would meet, or that is drawn."""
        return not (self.steps or self.edges or self.settings or self.redrawn)


def compare(old: Flow, new: Flow) -> Comparison:
    """Find what differs. Steps are the same where their keys are; the order of anything means nothing."""
    before = {node.key: node for node in old.nodes}
    after = {node.key: node for node in new.nodes}
    steps = [Step("removed", node, None) for key, node in before.items() if key not in after]
    for key, node in after.items():
        if key not in before:
            steps.append(Step("added", None, node))
        elif _differ(before[key], node):
            steps.append(Step("changed", before[key], node))
        elif before[key].position != node.position:
            steps.append(Step("moved", before[key], node))
    gone = [edge for edge in old.edges if edge not in set(new.edges)]
    come = [edge for edge in new.edges if edge not in set(old.edges)]
    edges: list[tuple[Kind, Edge]] = [("removed", edge) for edge in gone]
    edges += [("added", edge) for edge in come]
    lost = tuple(node for key, node in before.items() if key not in after)
    both = replace(new, nodes=(*new.nodes, *lost), edges=(*new.edges, *gone))
    redrawn = (old.notes, old.groups) != (new.notes, new.groups)
    return Comparison(tuple(steps), tuple(edges), tuple(_settings(old, new)), redrawn, both)


def _differ(old: Node, new: Node) -> bool:
    """Tell whether two steps of one key differ in more than their place."""
    plain = (old.kind, old.title, old.off) != (new.kind, new.title, new.off)
    return plain or any(_values(dict(old.config), dict(new.config), ()))


def values(old: Mapping[str, Json], new: Mapping[str, Json]) -> list[Value]:
    """Find the values that differ between two configs, each at the innermost place where they part."""
    return list(_values(dict(old), dict(new), ()))


def _values(old: Json, new: Json, path: Path) -> Iterator[Value]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys((*old, *new)):
            if key not in new:
                yield Value((*path, key), old[key], NOTHING)
            elif key not in old:
                yield Value((*path, key), NOTHING, new[key])
            else:
                yield from _values(old[key], new[key], (*path, key))
    elif isinstance(old, list) and isinstance(new, list) and _pair(old, new):
        for number, (left, right) in enumerate(zip(old, new, strict=True)):
            yield from _values(left, right, (*path, number))
    elif not _same(old, new):
        yield Value(path, old, new)


def _same(old: Json, new: Json) -> bool:
    """Tell whether two values are one at every depth: Python takes ``[True]`` for ``[1]``, a run does not."""
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(_same(old[key], new[key]) for key in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(_same, old, new))
    return type(old) is type(new) and old == new


def _pair(old: list[Json], new: list[Json]) -> bool:
    """Tell whether two lists are objects one by one; a list of plain values is a value itself."""
    return len(old) == len(new) and all(isinstance(item, dict) for item in (*old, *new))


def _settings(old: Flow, new: Flow) -> Iterator[tuple[str, object, object]]:
    for field in fields(old.settings):
        left, right = getattr(old.settings, field.name), getattr(new.settings, field.name)
        if left != right:
            yield field.name, left, right

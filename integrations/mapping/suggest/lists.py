"""Pairing the lists of two schemas, and how natural it is to read a field where another is written."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from integrations.mapping.suggest.fields import Group, Leaf, Outline
from integrations.schema.model import Path

LIST_THRESHOLD: Final = 22
SURE: Final = 1.06
"""What a field gains whose object is always there."""


class Lists:
    """The lists of objects of both sides, paired by ``match``.

    groups: path of the target's list → the source's. scores: 0 to 100. alike: compares two sets of words.
    """

    def __init__(
        self,
        source: Outline,
        target: Outline,
        alike: Callable[[Mapping[str, int], Mapping[str, int]], float],
    ) -> None:
        self.source = source
        self.target = target
        self.alike = alike
        self.groups: dict[Path, Group] = {}
        self.scores: dict[Path, int] = {}
        self.taken: set[Path] = set()

    def match(self, fields: Iterable[tuple[int, Leaf, Leaf, float]]) -> None:
        """Pair lists of objects by their names and by the fields in them, the surest first.

        fields: number of the target field, target, source, score.
        """
        best: dict[tuple[Path, Path], dict[int, float]] = {}
        for number, leaf, source, score in fields:
            target = leaf.group
            if target is None:
                continue
            group = source.group
            while group is not None:
                found = best.setdefault((target.path, group.path), {})
                found[number] = max(found.get(number, 0.0), score)
                group = group.outer
        sizes = counts(leaf.group.path for leaf in self.target.leaves if leaf.group is not None)
        targets = {group.path: group for group in self.target.groups}
        sources = {group.path: group for group in self.source.groups}
        pairs = []
        for (to, at), found in best.items():
            inside = sum(sorted(found.values(), reverse=True)[:6]) / min(6, sizes[to])
            names = self.alike(targets[to].words, sources[at].words)
            deep = 0.85 ** (len(outward(sources[at])) - len(outward(targets[to])))
            pairs.append(((0.55 * min(1.0, inside) + 0.45 * names) * min(1.0, deep), to, at))
        depth = {path: len(outward(group)) for path, group in targets.items()}
        pairs.sort(key=lambda pair: (depth[pair[1]], -pair[0], len(pair[2]), pair[1:]))
        for score, to, at in pairs:
            if to in self.groups or at in self.taken or score * 100 < LIST_THRESHOLD:
                continue
            if self._nests(targets[to], sources[at]):
                self.groups[to] = sources[at]
                self.scores[to] = min(100, int(score * 100))
                self.taken.add(at)

    def _nests(self, target: Group, source: Group) -> bool:
        """Tell whether the lists around them do not stand against it."""
        if target.outer is None:
            return source.outer is None or source.outer.path not in self.taken
        outer = self.groups.get(target.outer.path)
        return outer is not None and source.path[: len(outer.path)] == outer.path

    def reach(self, target: Leaf, source: Leaf) -> float:
        """Say how natural it is to read the source where the target is written; 0: it cannot be."""
        return self._reach(target, source) * _plainness(source)

    def _reach(self, target: Leaf, source: Leaf) -> float:
        matched = self.groups.get(target.group.path) if target.group else None
        inner = source.group
        is_own = matched is not None and inner is not None and inner.path == matched.path
        if source.is_outside is is_own and not source.code and inner is not None:
            return 0.0
        if matched is not None:
            return _reach_in_list(matched, inner)
        if target.group is not None:
            return 0.0 if self.source.groups else 0.7
        return self._reach_from_outside(target, source) if inner is not None else 1.0

    def _reach_from_outside(self, target: Leaf, source: Leaf) -> float:
        """Weigh a field of a list for a target in none: of the item that a code chooses, or of the first."""
        if any(group.path in self.taken for group in outward(source.group)):
            return 0.6
        if target.field.repeats:
            return 1.0
        if source.qualifier is None:
            return 0.93 if source.group is not None and source.group.is_flat else 0.85
        if not source.code:
            return 0.75
        at = source.qualifier.path[:-1]
        depth = len(outward(source.group)) - sum(
            at[: len(group.path)] == group.path for group in outward(source.group)
        )
        return (1.0 if source.path[:-1] == at else 0.93) - 0.07 * depth


def _plainness(source: Leaf) -> float:
    """Prefer what stands at the top and must be there over what is deep in lists and rarely used."""
    depth = max(0, len(outward(source.group)) - 1)
    plain = 0.9**depth * 0.975 ** max(0, len(source.path) - 2) * (SURE if source.is_sure else 1.0)
    return plain if source.field.required else plain * 0.98


def _reach_in_list(matched: Group, inner: Group | None) -> float:
    """Weigh a field for a target in the list that was matched: from its item, from deeper, from around it."""
    if _is_within(inner, matched):
        return 1.0 if inner is not None and inner.path == matched.path else 0.95
    return 0.6 if inner is None or _is_within(matched, inner) else 0.0


def _is_within(inner: Group | None, outer: Group) -> bool:
    return any(group.path == outer.path for group in outward(inner))


def outward(group: Group | None) -> list[Group]:
    """Give a list and those around it, the innermost first."""
    found = []
    while group is not None:
        found.append(group)
        group = group.outer
    return found


def counts(paths: Iterable[Path]) -> dict[Path, int]:
    """Count how often each path comes."""
    found: dict[Path, int] = {}
    for path in paths:
        found[path] = found.get(path, 0) + 1
    return found

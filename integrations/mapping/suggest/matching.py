"""Comparing all fields of two schemas and choosing one source for each target, lists first.

The score of two fields is how much of what they mean they share (rare words count more), seen in the light of
their types, the look of their values, and how well the objects around them match. Only fields that share a
word are compared, so that 500 by 500 fields take a fraction of a second.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log, sqrt
from typing import Final, TypeAlias

from integrations.mapping.suggest import shapes
from integrations.mapping.suggest.fields import Group, Leaf, Outline, Role, from_outside, telling, variants
from integrations.mapping.suggest.words import vocabulary
from integrations.schema.model import Path, Schema, Type

THRESHOLD: Final = 40
LIST_THRESHOLD: Final = 22
AROUND: Final = 30
"""How much the objects around count, in percent."""
SAME: Final = 2.0
MAX_HOME: Final = 12
MAX_SHOWN: Final = 4
WHOLE_OBJECT: Final = 3
"""From this many fields on, an object of the target is taken from one object of the source."""
SURE: Final = 1.06
"""What a field gains whose object is always there."""
APART: Final = 0.8
"""What is left of a score for a field from elsewhere."""

_Home: TypeAlias = tuple[Path, str]
"""An object of the source, and the code that picks it."""

_FAR_TYPES: Final = {
    frozenset({Type.DATE, Type.INTEGER}),
    frozenset({Type.DATE, Type.DECIMAL}),
    frozenset({Type.MOMENT, Type.DECIMAL}),
    frozenset({Type.BYTES, Type.INTEGER}),
    frozenset({Type.BYTES, Type.DECIMAL}),
}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One proposed rule. score: 0 to 100. reasons: in words, the weightiest first.

    is_list: a loop from the source's list to the target's. qualifier, code: take the item whose field at
    this path has this code (the party that is the ship-to).
    """

    target: Path
    source: Path
    score: int
    reasons: tuple[str, ...] = ()
    is_list: bool = False
    qualifier: Path = ()
    code: str = ""


def suggest(source: Schema, target: Schema, samples: Sequence[Mapping[str, object]] = ()) -> list[Suggestion]:
    """Suggest a source for the fields of the target, in the target's order; lists come before their fields.

    Each source field (each with each code of its qualifier) is used once. samples: records of the source.
    """
    known = vocabulary()
    return _Matching(Outline(source, known, samples), Outline(target, known)).suggestions()


@dataclass(slots=True)
class _Vector:
    leaf: Leaf
    words: dict[str, float]
    norm: float


class _Matching:
    def __init__(self, source: Outline, target: Outline) -> None:
        known = vocabulary()
        self.source = source
        self.target = target
        self.weights = _rarity([leaf.words for leaf in (*source.leaves, *target.leaves)])
        wanted = frozenset(word for leaf in target.leaves for word in leaf.words)
        names = frozenset(tuple(known.written(key)) for leaf in target.leaves for key in leaf.path)
        codes: dict[Path, list[str]] = {}
        self.targets = [self._vector(leaf) for leaf in target.leaves]
        self.sources = [self._vector(leaf) for leaf in source.leaves]
        for leaf in source.leaves:
            if leaf.qualifier is not None and leaf.qualifier.path not in codes:
                codes[leaf.qualifier.path] = telling(leaf.qualifier, wanted, names)
            telling_codes = codes[leaf.qualifier.path] if leaf.qualifier is not None else []
            more = (*variants(leaf, telling_codes), *from_outside(leaf))
            self.sources += [self._vector(one) for one in more]
        self.by_word: dict[str, list[int]] = {}
        self.by_name: dict[str, list[int]] = {}
        for number, vector in enumerate(self.sources):
            name = _canonical_name(source.schema, vector.leaf)
            if name:
                self.by_name.setdefault(name, []).append(number)
            for word in vector.words:
                self.by_word.setdefault(word, []).append(number)
        self.groups: dict[Path, Group] = {}
        self.group_scores: dict[Path, int] = {}
        self.taken: set[Path] = set()
        self.reaches: dict[tuple[Path | None, bool, int], float] = {}

    def _vector(self, leaf: Leaf) -> _Vector:
        words = self._weighted(leaf.words)
        return _Vector(leaf, words, _norm(words))

    def _weighted(self, words: Mapping[str, int]) -> dict[str, float]:
        return {word: weight * self.weights.get(word, 1.0) / 100 for word, weight in words.items()}

    def suggestions(self) -> list[Suggestion]:
        """Match the lists, then the fields."""
        raw = self._raw()
        self._match_groups(raw)
        scored = self._in_light_of_parents(raw)
        chosen = self._choose(scored)
        found = [
            Suggestion(path, group.path, self.group_scores[path], ("their fields match",), is_list=True)
            for path, group in self.groups.items()
        ]
        found += [self._said(target, source, score) for target, source, score in chosen]
        order = {leaf.path: number for number, leaf in enumerate(self.target.leaves)}
        first = {
            path: min(
                (order[leaf.path] for leaf in self.target.leaves if leaf.path[: len(path)] == path), default=0
            )
            for path in self.groups
        }
        return sorted(
            found, key=lambda one: (first.get(one.target, order.get(one.target, 0)), not one.is_list)
        )

    # Scores

    def _raw(self) -> dict[tuple[int, int], float]:
        """Give the score of every pair of fields that share a word, from 0 to 1.2."""
        scores: dict[tuple[int, int], float] = {}
        for number, target in enumerate(self.targets):
            dots: dict[int, float] = {}
            for word, weight in target.words.items():
                for other in self.by_word.get(word, ()):
                    dots[other] = dots.get(other, 0.0) + weight * self.sources[other].words[word]
            for other, dot in dots.items():
                vector = self.sources[other]
                cosine = dot / (target.norm * vector.norm)
                if cosine > 0.12:
                    scores[number, other] = cosine * self._factor(target.leaf, vector.leaf)
            self._canonical(number, target.leaf, scores)
        return scores

    def _factor(self, target: Leaf, source: Leaf) -> float:
        """Say how types and values speak for the pair."""
        one, other = source.field.type, target.field.type
        factor = shapes.fit(source.shapes, target.shapes) / 100
        if frozenset({one, other}) in _FAR_TYPES:
            factor *= 0.5
        elif Type.BOOLEAN in {one, other} and one is not other:
            factor *= 0.7
        elif Type.TEXT in {one, other} and one is not other:
            factor *= self._from_text(target, source)
        is_many = source.field.repeats or (target.field.repeats and source.group is not None)
        if is_many is not target.field.repeats:
            factor *= 0.85
        if source.role is Role.CODE:
            factor *= 0.6
        # What only the objects around them share says little of the fields themselves.
        if target.own.isdisjoint(source.words):
            factor *= 0.6
        if source.own.isdisjoint(target.words):
            factor *= 0.75
        # The code that picks an item must speak of the object that the target is in.
        if source.code and len(target.path) > 1 and source.said.isdisjoint(target.words.keys() - target.own):
            factor *= 0.6
        return factor

    def _from_text(self, target: Leaf, source: Leaf) -> float:
        """Weigh text against another type, where no values show what it holds."""
        if target.field.type in {Type.DATE, Type.MOMENT} and not source.shapes:
            return 0.4 if source.field.choices else 0.9 if "date" in source.words else 0.75
        return 0.92 if source.field.type in {Type.INTEGER, Type.DECIMAL} else 1.0

    def _canonical(self, number: int, target: Leaf, scores: dict[tuple[int, int], float]) -> None:
        """Take fields that are the same in a canonical model for the same."""
        for other in self.by_name.get(_canonical_name(self.target.schema, target), ()):
            scores[number, other] = SAME

    def _in_light_of_parents(self, raw: dict[tuple[int, int], float]) -> list[tuple[float, int, int]]:
        """Mix in how well the objects around match, and keep what belongs together together."""
        around = self._around(raw)
        homes = self._best_homes(around)
        scored = []
        for (number, other), score in raw.items():
            target, source = self.targets[number].leaf, self.sources[other].leaf
            reach = self._reached(target, other)
            if not reach:
                continue
            home = (_home(source), source.code)
            mixed = score * (100 - AROUND) / 100 + min(1.0, around[target.path[:-1], home]) * AROUND / 100
            best = homes.get(target.path[:-1])
            if best is not None and best != home:
                mixed *= APART
            scored.append((mixed * reach, number, other))
        return scored

    def _around(self, raw: dict[tuple[int, int], float]) -> dict[tuple[Path, _Home], float]:
        """Give for each pair of objects the mean of the best scores of their fields."""
        best: dict[tuple[Path, _Home], dict[int, float]] = {}
        counts = _counts(vector.leaf.path[:-1] for vector in self.targets)
        homes = _counts(_home(leaf) for leaf in self.source.leaves)
        for (number, other), score in raw.items():
            target, source = self.targets[number].leaf, self.sources[other].leaf
            reach = self._reached(target, other)
            if reach:
                found = best.setdefault((target.path[:-1], (_home(source), source.code)), {})
                found[number] = max(found.get(number, 0.0), score * reach)
        return {
            (to, at): sum(found.values()) / min(counts[to], homes.get(at[0], MAX_HOME), MAX_HOME)
            for (to, at), found in best.items()
        }

    def _best_homes(self, around: dict[tuple[Path, _Home], float]) -> dict[Path, _Home]:
        """Choose for each object of the target the one item of a list that a code picks, where one fits best.

        All of an address comes from the same party then.
        """
        counts = _counts(vector.leaf.path[:-1] for vector in self.targets)
        found: dict[Path, tuple[float, _Home]] = {}
        for (to, at), score in sorted(around.items(), key=lambda pair: (-pair[1], pair[0])):
            if counts[to] >= WHOLE_OBJECT and to and to not in found:
                found[to] = (score, at)
        return {to: at for to, (_, at) in found.items() if at[1]}

    def _reached(self, target: Leaf, other: int) -> float:
        """Give how natural it is to read a source there, which is the same for all targets of a list."""
        key = (target.group.path if target.group else None, target.field.repeats, other)
        found = self.reaches.get(key)
        if found is None:
            source = self.sources[other].leaf
            found = self.reaches[key] = self._reach(target, source) * self._plainness(source)
        return found

    def _plainness(self, source: Leaf) -> float:
        """Prefer what stands at the top and must be there over what is deep in lists and rarely used."""
        depth = max(0, len(_outward(source.group)) - 1)
        plain = 0.9**depth * 0.975 ** max(0, len(source.path) - 2) * (SURE if source.is_sure else 1.0)
        return plain if source.field.required else plain * 0.98

    # Lists

    def _match_groups(self, raw: dict[tuple[int, int], float]) -> None:
        """Pair lists of objects by their names and by the fields in them, the surest first."""
        best: dict[tuple[Path, Path], dict[int, float]] = {}
        for (number, other), score in raw.items():
            target, source = self.targets[number].leaf.group, self.sources[other].leaf
            if target is None:
                continue
            group = source.group
            while group is not None:
                found = best.setdefault((target.path, group.path), {})
                found[number] = max(found.get(number, 0.0), score)
                group = group.outer
        sizes = _counts(leaf.group.path for leaf in self.target.leaves if leaf.group is not None)
        targets = {group.path: group for group in self.target.groups}
        sources = {group.path: group for group in self.source.groups}
        pairs = []
        for (to, at), found in best.items():
            fields = sum(sorted(found.values(), reverse=True)[:6]) / min(6, sizes[to])
            names = self._alike(targets[to].words, sources[at].words)
            deep = 0.85 ** (len(_outward(sources[at])) - len(_outward(targets[to])))
            pairs.append(((0.55 * min(1.0, fields) + 0.45 * names) * min(1.0, deep), to, at))
        depth = {path: len(_outward(group)) for path, group in targets.items()}
        pairs.sort(key=lambda pair: (depth[pair[1]], -pair[0], len(pair[2]), pair[1:]))
        for score, to, at in pairs:
            if to in self.groups or at in self.taken or score * 100 < LIST_THRESHOLD:
                continue
            if self._nests(targets[to], sources[at]):
                self.groups[to] = sources[at]
                self.group_scores[to] = min(100, int(score * 100))
                self.taken.add(at)

    def _nests(self, target: Group, source: Group) -> bool:
        """Tell whether the lists around them do not stand against it."""
        if target.outer is None:
            return source.outer is None or source.outer.path not in self.taken
        outer = self.groups.get(target.outer.path)
        return outer is not None and source.path[: len(outer.path)] == outer.path

    def _alike(self, left: Mapping[str, int], right: Mapping[str, int]) -> float:
        one, other = self._weighted(left), self._weighted(right)
        dot = sum(weight * other.get(word, 0.0) for word, weight in one.items())
        return dot / (_norm(one) * _norm(other)) if dot else 0.0

    def _reach(self, target: Leaf, source: Leaf) -> float:
        """Say how natural it is to read the source where the target is written; 0: it cannot be."""
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
        if any(group.path in self.taken for group in _outward(source.group)):
            return 0.6
        if target.field.repeats:
            return 1.0
        if source.qualifier is None:
            return 0.93 if source.group is not None and source.group.is_flat else 0.85
        if not source.code:
            return 0.75
        at = source.qualifier.path[:-1]
        depth = len(_outward(source.group)) - sum(
            at[: len(group.path)] == group.path for group in _outward(source.group)
        )
        return (1.0 if source.path[:-1] == at else 0.93) - 0.07 * depth

    # Choosing

    def _choose(self, scored: list[tuple[float, int, int]]) -> list[tuple[Leaf, Leaf, float]]:
        """Take the best pairs first; units and currencies last, from beside the value that was chosen."""
        scored.sort(key=lambda one: (-one[0], one[1], one[2]))
        used_targets: set[int] = set()
        used_sources: set[int] = set()
        chosen: list[tuple[Leaf, Leaf, float]] = []
        mains: dict[Path, Path] = {}
        for is_beside in (False, True):
            for score, number, other in scored:
                if score * 100 < THRESHOLD:
                    break
                target, source = self.targets[number].leaf, self.sources[other].leaf
                if (target.role is Role.BESIDE) is not is_beside:
                    continue
                if is_beside and mains.get(target.path[:-1]) != source.path[:-1]:
                    continue
                if number not in used_targets and other not in used_sources:
                    used_targets.add(number)
                    used_sources.add(other)
                    chosen.append((target, source, score))
                    if target.role is Role.MAIN:
                        mains[target.path[:-1]] = source.path[:-1]
        return chosen

    def _said(self, target: Leaf, source: Leaf, score: float) -> Suggestion:
        shared = sorted(
            target.words.keys() & source.words.keys(),
            key=lambda word: (
                -min(target.words[word], source.words[word]) * self.weights.get(word, 1.0),
                word,
            ),
        )
        reasons = [f"both say {', '.join(f'“{word}”' for word in shared[:MAX_SHOWN])}"] if shared else []
        if shapes.fit(source.shapes, target.shapes) > 100:
            reasons.append(f"the values look right ({', '.join(sorted(target.shapes))})")
        name = _canonical_name(self.target.schema, target)
        if name and name == _canonical_name(self.source.schema, source):
            reasons.insert(0, "the same field of the canonical model")
        qualifier = source.qualifier.path if source.qualifier and source.code else ()
        if source.code:
            reasons.append(f"where the qualifier is {source.code}")
        return Suggestion(
            target.path,
            source.path,
            min(100, int(score * 100)),
            tuple(reasons),
            qualifier=qualifier,
            code=source.code,
        )


def _home(source: Leaf) -> Path:
    """Give the object that a source field belongs to: with a qualifier, all that it qualifies."""
    if source.code and source.qualifier is not None and source.group is not None:
        return source.qualifier.path
    return source.path[:-1]


def _reach_in_list(matched: Group, inner: Group | None) -> float:
    """Weigh a field for a target in the list that was matched: from its item, from deeper, from around it."""
    if _is_within(inner, matched):
        return 1.0 if inner is not None and inner.path == matched.path else 0.95
    return 0.6 if inner is None or _is_within(matched, inner) else 0.0


def _is_within(inner: Group | None, outer: Group) -> bool:
    return any(group.path == outer.path for group in _outward(inner))


def _outward(group: Group | None) -> list[Group]:
    found = []
    while group is not None:
        found.append(group)
        group = group.outer
    return found


def _counts(paths: Iterable[Path]) -> dict[Path, int]:
    counts: dict[Path, int] = {}
    for path in paths:
        counts[path] = counts.get(path, 0) + 1
    return counts


def _norm(words: Mapping[str, float]) -> float:
    return sqrt(sum(weight * weight for weight in words.values())) or 1.0


def _rarity(all_words: list[Mapping[str, int]]) -> dict[str, float]:
    """Give how much each word tells: one that stands in few fields tells more."""
    counts: dict[str, int] = {}
    for words in all_words:
        for word in words:
            counts[word] = counts.get(word, 0) + 1
    return {word: log(1 + len(all_words) / count) for word, count in counts.items()}


def _canonical_name(schema: Schema, leaf: Leaf) -> str:
    if leaf.field.canonical:
        return leaf.field.canonical
    if not schema.origin.startswith("canonical "):
        return ""
    return f"{schema.origin.split()[1]}.{'.'.join(leaf.path)}"

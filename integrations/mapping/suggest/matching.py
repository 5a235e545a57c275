"""Comparing all fields of two schemas and choosing one source for each target, lists first.

The score of two fields is how much of what they mean they share (rare words count more), seen in the light of
their types, the look of their values, and how well the objects around them match. Only fields that share a
word are compared, so that 500 by 500 fields take a fraction of a second. The weights here and in the modules
beside were chosen on one half of the pairs in ``tests/mapping/pairs``; the other half only measures them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from integrations.mapping.suggest import shapes
from integrations.mapping.suggest.fields import Leaf, Outline, Role, from_outside, telling, variants
from integrations.mapping.suggest.likeness import factor, norm, rarity
from integrations.mapping.suggest.lists import Lists, counts
from integrations.mapping.suggest.words import vocabulary
from integrations.schema.model import Path, Schema

THRESHOLD: Final = 40
AROUND: Final = 30
"""How much the objects around count, in percent."""
SAME: Final = 2.0
MAX_HOME: Final = 12
MAX_SHOWN: Final = 4
WHOLE_OBJECT: Final = 3
"""From this many fields on, an object of the target is taken from one object of the source."""
APART: Final = 0.8
"""What is left of a score for a field from elsewhere."""

_Home: TypeAlias = tuple[Path, str]
"""An object of the source, and the code that picks it."""


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
        self.weights = rarity([leaf.words for leaf in (*source.leaves, *target.leaves)])
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
        self.lists = Lists(source, target, self._alike)
        self.reaches: dict[tuple[Path | None, bool, int], float] = {}

    def _vector(self, leaf: Leaf) -> _Vector:
        words = self._weighted(leaf.words)
        return _Vector(leaf, words, norm(words))

    def _weighted(self, words: Mapping[str, int]) -> dict[str, float]:
        return {word: weight * self.weights.get(word, 1.0) / 100 for word, weight in words.items()}

    def suggestions(self) -> list[Suggestion]:
        """Match the lists, then the fields."""
        raw = self._raw()
        self.lists.match(
            (n, self.targets[n].leaf, self.sources[o].leaf, score) for (n, o), score in raw.items()
        )
        scored = self._in_light_of_parents(raw)
        chosen = self._choose(scored)
        found = [
            Suggestion(path, group.path, self.lists.scores[path], ("their fields match",), is_list=True)
            for path, group in self.lists.groups.items()
        ]
        found += [self._said(target, source, score) for target, source, score in chosen]
        order = {leaf.path: number for number, leaf in enumerate(self.target.leaves)}
        first = {
            path: min(
                (order[leaf.path] for leaf in self.target.leaves if leaf.path[: len(path)] == path), default=0
            )
            for path in self.lists.groups
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
                    scores[number, other] = cosine * factor(target.leaf, vector.leaf)
            self._canonical(number, target.leaf, scores)
        return scores

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
        sizes = counts(vector.leaf.path[:-1] for vector in self.targets)
        homes = counts(_home(leaf) for leaf in self.source.leaves)
        for (number, other), score in raw.items():
            target, source = self.targets[number].leaf, self.sources[other].leaf
            reach = self._reached(target, other)
            if reach:
                found = best.setdefault((target.path[:-1], (_home(source), source.code)), {})
                found[number] = max(found.get(number, 0.0), score * reach)
        return {
            (to, at): sum(found.values()) / min(sizes[to], homes.get(at[0], MAX_HOME), MAX_HOME)
            for (to, at), found in best.items()
        }

    def _best_homes(self, around: dict[tuple[Path, _Home], float]) -> dict[Path, _Home]:
        """Choose for each object of the target the one item of a list that a code picks, where one fits best.

        All of an address comes from the same party then.
        """
        sizes = counts(vector.leaf.path[:-1] for vector in self.targets)
        found: dict[Path, tuple[float, _Home]] = {}
        for (to, at), score in sorted(around.items(), key=lambda pair: (-pair[1], pair[0])):
            if sizes[to] >= WHOLE_OBJECT and to and to not in found:
                found[to] = (score, at)
        return {to: at for to, (_, at) in found.items() if at[1]}

    def _reached(self, target: Leaf, other: int) -> float:
        """Give how natural it is to read a source there, which is the same for all targets of a list."""
        key = (target.group.path if target.group else None, target.field.repeats, other)
        found = self.reaches.get(key)
        if found is None:
            source = self.sources[other].leaf
            found = self.reaches[key] = self.lists.reach(target, source)
        return found

    def _alike(self, left: Mapping[str, int], right: Mapping[str, int]) -> float:
        one, other = self._weighted(left), self._weighted(right)
        dot = sum(weight * other.get(word, 0.0) for word, weight in one.items())
        return dot / (norm(one) * norm(other)) if dot else 0.0

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


def _canonical_name(schema: Schema, leaf: Leaf) -> str:
    if leaf.field.canonical:
        return leaf.field.canonical
    if not schema.origin.startswith("canonical "):
        return ""
    return f"{schema.origin.split()[1]}.{'.'.join(leaf.path)}"

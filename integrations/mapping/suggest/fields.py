"""The fields of a schema as they are compared: what each means by its name, title, path, type and values."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from integrations.mapping.suggest.shapes import Shape, expected, seen
from integrations.mapping.suggest.words import WHOLE, Vocabulary, says_nothing
from integrations.schema.model import Field, Path, Schema, Type

MAX_LEAVES: Final = 5_000
MAX_DEPTH: Final = 16
MAX_VARIANTS: Final = 24
LEAST_SHARE: Final = 60
MAX_LABELS: Final = 12
MAX_SAMPLES: Final = 50
MAX_COMPOSITE: Final = 4
"""In so small an object a code is also for what stands before it."""
MAX_WRAPPED: Final = 3
MAIN: Final = frozenset({"amount", "value", "text"})
"""The names of the main field in a small object that holds a value with its unit, currency or language."""
TITLE: Final = 50
TITLE_BESIDE_NAME: Final = 35
FAR: Final = (60, 45, 30, 20)
"""What the words of the fields above count, from the nearest on, in percent."""


class Role(Enum):
    """What a field is in its object. CODE: a qualifier. MAIN: the value in a small one, BESIDE: its unit."""

    PLAIN = "plain"
    CODE = "code"
    MAIN = "main"
    BESIDE = "beside"


@dataclass(frozen=True, slots=True)
class Group:
    """A list of objects. path: of its field. outer: the list around it. words: of its name and title.

    is_flat: its objects hold no lists of objects themselves.
    """

    path: Path
    outer: "Group | None"
    words: Mapping[str, int]
    is_flat: bool = False


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the label of a code means, and how it is written."""

    words: Mapping[str, int]
    written: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Qualifier:
    """A field whose code says what the fields beside it mean. path: of the code; codes: code → meaning."""

    path: Path
    codes: Mapping[str, Meaning]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A field that holds a value. words: all that it means, with weights in percent.

    own: those of its name and title alone. group: the innermost list it stands in. code: the code of the
    qualifier for which this is the field; said: what that code means. is_outside: seen from outside of its
    list, with the list's words.
    """

    path: Path
    field: Field
    words: Mapping[str, int]
    group: Group | None
    shapes: frozenset[Shape]
    own: frozenset[str] = frozenset()
    qualifier: Qualifier | None = None
    code: str = ""
    said: frozenset[str] = frozenset()
    role: Role = Role.PLAIN
    is_outside: bool = False
    is_sure: bool = False


@dataclass(frozen=True, slots=True)
class _Above:
    """What a field inherits. words: of the fields above, the nearest first, below the innermost list.

    is_sure: the fields above are always there, as seen from the innermost list.
    """

    words: tuple[Mapping[str, int], ...] = ()
    group: Group | None = None
    qualifier: Qualifier | None = None
    is_sure: bool = False


class Outline:
    """The leaves and lists of a schema. samples: records, whose values show what the fields hold."""

    def __init__(
        self, schema: Schema, known: Vocabulary, samples: Sequence[Mapping[str, object]] = ()
    ) -> None:
        self.schema = schema
        self.known = known
        self.leaves: list[Leaf] = []
        self.groups: list[Group] = []
        self._meanings: dict[str, dict[str, int]] = {}
        title = dict.fromkeys(self._meaning(schema.title), TITLE) if len(schema.title.split()) < 3 else {}
        self._object(schema.root, (), _Above((title,)), frozenset(), list(samples[:MAX_SAMPLES]))

    def _object(
        self, found: Field, path: Path, above: _Above, entered: frozenset[str], samples: list[object]
    ) -> None:
        if found.ref in entered or len(path) > MAX_DEPTH or len(self.leaves) >= MAX_LEAVES:
            return
        inside = entered | {found.ref} if found.ref else entered
        fields = self.schema.resolve(found)
        own = self._qualifier(fields, path)
        covers = own is not None and self._covers(found, own, has_other=above.qualifier is not None)
        if covers and (own is None or found.repeats or len(fields) <= MAX_COMPOSITE):
            above = replace(above, qualifier=own)
        beside: Qualifier | None = None
        roles = self._roles(fields)
        for inner in fields:
            here = (*path, inner.name)
            values = list(_below(samples, inner.name))
            is_code = own is not None and own.path == here
            if covers and is_code:
                above = replace(above, qualifier=own)
            if inner.type is Type.OBJECT:
                self._inner(inner, here, above, inside, values)
            else:
                near = above if above.qualifier is not None else replace(above, qualifier=beside)
                role = Role.CODE if is_code else roles.get(inner.name, Role.PLAIN)
                self._leaf(inner, here, near, values, role)
            labels = self._labels(inner, here) if inner.type is not Type.OBJECT else None
            beside = labels if labels and "qualifier" in inner.title.lower() else None

    def _inner(
        self, inner: Field, here: Path, above: _Above, inside: frozenset[str], values: list[object]
    ) -> None:
        words = self._words_of(inner)
        group, texts = above.group, (words, *above.words)
        if inner.repeats:
            # What stands inside a list is told apart by its name in the list; the list is matched as one.
            named = {**dict.fromkeys(self._meaning(inner.title), WHOLE), **words}
            fields = self.schema.resolve(inner)
            is_flat = not any(one.repeats and one.type is Type.OBJECT for one in fields)
            group = Group(here, above.group, self._joined(named, above.words), is_flat)
            self.groups.append(group)
            texts = ()
        qualifier = self._first_qualifier(inner, here) or above.qualifier
        is_sure = inner.required and (inner.repeats or not above.words[1:] or above.is_sure)
        self._object(inner, here, _Above(texts, group, qualifier, is_sure), inside, values)

    def _leaf(
        self,
        inner: Field,
        here: Path,
        above: _Above,
        values: list[object],
        role: Role,
    ) -> None:
        own, around = self._words_of(inner), above.words
        if role is Role.MAIN and around:
            # It is what the object around it is: the amount of a price is the price.
            own = {**{word: weight * 40 // 100 for word, weight in own.items()}, **around[0]}
            around = around[1:]
        words = self._joined(own, around)
        for label in list(inner.choices.items())[:MAX_LABELS]:
            for word, weight in self._meaning(label[1] or label[0]).items():
                words.setdefault(word, weight * 30 // 100)
        examples = values or list(inner.examples)
        shapes = seen(examples) if examples else expected(inner, words)
        qualifier = above.qualifier
        is_own = qualifier is not None and qualifier.path == here
        leaf = Leaf(here, inner, words, above.group, shapes, frozenset(own))
        leaf = replace(leaf, role=Role.CODE if is_own else role, is_sure=above.is_sure)
        self.leaves.append(leaf if is_own else replace(leaf, qualifier=qualifier))

    def _roles(self, fields: Sequence[Field]) -> dict[str, Role]:
        """Tell the value in a small object from what is said of it: the unit, the currency."""
        mains = {one.name for one in fields if set(self._meaning(one.name)) <= MAIN}
        if not mains or len(fields) > MAX_WRAPPED:
            return {}
        return {one.name: Role.MAIN if one.name in mains else Role.BESIDE for one in fields}

    def _words_of(self, found: Field) -> dict[str, int]:
        """Give what a field itself says: its name, or where that is a position or code its title."""
        words: dict[str, int] = {}
        if not says_nothing(found.name):
            words = dict(self._meaning(found.name))
        share = TITLE_BESIDE_NAME if words else WHOLE
        for word, weight in self._meaning(found.title).items():
            words.setdefault(word, weight * share // 100)
        if not words:
            words = dict(self._meaning(found.name))
        if found.type in {Type.DATE, Type.MOMENT}:
            words.setdefault("date", 70)
        return words

    def _meaning(self, text: str) -> dict[str, int]:
        found = self._meanings.get(text)
        if found is None:
            found = self._meanings[text] = self.known.weights(text)
        return found

    def _joined(self, own: Mapping[str, int], above: Iterable[Mapping[str, int]]) -> dict[str, int]:
        words = dict(own)
        for far, outer in zip(FAR, above, strict=False):
            for word, weight in outer.items():
                words[word] = max(words.get(word, 0), weight * far // 100)
        return words

    # Qualifiers

    def _labels(self, found: Field, path: Path) -> Qualifier | None:
        if len(found.choices) < 2 or not any(found.choices.values()):
            return None
        codes = {
            code: Meaning(self._meaning(label), tuple(self.known.written(label)))
            for code, label in found.choices.items()
            if label
        }
        return Qualifier(path, codes)

    def _qualifier(self, fields: Sequence[Field], path: Path) -> Qualifier | None:
        """Find the code among the fields of an object that says what the others mean."""
        for number, inner in enumerate(fields):
            labels = self._labels(inner, (*path, inner.name)) if inner.type is not Type.OBJECT else None
            if labels and (number == 0 or _says_qualifier(inner)):
                return labels
        return None

    def _covers(self, found: Field, own: Qualifier, *, has_other: bool) -> bool:
        """Tell whether the code is for all in the object: in a list, or the only one that says so."""
        fields = self.schema.resolve(found)
        inner = next(one for one in fields if one.name == own.path[-1])
        is_alone = sum(_says_qualifier(one) for one in fields if one.choices) < 2
        if found.repeats and inner is fields[0]:
            return True
        return not has_other and (found.repeats or (_says_qualifier(inner) and is_alone))

    def _first_qualifier(self, found: Field, path: Path, depth: int = 0) -> Qualifier | None:
        """Find the code at the very beginning of a list of objects, such as the role of a party."""
        if not found.repeats and depth == 0:
            return None
        fields = self.schema.resolve(found)
        if not fields or depth > 4:
            return None
        first = fields[0]
        here = (*path, first.name)
        if first.type is Type.OBJECT:
            return None if first.repeats else self._first_qualifier(first, here, depth + 1)
        return self._labels(first, here)


def _says_qualifier(found: Field) -> bool:
    title = found.title.lower()
    return "qualifier" in title or "identification code" in title or "type code" in title


def _below(samples: Iterable[object], name: str) -> Iterator[object]:
    """Give the values under a key in samples, lists looked through."""
    for sample in samples:
        value = sample.get(name) if isinstance(sample, Mapping) else None
        if isinstance(value, list):
            yield from value[:MAX_SAMPLES]
        elif value is not None:
            yield value


def telling(qualifier: Qualifier, wanted: frozenset[str], names: frozenset[tuple[str, ...]]) -> list[str]:
    """Choose the codes whose meaning is mostly wanted; of those that mean the same the most literal one.

    wanted: the words of the other side. names: its names as they are written there.
    """
    literal = {word for name in names for word in name}
    found = []
    for number, (code, meaning) in enumerate(qualifier.codes.items()):
        whole = sum(meaning.words.values()) or 1
        share = sum(weight for word, weight in meaning.words.items() if word in wanted) * 100 // whole
        if share >= LEAST_SHARE:
            strange = len(set(meaning.written) - literal)
            found.append((meaning.written not in names, strange, -share, number, code))
    chosen: dict[frozenset[str], str] = {}
    for *_, code in sorted(found):
        chosen.setdefault(frozenset(qualifier.codes[code].words), code)
    return list(chosen.values())[:MAX_VARIANTS]


def variants(leaf: Leaf, codes: Iterable[str]) -> list[Leaf]:
    """Give the leaf once for each of these codes of its qualifier."""
    found = []
    for code in codes if leaf.qualifier is not None else ():
        meaning = leaf.qualifier.codes[code].words if leaf.qualifier is not None else {}
        words = {word: weight * 60 // 100 for word, weight in leaf.words.items()}
        for word, weight in meaning.items():
            words[word] = max(words.get(word, 0), weight)
        found.append(replace(leaf, words=words, code=code, said=frozenset(meaning)))
    return found


def from_outside(leaf: Leaf) -> list[Leaf]:
    """Give the leaf of a list as it is seen from outside: the name of a category is the category."""
    if leaf.group is None:
        return []
    words = dict(leaf.words)
    for word, weight in leaf.group.words.items():
        words[word] = max(words.get(word, 0), weight * FAR[0] // 100)
    return [replace(leaf, words=words, own=leaf.own | leaf.group.words.keys(), is_outside=True)]

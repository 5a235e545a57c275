"""Content models: what an element's children are, in which order and how often, as states.

The construction is Glushkov's: a position for each element of the model, and for each position those that may
follow. XSD demands that a name decides the position, so positions are the states.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from typing_extensions import override

from integrations.formats.xml_text.model import Element, Entry, Mode, State

_MAX_POSITIONS: Final = 2_000
_MAX_COPIES: Final = 64
_MAX_KEPT: Final = 1_000

Resolve = Callable[[str], Element | None]
"""What a wildcard makes of an element by the parser's name: None where it may not stand."""


@dataclass(frozen=True, slots=True)
class Particle:
    """A piece of a content model. high None: no limit. term: the element, or what a wildcard allows."""

    kind: Literal["element", "any", "sequence", "choice", "all"]
    low: int = 1
    high: int | None = 1
    items: tuple["Particle", ...] = ()
    element: Element | None = None
    wildcard: Resolve | None = None


EMPTY: Final = Particle("sequence")


class TooLargeError(Exception):
    """A content model that would need too many states, or all those of a schema together."""


class Budget:
    """How many steps between states the content models of one schema may have together."""

    def __init__(self, steps: int = 2_000_000) -> None:
        self.left = steps

    def spend(self, steps: int) -> None:
        """Take some of it. Raises TooLargeError where there is not enough."""
        self.left -= steps
        if self.left < 0:
            raise TooLargeError


class _Part(NamedTuple):
    first: tuple[int, ...]
    last: tuple[int, ...]
    nullable: bool


_NOTHING = _Part((), (), nullable=True)


class Content:
    """The states of one content model. limits: key → occurrence that is counted, not unrolled."""

    def __init__(self, particle: Particle, budget: Budget) -> None:
        self.budget = budget
        self.terms: list[Particle] = []
        self.follow: list[dict[int, None]] = []
        self.limits: dict[str, tuple[int, int | None]] = {}
        self.start: State
        if particle.kind == "all":
            kept: dict[frozenset[int], _AllState] = {}
            everything = frozenset(range(len(particle.items)))
            self.start = _AllState(particle.items, everything, kept, may_be_empty=particle.low == 0)
            return
        whole = self._part(particle)
        last = set(whole.last)
        states = [_ContentState(self.terms, number in last) for number in range(len(self.terms))]
        for state, following in zip(states, self.follow, strict=True):
            state.next = [(self.terms[number], states[number]) for number in following]
        start = _ContentState(self.terms, whole.nullable)
        start.next = [(self.terms[number], states[number]) for number in whole.first]
        self.start = start

    def _part(self, particle: Particle) -> _Part:
        low, high = particle.low, particle.high
        if high == 0:
            return _NOTHING
        if particle.element is not None and max(low, high or 0) > _MAX_COPIES:
            self.limits[particle.element.key] = (low, high)
            low, high = min(low, 1), None
        elif max(low, high or 0) > 1:
            size = _size(particle)
            if size * max(low, high or 0) > 4 * _MAX_COPIES:
                low, high = min(low, 1), None
        whole = _NOTHING
        for _ in range(low):
            whole = self._chain(whole, self._once(particle))
        if high is None:
            again = self._loop(self._once(particle))
            return self._chain(whole, _Part(again.first, again.last, nullable=True))
        rest = _NOTHING
        for _ in range(high - low):
            # Each further copy is possible only behind the one before it: (a(a)?)?
            one = self._once(particle)
            rest = self._chain(one, rest) if rest.first else one
            rest = _Part(rest.first, rest.last, nullable=True)
        return self._chain(whole, rest)

    def _once(self, particle: Particle) -> _Part:
        if particle.kind in {"element", "any"}:
            number = len(self.terms)
            if number >= _MAX_POSITIONS:
                raise TooLargeError
            self.terms.append(particle)
            self.follow.append({})
            return _Part((number,), (number,), nullable=False)
        if particle.kind == "choice":
            parts = [self._part(item) for item in particle.items]
            return _Part(
                tuple(number for part in parts for number in part.first),
                tuple(number for part in parts for number in part.last),
                nullable=any(part.nullable for part in parts) or not parts,
            )
        whole = _NOTHING
        for item in particle.items:
            whole = self._chain(whole, self._part(item))
        return whole

    def _chain(self, left: _Part, right: _Part) -> _Part:
        self.budget.spend(len(left.last) * len(right.first) + 1)
        for number in left.last:
            self.follow[number].update(dict.fromkeys(right.first))
        return _Part(
            left.first + right.first if left.nullable else left.first,
            left.last + right.last if right.nullable else right.last,
            left.nullable and right.nullable,
        )

    def _loop(self, part: _Part) -> _Part:
        self.budget.spend(len(part.last) * len(part.first) + 1)
        for number in part.last:
            self.follow[number].update(dict.fromkeys(part.first))
        return part


class _ContentState(State):
    """Where the children read so far lead to. next: what may follow, in the order of the schema."""

    def __init__(self, _: Sequence[Particle], accepting: bool) -> None:  # noqa: FBT001  positional, once
        super().__init__()
        self.accepting = accepting
        self.next: list[tuple[Particle, State]] = []

    @override
    def __missing__(self, name: str) -> Entry | None:
        for term, state in self.next:
            if term.element is not None:
                if term.element.name == name:
                    self[name] = entry = (state, term.element)
                    return entry
            elif term.wildcard is not None and (element := term.wildcard(name)) is not None:
                if len(self) < _MAX_KEPT:
                    self[name] = (state, element)
                return state, element
        return None

    @override
    def expected(self) -> list[str]:
        return [term.element.key if term.element else "any element" for term, _ in self.next]


class _AllState(State):
    """Elements in any order, each at most once. left: numbers of those not read yet."""

    def __init__(
        self,
        particles: tuple[Particle, ...],
        left: frozenset[int],
        kept: dict[frozenset[int], "_AllState"],
        *,
        may_be_empty: bool,
    ) -> None:
        super().__init__()
        self.particles, self.left, self.kept = particles, left, kept
        is_untouched = len(left) == len(particles)
        self.accepting = (is_untouched and may_be_empty) or all(particles[number].low == 0 for number in left)

    @override
    def __missing__(self, name: str) -> Entry | None:
        for number in self.left:
            element = self.particles[number].element
            if element is not None and element.name == name:
                left = self.left - {number}
                state = self.kept.get(left)
                if state is None:
                    state = _AllState(self.particles, left, self.kept, may_be_empty=False)
                    if len(self.kept) < _MAX_KEPT:
                        self.kept[left] = state
                return state, element
        return None

    @override
    def expected(self) -> list[str]:
        return [found.key for number in sorted(self.left) if (found := self.particles[number].element)]


def _size(particle: Particle) -> int:
    own = sum(map(_size, particle.items)) if particle.items else 1
    return own * max(1, min(particle.high or 1, _MAX_COPIES))


def occurrence(particle: Particle) -> dict[str, tuple[int, int | None]]:
    """Tell for each key how often it stands there at least and at most (None: no limit)."""
    found: dict[str, tuple[int, int | None]] = {}
    if particle.element is not None:
        found[particle.element.key] = (1, 1)
    for number, item in enumerate(particle.items):
        inner = occurrence(item)
        if particle.kind != "choice":
            for key, (low, high) in inner.items():
                before = found.get(key, (0, 0))
                found[key] = (
                    before[0] + low,
                    None if None in {before[1], high} else (before[1] or 0) + (high or 0),
                )
            continue
        for key in {*inner, *found}:
            low, high = inner.get(key, (0, 0))
            before = found.get(key, (0 if number else low, high))
            found[key] = (
                min(before[0], low),
                None if None in {before[1], high} else max(before[1] or 0, high or 0),
            )
    return {key: (low * particle.low, _times(high, particle.high)) for key, (low, high) in found.items()}


def _times(one: int | None, other: int | None) -> int | None:
    if one == 0 or other == 0:
        return 0
    return None if one is None or other is None else one * other


def settle_modes(particle: Particle) -> None:
    """Decide how each child comes into the record: one, a list, and whether its order must be watched."""
    counts = occurrence(particle)
    is_loose = _is_loose(particle)
    for element in elements(particle):
        low, high = counts[element.key]
        element.min_items, element.max_items = low, high
        repeats = high is None or high > 1
        if is_loose:
            element.mode = Mode.LOOSE_LIST if repeats else Mode.LOOSE
        else:
            element.mode = Mode.LIST if repeats else Mode.ONE


def elements(particle: Particle) -> list[Element]:
    """Give the elements of a content model, in its order."""
    own = [particle.element] if particle.element is not None else []
    return own + [element for item in particle.items for element in elements(item)]


def _is_loose(particle: Particle) -> bool:
    """Tell whether the order of the children may not follow from the order of their keys."""
    keys = [element.key for element in elements(particle)]
    if len(set(keys)) < len(keys):
        return True
    return _has_loose_group(particle)


def _has_loose_group(particle: Particle) -> bool:
    if particle.kind == "any":
        return True
    names = len(elements(particle))
    if particle.items and names > 1 and (particle.high is None or particle.high > 1):
        return True
    return any(map(_has_loose_group, particle.items))

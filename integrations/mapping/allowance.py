"""What a mapping may use: the facts given to it, and how much work and output it may make."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final, TypeAlias

from integrations.errors import MappingError
from integrations.mapping.values import HEAVY, MAX_DEPTH, MISSING, Missing, Result, Value, too_deep, weigh

SMALL: Final = 10**18
SMALL_DIGITS: Final = 18
BIG: Final = 1_000
"""From this many characters on, working on a text costs steps."""


@dataclass(frozen=True, slots=True)
class MapEnv:
    """The facts and limits of one use of a mapping; it has no clock, no dice and no other input.

    now: aware instant. run_id: seed of the ids that the mapping makes. lookups: tables by name; one named
    ``table@partner`` goes before ``table`` for that partner. partner: whose tables are meant unless a rule
    says so. number: gives the next number of a counter by its name and a key; for the same run and key it
    must give the same number again. max_steps: items of loops and lists looked at, in all. max_output: size
    of the result, about in bytes of JSON.
    """

    now: datetime
    run_id: str
    lookups: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    partner: str = ""
    number: Callable[[str, str], int] | None = None
    max_steps: int = 2_000_000
    max_output: int = 10 << 20


Index: TypeAlias = dict[Hashable, Any]
"""The items of a list by the mark of their key."""


class Allowance:
    """What is left of the limits in one evaluation; both engines draw on it at the same moments.

    spot: the place in the plan and the positions of the loops around it, set before an operation that asks
    for them.
    """

    __slots__ = ("_memory", "env", "output", "spot", "steps")

    def __init__(self, env: MapEnv) -> None:
        self.env = env
        self.steps = env.max_steps
        self.output = env.max_output
        self.spot: tuple[str | int, ...] = ()
        self._memory: dict[Hashable, tuple[object, Any]] | None = None

    def work(self, steps: int) -> None:
        """Spend steps. Raises MappingError ``mapping.steps`` when none are left."""
        self.steps -= steps
        if self.steps < 0:
            raise MappingError(
                "mapping.steps",
                f"The mapping needs more than {self.env.max_steps:,} steps for this document.",
                hint="Narrow the lists first, or loop over fewer items.",
            )

    def seed(self) -> int:
        """Give the seed of the dice at this spot: the same in every retry and replay of the run."""
        name = "#".join([self.env.run_id, *map(str, self.spot)])
        return int.from_bytes(sha256(name.encode(errors="surrogatepass")).digest()[:7])

    def read(self, values: Sequence[object]) -> None:
        """Spend the steps of reading arguments: lists by their length, long texts by 64 characters."""
        for value in values:
            if isinstance(value, list | dict):
                self.work(len(value))
            elif isinstance(value, str | bytes) and len(value) >= BIG:
                self.work(len(value) >> 6)

    def hold(self, value: Value | Missing) -> None:
        """Spend output for a value that is kept. Raises MappingError when nothing is left."""
        if value is not Missing.MISSING and type(value) in HEAVY:
            self.output -= weigh(value, self.output)
            if self.output < 0:
                self.refuse_output()

    def refuse_output(self) -> None:
        """Raise MappingError ``mapping.output``."""
        raise MappingError(
            "mapping.output",
            f"The mapping makes more than {self.env.max_output:,} bytes from this document.",
            hint="Write fewer fields inside loops, or split the document first.",
        )

    def mark(self, value: Result, depth: int = 0) -> Hashable:
        """Give a hashable stand-in for a value, equal where ``same`` says so; spends a step for each member.

        Large numbers and fractions are told apart by their digits: their hashes in Python can be made to
        collide on purpose. Raises MappingError beyond a depth of 200.
        """
        if type(value) is str:
            return value
        if depth > MAX_DEPTH:
            raise too_deep()
        if isinstance(value, list):
            self.work(len(value))
            return ("list", *(self.mark(member, depth + 1) for member in value))
        if isinstance(value, dict):
            self.work(len(value))
            return frozenset((key, self.mark(member, depth + 1)) for key, member in value.items())
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            return _number_mark(value)
        return (type(value) is bool, value)

    def recall(self, name: Hashable, subject: object) -> Any:  # noqa: ANN401  what was remembered
        """Give what was made of this very subject before, under this name, or None."""
        known = self._memory.get(name) if self._memory is not None else None
        return known[1] if known is not None and known[0] is subject else None

    def remember(self, name: Hashable, subject: object, made: object) -> None:
        """Keep what was made of a subject, until there is another subject of this name."""
        if self._memory is None:
            self._memory = {}
        self._memory[name] = subject, made

    def indexed(self, number: int, items: list[Value]) -> Index | None:
        """Give the index of this very list made before by the operation of this number, or None."""
        known: Index | None = self.recall(number, items)
        return known

    def index(
        self,
        number: int,
        items: list[Value],
        keys: Sequence[Result],
        takes_all: bool,  # noqa: FBT001  from generated code
    ) -> Index:
        """Index the items of a list by their keys: the first of each key, or all; none without a key."""
        found: Index = {}
        for item, key in zip(items, keys, strict=True):
            if key is MISSING or key is None:
                continue
            if takes_all:
                found.setdefault(self.mark(key), []).append(item)
            else:
                found.setdefault(self.mark(key), item)
        self.remember(number, items, found)
        return found

    def seek(self, index: Index, key: Result, takes_all: bool) -> Result:  # noqa: FBT001  from generated code
        """Give the item, or the list of the items, with a key; missing, or an empty list, for none."""
        none: Result = [] if takes_all else MISSING
        if key is MISSING or key is None:
            return none
        found: Result = index.get(self.mark(key), none)
        return found

    def group(self, rows: Sequence[tuple[Result, ...]], names: Sequence[str]) -> list[Value]:
        """Make groups of rows, each an item and its keys, with equal keys, in the order of their first items.

        A group is ``{"key": {name: value}, "items": […]}``; missing keys are left out.
        """
        groups: dict[Hashable, list[Value]] = {}
        made: list[Value] = []
        for item, *keys in rows:
            mark = tuple(map(self.mark, keys))
            items = groups.get(mark)
            if items is None:
                items = groups[mark] = []
                key = {name: value for name, value in zip(names, keys, strict=True) if value is not MISSING}
                made.append({"key": key, "items": items})
            items.append(item)  # type: ignore[arg-type]  # items of lists are never missing
        return made


def _number_mark(value: int | Decimal) -> Hashable:
    """Give a small whole number itself, and any other number its sign, digits and exponent as text."""
    if type(value) is int and -SMALL < value < SMALL:
        return value
    number = Decimal(value)
    if not number:
        return 0
    sign, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):
        return (str(number),)
    if number.adjusted() < SMALL_DIGITS and not (exponent < 0 and any(digits[exponent:])):
        return int(number)
    text = "".join(map(str, digits))
    short = text.rstrip("0")
    return (f"{sign}{short}e{exponent + len(text) - len(short)}",)

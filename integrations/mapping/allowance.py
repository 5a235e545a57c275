"""What a mapping may use: the facts given to it, and how much work and output it may make."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from integrations.errors import MappingError
from integrations.mapping.values import HEAVY, Missing, Value, weigh

BIG: Final = 1_000
"""From this many characters on, working on a text costs steps."""


@dataclass(frozen=True, slots=True)
class MapEnv:
    """The facts and limits of one use of a mapping; it has no clock, no dice and no other input.

    now: aware instant. run_id: seed of the ids that the mapping makes. lookups: tables by name. max_steps:
    items of loops and lists looked at, in all. max_output: size of the result, about in bytes of JSON.
    """

    now: datetime
    run_id: str
    lookups: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    max_steps: int = 2_000_000
    max_output: int = 10 << 20


class Allowance:
    """What is left of the limits in one evaluation; both engines draw on it at the same moments."""

    __slots__ = ("env", "output", "steps")

    def __init__(self, env: MapEnv) -> None:
        self.env = env
        self.steps = env.max_steps
        self.output = env.max_output

    def work(self, steps: int) -> None:
        """Spend steps. Raises MappingError ``mapping.steps`` when none are left."""
        self.steps -= steps
        if self.steps < 0:
            raise MappingError(
                "mapping.steps",
                f"The mapping needs more than {self.env.max_steps:,} steps for this document.",
                hint="Narrow the lists first, or loop over fewer items.",
            )

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

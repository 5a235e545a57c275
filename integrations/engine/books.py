"""Numbers without gaps for pure steps, and lookup tables for their rules.

Steps are computed without waiting. A step that needs a number which this process has not got yet computes
with 0, and the books remember what was asked; the executor takes all of it in one transaction and computes
the step again. So a step is computed twice where it takes numbers, and once where it does not.
"""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from integrations.engine.database import Pool, rows, transaction
from integrations.errors import LimitError
from integrations.flows.exact_json import ExactDecoder
from integrations.formats.codec import Value

NUMBERS_MAX: Final = 10_000
"""Numbers that one run may take."""
ROUNDS_MAX: Final = 20
"""How often a step may ask for more after it was given what it asked for."""
ALLOT: Final = (
    "SELECT counter, place, number FROM partners_allot(%(tenant)s, %(run)s, %(counters)s, %(places)s)"
)
SETTLE: Final = (
    "SELECT partners_settle(%(tenant)s, %(run)s, %(counter)s, %(number)s, %(verdict)s, %(reason)s)"
)
TABLES: Final = """
SELECT key, rows::text FROM partners_table
WHERE tenant_id = %(tenant)s AND split_part(key, '@', 1) = ANY(%(keys)s)
"""

_Ask = tuple[str, str]
_Settlement = tuple[str, int, str, str]
_NONE_YET: Final[dict[Any, Any]] = {}


class RunBooks:
    """What one run has been given. Implements `flows.steps.context.Books`."""

    __slots__ = ("_numbers", "_senders", "_settlements", "_wanted", "where")

    def __init__(self) -> None:
        # Thousands of runs wait at once, and few of them ask for anything: what they share is never written.
        self.where: tuple[str, tuple[int, ...]] = ("", ())
        self._numbers: dict[_Ask, int] = _NONE_YET
        self._wanted: dict[_Ask, None] = _NONE_YET
        self._senders: dict[_Settlement, UUID | None] = _NONE_YET
        self._settlements: dict[_Settlement, None] = _NONE_YET

    @property
    def is_asked(self) -> bool:
        """Tell whether something was asked that is not known yet: what was computed does not count."""
        return bool(self._wanted or self._settlements)

    def number(self, counter: str, place: str) -> int:
        step, iteration = self.where
        ask = (counter, f"{step}[{'.'.join(map(str, iteration))}]{place}")
        known = self._numbers.get(ask)
        if known is not None:
            return known
        self._wanted = self._wanted or {}
        self._wanted[ask] = None
        if len(self._wanted) + len(self._numbers) > NUMBERS_MAX:
            raise LimitError("books.too_many", f"A run may take {NUMBERS_MAX:,} numbers at most.")
        return 0

    def settle(self, counter: str, number: int, verdict: str, reason: str) -> UUID | None:
        settlement = (counter, number, verdict, reason)
        if settlement in self._senders:
            return self._senders[settlement]
        self._settlements = {**self._settlements, settlement: None}
        return None

    async def answer(self, pool: Pool, tenant_id: UUID, run_id: UUID) -> None:
        """Take the numbers and note the settlements that were asked for, all or nothing."""
        asks, settlements = list(self._wanted), list(self._settlements)
        self._wanted, self._settlements = _NONE_YET, _NONE_YET  # branches beside this one may ask meanwhile
        senders: dict[_Settlement, UUID | None] = {}
        async with transaction(pool, [tenant_id]) as connection:
            given = await rows(
                connection,
                ALLOT,
                {
                    "tenant": tenant_id,
                    "run": run_id,
                    "counters": [counter for counter, _ in asks],
                    "places": [place for _, place in asks],
                },
            )
            for counter, number, verdict, reason in settlements:
                ((sender,),) = await rows(
                    connection,
                    SETTLE,
                    {
                        "tenant": tenant_id,
                        "run": run_id,
                        "counter": counter,
                        "number": number,
                        "verdict": verdict,
                        "reason": reason,
                    },
                )
                senders[counter, number, verdict, reason] = sender
        self._numbers = {**self._numbers, **{(counter, place): number for counter, place, number in given}}
        self._senders = {**self._senders, **senders}


class Tables:
    """Lookup tables of this process, by tenant, until a change of the tenant's is heard of."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._kept: dict[UUID, dict[frozenset[str], Mapping[str, Mapping[str, Value]]]] = {}

    def held(self, tenant_id: UUID, names: frozenset[str]) -> Mapping[str, Mapping[str, Value]] | None:
        """Give the tables without waiting, where they are held."""
        return self._kept.get(tenant_id, {}).get(names)

    def forget(self, tenant_id: UUID) -> None:
        self._kept.pop(tenant_id, None)

    async def load(self, tenant_id: UUID, names: frozenset[str]) -> Mapping[str, Mapping[str, Value]]:
        """Load tables, those of single partners (``<name>@<partner>``) included; leave out unknown names."""
        roots = sorted({name.partition("@")[0] for name in names})
        async with transaction(self._pool, [tenant_id]) as connection:
            found = await rows(connection, TABLES, {"tenant": tenant_id, "keys": roots})
        decode = ExactDecoder().decode
        loaded = {key: decode(text) for key, text in found}
        self._kept.setdefault(tenant_id, {})[names] = loaded
        return loaded

"""How often each step of a version was passed, counted in memory and written once a second.

A run carries what it passed until its worker lets go of it and that is durable; only then is it counted. So a
run that was lost with its worker, and is walked again by another, is counted once. A run that waited, or died
and is replayed, passes the same steps again: the run row knows how many it has passed, and these are not
counted again. What a worker had counted within its last second is lost when it is killed.
"""

import logging
import math
from dataclasses import dataclass
from typing import Final, TypeAlias
from uuid import UUID

from psycopg import Error

from integrations.delivery.states import State
from integrations.engine import arrays
from integrations.engine.database import Pool, statements, transaction
from integrations.engine.ledger import End
from integrations.engine.live import Live
from integrations.engine.models import Origin

log = logging.getLogger(__name__)

SQL: Final = statements("tallies")
WRITE_S: Final = 1.0
ENDED: Final = ""
"""The port of a step at which a run ended: it failed, and no edge of its port ``error`` led on."""
ROWS_MAX: Final = 50_000
"""Counts that may wait for a database that is away; above it the new ones are dropped."""
GAMMA: Final = 1.1
_LOG_GAMMA: Final = math.log(GAMMA)

Mark: TypeAlias = tuple[str, str, int]
"""A step, the port it was left by, and the bucket of the time that its calls took."""


@dataclass(frozen=True, slots=True)
class Failure:
    """The last error of a step."""

    tenant_id: UUID
    flow_id: UUID
    code: str
    message: str


def bucket_of(took_us: int) -> int:
    """Give the bucket of a time: n holds what is above 1.1ⁿ⁻¹ µs and up to 1.1ⁿ µs; 0 is no time at all."""
    return max(1, math.ceil(math.log(took_us) / _LOG_GAMMA)) if took_us > 0 else 0


def milliseconds_of(bucket: int) -> float:
    """Give the time that a bucket stands for, at most 5 % from anything in it."""
    return 2 * GAMMA**bucket / (GAMMA + 1) / 1000 if bucket else 0.0


class Tallies:
    """The counts of one worker."""

    def __init__(self, pool: Pool, live: Live) -> None:
        self._pool, self._live = pool, live
        self._counts: dict[tuple[UUID, UUID, UUID, Mark], int] = {}
        self._failures: dict[tuple[UUID, str], Failure] = {}

    def add(self, end: End) -> None:
        """Count what a run passed in the hands of this worker; its end is durable."""
        lease = end.lease
        if lease.origin == Origin.TEST:
            return
        marks = lease.marks
        if end.error_step and end.state in {State.DEAD, State.IN_DOUBT}:
            step = end.error_step.partition("/")[0]  # of a flow inside: the step that runs it
            mark = (step, ENDED, bucket_of(lease.took_us.pop(end.error_step, 0)))
            marks[mark] = marks.get(mark, 0) + 1
            lease.failures[step] = (end.error_code, end.error_message)
        counts = self._counts
        if len(counts) < ROWS_MAX:
            where = (lease.tenant_id, lease.flow_id, lease.version_id)
            for mark, count in marks.items():
                row = (*where, mark)
                counts[row] = counts.get(row, 0) + count
            for step, (code, message) in lease.failures.items():
                self._failures[lease.version_id, step] = Failure(
                    lease.tenant_id, lease.flow_id, code, message
                )

    async def write(self) -> None:
        """Add what was counted to the minute and the hour it is; keep it where the database is away."""
        counts, self._counts = self._counts, {}
        failures, self._failures = self._failures, {}
        if not counts:
            return
        tenants = {row[0] for row in counts}
        try:
            async with transaction(self._pool, tenants) as connection:
                await connection.execute(SQL["add"], _columns(counts))
                if failures:
                    await connection.execute(SQL["fail"], _failure_columns(failures))
        except (Error, TimeoutError) as error:
            log.warning("tallies.failed rows=%d error=%s", len(counts), type(error).__name__)
            for row, count in counts.items():
                self._counts[row] = self._counts.get(row, 0) + count
            self._failures = failures | self._failures
        else:
            self._live.changed(tenants, ("flows",))


def _columns(counts: dict[tuple[UUID, UUID, UUID, Mark], int]) -> dict[str, object]:
    return {
        "tenants": arrays.uuids([tenant_id for tenant_id, _, _, _ in counts]),
        "flows": arrays.uuids([flow_id for _, flow_id, _, _ in counts]),
        "versions": arrays.uuids([version_id for _, _, version_id, _ in counts]),
        "steps": arrays.texts([step for *_, (step, _, _) in counts]),
        "ports": arrays.texts([port for *_, (_, port, _) in counts]),
        "buckets": arrays.smallints([bucket for *_, (_, _, bucket) in counts]),
        "counts": arrays.bigints(list(counts.values())),
    }


def _failure_columns(failures: dict[tuple[UUID, str], Failure]) -> dict[str, object]:
    return {
        "tenants": arrays.uuids([failure.tenant_id for failure in failures.values()]),
        "flows": arrays.uuids([failure.flow_id for failure in failures.values()]),
        "versions": arrays.uuids([version_id for version_id, _ in failures]),
        "steps": arrays.texts([step for _, step in failures]),
        "codes": arrays.texts([failure.code for failure in failures.values()]),
        "messages": arrays.texts([failure.message for failure in failures.values()]),
    }

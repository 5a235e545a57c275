"""Batches: uploaded files and whether everything in them arrived."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Count

from integrations.delivery.states import State
from integrations.desk.queries.names import Names, names
from integrations.engine.models import Batch, Run
from integrations.errors import AccessError
from integrations.tenants.access import Actor, require
from integrations.tenants.binding import bind

PAGE: Final = 50
MOST: Final = 200
_WORDS: Final = {
    "receiving": "is being received",
    "received": "is being checked",
    "splitting": "is being split into runs",
    "split": "split into runs",
    "rejected": "refused as a whole; no run was started",
}


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Where every record of the file is.

    said: by the file's trailer, None where it has none. records: counted by 7M. runs: made of them so far.
    delivered, waiting (on its way), in_doubt, failed (dead letters and expired ones) and cancelled add up to
    `runs`. missing: records without a run; 0 when right, and meaningful once the file is split.
    """

    said: int | None
    records: int
    runs: int
    delivered: int
    waiting: int
    in_doubt: int
    failed: int
    cancelled: int

    @property
    def missing(self) -> int:
        return self.records - self.runs

    @property
    def agrees(self) -> bool:
        """Whether every record is accounted for, as the trailer says."""
        return self.missing == 0 and self.said in {None, self.records}

    @property
    def is_settled(self) -> bool:
        """Whether nothing of it is on its way any more."""
        return self.runs > 0 and self.waiting == 0


@dataclass(frozen=True, slots=True)
class BatchRow:
    """progress: the share of its records that were made into runs, 0 to 1."""

    id: UUID
    flow_id: UUID
    flow_name: str
    version_number: int
    name: str
    state: str
    state_words: str
    size_bytes: int
    received_at: datetime
    finished_at: datetime | None
    progress: float
    error_code: str
    message: str
    place: str
    reconciliation: Reconciliation


@dataclass(frozen=True, slots=True)
class BatchPage:
    rows: tuple[BatchRow, ...]
    next_before: UUID | None


def batches(
    by: Actor, *, flow_id: UUID | None = None, before: UUID | None = None, limit: int = PAGE
) -> BatchPage:
    """List batches, newest first; at most 200. before: `next_before` of the page before."""
    require(by, "batch.view")
    limit = max(1, min(limit, MOST))
    found = Batch.objects.filter(tenant_id=by.tenant_id).order_by("-id")
    found = found.filter(flow_id=flow_id) if flow_id else found
    found = found.filter(id__lt=before) if before else found
    with bind(by.tenant_id):
        rows = list(found[: limit + 1])
        shown = _rows(by.tenant_id, rows[:limit])
    return BatchPage(tuple(shown), shown[-1].id if shown and len(rows) > limit else None)


def batch(by: Actor, batch_id: UUID) -> BatchRow:
    """Give one. Raises AccessError."""
    require(by, "batch.view")
    with bind(by.tenant_id):
        found = Batch.objects.filter(tenant_id=by.tenant_id, id=batch_id).first()
        if found is None:
            raise AccessError
        return _rows(by.tenant_id, [found])[0]


def _rows(tenant_id: UUID, rows: list[Batch]) -> list[BatchRow]:
    """Count the runs of all of them in one query. Index: engine_run_batch."""
    states: dict[UUID, Counter[State]] = {row.id: Counter() for row in rows}
    runs = Run.objects.filter(tenant_id=tenant_id, batch_id__in=list(states))
    for batch_id, state, count in runs.values_list("batch_id", "state").annotate(Count("id")).order_by():
        if batch_id is not None:
            states[batch_id][State(state)] = count
    known = names(tenant_id, flows=[row.flow_id for row in rows], versions=[row.version_id for row in rows])
    return [_row(row, states[row.id], known) for row in rows]


def _row(row: Batch, states: Counter[State], known: Names) -> BatchRow:
    return BatchRow(
        id=row.id,
        flow_id=row.flow_id,
        flow_name=known.flow(row.flow_id),
        version_number=known.versions.get(row.version_id, 0),
        name=row.name or "a file without a name",
        state=row.state,
        state_words=_WORDS[row.state],
        size_bytes=row.size_bytes,
        received_at=row.received_at,
        finished_at=row.finished_at,
        progress=1.0 if row.state == "split" else row.split / max(row.records, 1),
        error_code=row.error_code,
        message=row.error_message,
        place=row.error_place,
        reconciliation=Reconciliation(
            said=row.said,
            records=row.records,
            runs=states.total(),
            delivered=states[State.SUCCEEDED],
            waiting=states[State.ACCEPTED] + states[State.RUNNING] + states[State.WAITING],
            in_doubt=states[State.IN_DOUBT],
            failed=states[State.DEAD] + states[State.EXPIRED],
            cancelled=states[State.CANCELLED],
        ),
    )

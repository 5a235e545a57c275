"""Runs: the list, one of them with its timeline, and how many there are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from string import hexdigits
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Now

from integrations.delivery import states
from integrations.delivery.states import State
from integrations.desk import words
from integrations.desk.queries.names import Names, names
from integrations.desk.words import Explanation
from integrations.engine.models import Attempt, Document, DocumentKind, Lane, Origin, Outcome, Replay, Run
from integrations.errors import AccessError
from integrations.flows.models import Version
from integrations.tenants.access import Actor, require
from integrations.tenants.binding import bind
from integrations.tenants.ids import uuid7_at

PAGE: Final = 50
MOST: Final = 200
MOST_ATTEMPTS: Final = 1000
COUNT_SQL: Final = """
SELECT flow_id, state, count(*) FROM engine_run
WHERE tenant_id = %s AND id >= engine_id_at(now() - make_interval(hours => %s)) GROUP BY flow_id, state
"""


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Every condition that is given must hold. since, until: of acceptance, aware.

    search: the number of a run, or at least its first six figures.
    """

    flow_id: UUID | None = None
    states: tuple[State, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    batch_id: UUID | None = None
    replay_id: UUID | None = None
    search: str = ""


@dataclass(frozen=True, slots=True)
class RunRow:
    """A line of a list. message: of the error, without any value of the document. is_test: not billed."""

    id: UUID
    flow_id: UUID
    flow_name: str
    version_number: int
    state: State
    state_words: str
    waiting: str
    accepted_at: datetime
    finished_at: datetime | None
    expires_at: datetime | None
    held: bool
    size_bytes: int
    error_code: str
    error_step: str
    message: str
    destination: str
    batch_id: UUID | None
    batch_number: int | None
    replay_id: UUID | None
    is_test: bool

    @property
    def duration(self) -> timedelta | None:
        return self.finished_at - self.accepted_at if self.finished_at else None


@dataclass(frozen=True, slots=True)
class RunPage:
    """next_before: what to ask for to get the page after this one; None on the last."""

    rows: tuple[RunRow, ...]
    next_before: UUID | None


@dataclass(frozen=True, slots=True)
class AttemptLine:
    """One call. has_exchange: whether its request and answer are still kept."""

    ordinal: int
    number: int
    started_at: datetime
    duration_ms: float
    outcome: Outcome
    words: str
    status: int
    error_code: str
    message: str
    has_exchange: bool


@dataclass(frozen=True, slots=True)
class StepLine:
    """What one step did, once for each turn of a loop. Steps that only compute leave no attempt."""

    key: str
    title: str
    kind: str
    iteration: str
    connector: str
    operation: str
    destination: str
    attempts: tuple[AttemptLine, ...]

    @property
    def outcome(self) -> Outcome | None:
        return self.attempts[-1].outcome if self.attempts else None


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """what: the name that `documents.document` and `reveal` take."""

    what: str
    title: str
    created_at: datetime
    is_current: bool


@dataclass(frozen=True, slots=True)
class ReplayLine:
    id: UUID
    asked_by: str
    created_at: datetime
    state: str
    from_start: bool


@dataclass(frozen=True, slots=True)
class RunDetail:
    """expires_in: time left for a dead letter, by the database's clock; None where nothing expires.

    steps: in the order of their first attempts. is_cut: there are more than the 1,000 attempts shown.
    replay: the last one this run was part of. started_by: hook, file, schedule or test.
    """

    run: RunRow
    explanation: Explanation | None
    error_step_title: str
    expires_in: timedelta | None
    started_by: str
    lane: str
    crash_count: int
    cancel_asked: bool
    downstream: timedelta
    steps: tuple[StepLine, ...]
    is_cut: bool
    documents: tuple[DocumentLine, ...]
    replay: ReplayLine | None


@dataclass(frozen=True, slots=True)
class _StepName:
    title: str
    kind: str


def runs(
    by: Actor, *, where: RunFilter | None = None, before: UUID | None = None, limit: int = PAGE
) -> RunPage:
    """List runs, newest first; at most 200. before: `next_before` of the page before."""
    require(by, "run.view")
    found = _filtered(Run.objects.filter(tenant_id=by.tenant_id), where or RunFilter())
    if found is None:
        return RunPage((), None)
    with bind(by.tenant_id):
        return page_of(by.tenant_id, found, before=before, limit=limit)


def run(by: Actor, run_id: UUID) -> RunDetail:
    """Give one run with its timeline. Raises AccessError."""
    require(by, "run.view")
    with bind(by.tenant_id):
        found = Run.objects.filter(tenant_id=by.tenant_id, id=run_id).annotate(now=Now()).first()
        if found is None:
            raise AccessError
        attempts = list(_attempts(by.tenant_id, run_id)[: MOST_ATTEMPTS + 1])
        definition = Version.objects.filter(tenant_id=by.tenant_id, id=found.version_id).first()
        steps = _step_names(definition.definition if definition else {})
        known = names(
            by.tenant_id,
            flows=[found.flow_id],
            versions=[found.version_id],
            destinations=[
                found.waits_for,
                found.error_destination,
                *(attempt.destination for attempt in attempts),
            ],
        )
        documents = _documents(found)
        replay = _replay(found)
    row = row_of(found, known)
    failed = steps.get(found.error_step.partition("/")[0])  # of a flow inside: the step that runs it
    now: datetime = found.now
    return RunDetail(
        run=row,
        explanation=words.explain(
            row.state,
            found.dead_reason,
            found.error_code,
            destination=row.destination,
            step=f"the step “{failed.title}”" if failed else "",
        ),
        error_step_title=failed.title if failed else found.error_step,
        expires_in=found.expires_at - now
        if found.expires_at and row.state is State.DEAD and not found.held
        else None,
        started_by=Origin(found.origin).name.lower(),
        lane=Lane(found.lane).name.lower(),
        crash_count=found.crash_count,
        cancel_asked=found.cancel_asked,
        downstream=timedelta(microseconds=found.downstream_us),
        steps=_timeline(attempts[:MOST_ATTEMPTS], steps, known),
        is_cut=len(attempts) > MOST_ATTEMPTS,
        documents=documents,
        replay=replay,
    )


def counts(by: Actor, *, hours: int = 24) -> dict[UUID, dict[State, int]]:
    """Count the runs accepted in the last hours, by flow and state. Index: engine_run_tenant."""
    require(by, "run.view")
    counted: dict[UUID, dict[State, int]] = {}
    with bind(by.tenant_id), connection.cursor() as cursor:
        cursor.execute(COUNT_SQL, [by.tenant_id, hours])
        for flow_id, state, count in cursor.fetchall():
            counted.setdefault(flow_id, {})[State(state)] = count
    return counted


def run_of(by: Actor, run_id: UUID, *, lock: bool = False) -> Run:
    """Give the tenant's run, inside `bind`; the caller has asked for permission. Raises AccessError."""
    found = Run.objects.filter(tenant_id=by.tenant_id, id=run_id)
    one = (found.select_for_update() if lock else found).first()
    if one is None:
        raise AccessError
    return one


def page_of(
    tenant_id: UUID, found: QuerySet[Run], *, before: UUID | None = None, limit: int = PAGE
) -> RunPage:
    """Give one page of the runs in `found`, newest first; inside `bind`, three more queries at most."""
    limit = max(1, min(limit, MOST))
    found = found.filter(id__lt=before) if before else found
    rows = list(found.order_by("-id")[: limit + 1])
    shown = rows[:limit]
    known = names_of(tenant_id, shown)
    return RunPage(
        tuple(row_of(row, known) for row in shown), shown[-1].id if shown and len(rows) > limit else None
    )


def names_of(tenant_id: UUID, rows: Sequence[Run]) -> Names:
    return names(
        tenant_id,
        flows=[row.flow_id for row in rows],
        versions=[row.version_id for row in rows],
        destinations=[row.error_destination or row.waits_for for row in rows],
    )


def row_of(row: Run, known: Names) -> RunRow:
    state = State(row.state)
    destination = known.destination(row.error_destination or row.waits_for)
    return RunRow(
        id=row.id,
        flow_id=row.flow_id,
        flow_name=known.flow(row.flow_id),
        version_number=known.versions.get(row.version_id, 0),
        state=state,
        state_words=states.label(state),
        waiting=words.waiting(row.waiting, destination=destination) if state is State.WAITING else "",
        accepted_at=row.accepted_at,
        finished_at=row.finished_at,
        expires_at=row.expires_at if state is State.DEAD else None,
        held=row.held,
        size_bytes=row.size_bytes,
        error_code=row.error_code,
        error_step=row.error_step,
        message=row.error_message,
        destination=destination,
        batch_id=row.batch_id,
        batch_number=row.batch_number,
        replay_id=row.replay_id,
        is_test=not row.billable,
    )


def _filtered(found: QuerySet[Run], where: RunFilter) -> QuerySet[Run] | None:
    """Narrow the list; None where nothing can match. Times become ranges of ids: those have the index."""
    same = {"flow_id": where.flow_id, "batch_id": where.batch_id, "replay_id": where.replay_id}
    found = found.filter(**{name: value for name, value in same.items() if value is not None})
    if where.states:
        found = found.filter(state__in=[int(state) for state in where.states])
    if where.since is not None:
        found = found.filter(id__gte=uuid7_at(where.since))
    if where.until is not None:
        found = found.filter(id__lt=uuid7_at(where.until))
    if where.search.strip():
        figures = where.search.strip().lower().replace("-", "")
        if not 6 <= len(figures) <= 32 or not set(figures) <= set(hexdigits):
            return None
        found = found.filter(id__range=(UUID(figures.ljust(32, "0")), UUID(figures.ljust(32, "f"))))
    return found


def _attempts(tenant_id: UUID, run_id: UUID) -> QuerySet[Attempt]:
    found = Attempt.objects.filter(tenant_id=tenant_id, run_id=run_id).order_by("ordinal")
    return found.extra(select={"kept": "exchange IS NOT NULL"}).defer("exchange")


def _timeline(
    attempts: Iterable[Attempt], steps: Mapping[str, _StepName], known: Names
) -> tuple[StepLine, ...]:
    grouped: dict[tuple[str, str], list[Attempt]] = {}
    for attempt in attempts:
        group = grouped.setdefault((attempt.step, attempt.iteration), [])
        if group and group[-1].outcome == Outcome.STARTED and group[-1].number == attempt.number:
            group.pop()  # the row that says how the call ended takes its place
        group.append(attempt)
    return tuple(
        StepLine(
            key=key,
            title=steps[key].title if key in steps else key,
            kind=steps[key].kind if key in steps else "",
            iteration=iteration,
            connector=group[-1].connector,
            operation=group[-1].operation,
            destination=known.destination(group[-1].destination),
            attempts=tuple(_attempt_line(attempt) for attempt in group),
        )
        for (key, iteration), group in grouped.items()
    )


def _attempt_line(attempt: Attempt) -> AttemptLine:
    return AttemptLine(
        ordinal=attempt.ordinal,
        number=attempt.number,
        started_at=attempt.started_at,
        duration_ms=attempt.duration_us / 1000,
        outcome=Outcome(attempt.outcome),
        words=words.outcome(attempt.outcome),
        status=attempt.status,
        error_code=attempt.error_code,
        message=attempt.message,
        has_exchange=bool(vars(attempt)["kept"]),
    )


def _step_names(definition: Mapping[str, object]) -> dict[str, _StepName]:
    listed = definition.get("steps")
    steps = listed if isinstance(listed, list) else []
    return {step["key"]: _StepName(step.get("title") or step["key"], step["kind"]) for step in steps}


def _documents(found: Run) -> tuple[DocumentLine, ...]:
    kept = Document.objects.filter(tenant_id=found.tenant_id, run_id=found.id).order_by("kind")
    return tuple(
        DocumentLine(what_of(kind), title_of(kind), created_at, is_current=kind == found.input_kind)
        for kind, created_at in kept.values_list("kind", "created_at")[:100]
    )


def what_of(kind: int) -> str:
    """Name a document: ``input``, ``reply`` or ``edited.10``."""
    return DocumentKind(kind).name.lower() if kind < DocumentKind.EDITED else f"edited.{kind}"


def title_of(kind: int) -> str:
    if kind < DocumentKind.EDITED:
        return {DocumentKind.INPUT: "As received", DocumentKind.REPLY: "Answer to the caller"}[
            DocumentKind(kind)
        ]
    return f"Edited, version {kind - DocumentKind.EDITED + 1}"


def _replay(found: Run) -> ReplayLine | None:
    if found.replay_id is None:
        return None
    row = Replay.objects.filter(tenant_id=found.tenant_id, id=found.replay_id).first()
    if row is None:
        return None
    return ReplayLine(row.id, row.asked_by, row.created_at, row.state, row.from_start)

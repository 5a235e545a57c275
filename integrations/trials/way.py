"""The way of one run through its flow: which steps it came to, and how each of them ended.

Calls left their attempts. What steps without a call did is computed again from the run's document and the
recorded answers: they repeat exactly. No value leaves this module, only keys, ports, times and errors.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import connection

from integrations.delivery.states import State
from integrations.desk.queries import runs as desk
from integrations.desk.queries.documents import open_document
from integrations.desk.queries.runs import RunDetail, StepLine
from integrations.engine.models import Document, Origin, Outcome, Run
from integrations.errors import AccessError, SevenMError
from integrations.flows.ends import in_words
from integrations.flows.models import Version
from integrations.flows.rehearsal import rehearse
from integrations.flows.snapshots import from_json
from integrations.flows.steps.context import Effect
from integrations.flows.visits import Bounds, Pin, Rehearsal, Visit, VisitState
from integrations.graph.flow import Flow
from integrations.tenants.access import Actor, require
from integrations.tenants.binding import bind
from integrations.tenants.ids import moment_of
from integrations.trials import recorded
from integrations.trials.documents import document_for, received
from integrations.trials.ground import Ground, ground_of

LATE_S: Final = 3.0
OK, FAILED, WAITING, RUNNING, IN_DOUBT = "ok", "failed", "waiting", "running", "in_doubt"
NOT_REACHED, NOT_KNOWN = "not_reached", "not_known"
_STANDING: Final = {
    State.WAITING: WAITING,
    State.DEAD: FAILED,
    State.EXPIRED: FAILED,
    State.CANCELLED: FAILED,
    State.IN_DOUBT: IN_DOUBT,
}
_NOTES: Final = "SELECT step, port FROM engine_note WHERE run_id = %s AND iteration = '' AND port <> ''"


@dataclass(frozen=True, slots=True)
class StepError:
    """Why a step failed. message: without any value of a document."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Passed:
    """One visit of a step. iteration: index in each loop around it. ms: of its calls, None without any."""

    key: str
    iteration: str
    state: str
    port: str
    ms: float | None
    attempts: int
    error: StepError | None


@dataclass(frozen=True, slots=True)
class Way:
    """Where a run went. steps: in order, those not reached last.

    is_whole: whether all is known; without its document, or where it is too long, only the calls are.
    """

    run: RunDetail
    flow: Flow
    steps: tuple[Passed, ...]
    is_whole: bool


def way(by: Actor, run_id: UUID, *, flow_id: UUID | None = None) -> Way:
    """Follow a run. flow_id: the flow it must be of. Raises AccessError."""
    require(by, "flow.view")
    detail = desk.run(by, run_id)
    if flow_id is not None and detail.run.flow_id != flow_id:
        raise AccessError
    with bind(by.tenant_id):
        row = Run.objects.get(tenant_id=by.tenant_id, id=run_id)
        version = Version.objects.filter(tenant_id=by.tenant_id, id=row.version_id).first()
        if version is None:
            raise AccessError
        walked = _walked(row, ground_of(by.tenant_id, version.definition))
    flow = from_json(version.definition)
    if walked is None:
        return Way(detail, flow, tuple(_called(detail, flow)), is_whole=False)
    lines = {(line.key, line.iteration): line for line in detail.steps}
    steps = [_passed(visit, lines, row) for visit in walked.visits if visit.state != VisitState.NOT_REACHED]
    return Way(detail, flow, (*steps, *_rest(steps, flow, NOT_REACHED)), is_whole=walked.is_complete)


def _walked(run: Run, ground: Ground) -> Rehearsal | None:
    """Walk the flow again with what was recorded; None where that cannot be done any more."""
    stored = Document.objects.filter(tenant_id=run.tenant_id, run_id=run.id, kind=run.input_kind).first()
    if stored is None or run.origin == Origin.COLLECTED:
        return None
    try:
        taken = received(open_document(stored), is_item=run.origin == Origin.FILE)
        document = document_for(ground.compiled, taken)
        calls = recorded.of_run(run.tenant_id, run.id)
    except SevenMError:
        return None
    ends_at = time.monotonic() + LATE_S
    waits_for_step = ground.compiled.steps.get(run.waits_at) if run.state == State.WAITING else None
    is_asking = waits_for_step is not None and waits_for_step.effect is Effect.ASK
    return rehearse(
        ground.compiled,
        document,
        facts=ground.facts(run.id, moment_of(run.id), recorded.books_of(run.tenant_id, run.id)),
        answer=recorded.RecordedAnswers(calls, run.id, ground.places),
        pins=_noted(run, ground),
        until=run.waits_at if is_asking else "",
        bounds=Bounds(is_late=lambda: time.monotonic() > ends_at),
    )


def _noted(run: Run, ground: Ground) -> dict[str, Pin]:
    """Give the ports by which steps that wait or ask were left."""
    with connection.cursor() as cursor:
        cursor.execute(_NOTES, [run.id])
        found: list[tuple[str, str]] = cursor.fetchall()
    known = ground.compiled.steps
    return {step: Pin({"decision": port}, port) for step, port in found if step in known}


def _passed(visit: Visit, lines: Mapping[tuple[str, str], StepLine], run: Run) -> Passed:
    iteration = ".".join(map(str, visit.iteration))
    line = lines.get((visit.key, iteration))
    state, error = _state(visit, run), None
    if state == FAILED and visit.error is not None and visit.state == VisitState.FAILED:
        error = StepError(visit.error.code, in_words(visit.error))
    elif state in {FAILED, IN_DOUBT} and run.error_code:
        error = StepError(run.error_code, run.error_message)
    port = visit.port if state in {OK, FAILED} else ""
    return Passed(visit.key, iteration, state, port, _ms(line), len(line.attempts) if line else 0, error)


def _state(visit: Visit, run: Run) -> str:
    """Say how a visit ended. One that the flow does not go on from stands where the run stands."""
    standing = _STANDING.get(State(run.state), RUNNING)
    match visit.state:
        case VisitState.ASKS:
            return standing
        case VisitState.FAILED:
            return standing if not visit.port else FAILED
        case _:
            waits_here = run.state == State.WAITING and visit.key == run.waits_at
            return WAITING if waits_here and not visit.iteration else OK


def _called(detail: RunDetail, flow: Flow) -> Iterable[Passed]:
    """Tell only what the attempts say."""
    steps = []
    for line in detail.steps:
        last = line.attempts[-1] if line.attempts else None
        state = OK if line.outcome == Outcome.OK else FAILED
        error = StepError(last.error_code, last.message) if last and state == FAILED else None
        steps.append(Passed(line.key, line.iteration, state, "", _ms(line), len(line.attempts), error))
    return [*steps, *_rest(steps, flow, NOT_KNOWN)]


def _rest(steps: Iterable[Passed], flow: Flow, state: str) -> list[Passed]:
    seen = {step.key for step in steps}
    return [Passed(node.key, "", state, "", None, 0, None) for node in flow.nodes if node.key not in seen]


def _ms(line: StepLine | None) -> float | None:
    return round(sum(attempt.duration_ms for attempt in line.attempts), 2) if line else None

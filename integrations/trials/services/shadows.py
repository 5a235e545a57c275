"""Shadow runs: a draft over the last real documents of its flow, beside what the runs did with them.

Calls are answered from what each run recorded; nothing is sent. A report goes on where it stands, by whoever
takes it up: the request that asked for it, then a worker.
"""

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models.functions import Now

from integrations.desk.queries.documents import open_document
from integrations.engine.models import Document, Origin, Run
from integrations.errors import SevenMError
from integrations.flows.exact_json import ExactDecoder, json_bytes
from integrations.flows.queries import flow_of
from integrations.flows.rehearsal import rehearse
from integrations.flows.services.drafts import storable
from integrations.flows.visits import Bounds
from integrations.tenants import audit
from integrations.tenants.access import Actor, require
from integrations.tenants.binding import bind
from integrations.tenants.ids import moment_of, new_id
from integrations.trials import models, rates, recorded, sealing
from integrations.trials.beside import Beside, Past, beside
from integrations.trials.documents import document_for, received
from integrations.trials.ground import Ground, ground_of, require_trigger
from integrations.trials.queries import real_runs

RUNS_MAX: Final = 100
AT_ONCE_S: Final = 1.5
"""What is done in the request that asked; a worker does the rest."""
ROUND_S: Final = 50.0
"""What a worker does before it lets go, well within its time limit."""
RUN_S: Final = 10.0
STALE: Final = timedelta(seconds=90)
KEPT: Final = timedelta(days=1)
CONTENT_BYTES: Final = 4 << 20
"""Of what differs; more is counted only."""
SAVED_EVERY_S: Final = 0.5


def start(*, by: Actor, flow_id: UUID, definition: Mapping[str, object], runs: int) -> models.Shadow:
    """Begin a shadow run over the last `runs` runs, at most 100. It may not be done yet.

    Raises AccessError; FlowError for a definition that is none.
    """
    require(by, "flow.try")
    require(by, "run.view")
    rates.take_turn(by)
    wanted = max(1, min(runs, RUNS_MAX))
    with bind(by.tenant_id):
        flow = flow_of(by, flow_id)
        require_trigger(ground_of(by.tenant_id, definition))
        row = models.Shadow.objects.create(
            id=new_id(),
            tenant_id=by.tenant_id,
            flow=flow,
            definition=storable(definition),
            wanted=len(real_runs(by.tenant_id, flow_id).values_list("id")[:wanted]),
        )
        audit.record(by, "shadow.started", row, flow=flow_id, runs=row.wanted)
    return go_on(by.tenant_id, row.id, for_s=AT_ONCE_S) or row


def go_on(tenant_id: UUID, shadow_id: UUID, *, for_s: float = ROUND_S) -> models.Shadow | None:
    """Compare further runs for so many seconds; give the report, None where there is none to go on with.

    Safe to call twice: who finds it taken up leaves it.
    """
    ends_at = time.monotonic() + for_s
    ground: Ground | None = None
    while True:
        with bind(tenant_id):
            row = _taken_up(tenant_id, shadow_id)
            if row is None:
                return None
            ground = ground or ground_of(tenant_id, row.definition)
            found = _entries(row)
            round_ends_at = min(ends_at, time.monotonic() + SAVED_EVERY_S)
            while not row.is_done and time.monotonic() < round_ends_at:
                _compare_next(row, ground, found)
            _save(row, found)
        if row.is_done or time.monotonic() >= ends_at:
            return row


def entries(row: models.Shadow) -> list[dict[str, Any]]:
    """Give what a report tells of its runs."""
    with bind(row.tenant_id):
        return _entries(row)


def is_stale(row: models.Shadow) -> bool:
    """Say whether nobody goes on with a report: its message may be lost."""
    return not row.is_done and datetime.now(UTC) - row.moved_at > STALE


def forget_everywhere() -> int:
    """Delete the reports that are a day old; give how many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM trials_aged()")
        tenants = [row[0] for row in cursor.fetchall()]
    done = 0
    for tenant_id in tenants:
        with bind(tenant_id):
            old = models.Shadow.objects.filter(tenant_id=tenant_id, created_at__lt=datetime.now(UTC) - KEPT)
            done += old.delete()[0]
    return done


def _taken_up(tenant_id: UUID, shadow_id: UUID) -> models.Shadow | None:
    found = models.Shadow.objects.filter(tenant_id=tenant_id, id=shadow_id, is_done=False)
    return found.select_for_update(skip_locked=True, of=("self",)).first()


def _compare_next(row: models.Shadow, ground: Ground, found: list[dict[str, Any]]) -> None:
    runs = real_runs(row.tenant_id, row.flow_id)
    newer = row.cursor or row.id
    run = runs.filter(id__lt=newer).first() if row.looked_at < row.wanted else None
    if run is None:
        row.is_done = True
        return
    row.cursor = run.id
    outcome = _compared(ground, run)
    match outcome.result:
        case "same":
            row.same += 1
            return
        case "different":
            row.different += 1
        case _:
            row.could_not += 1
    entry = outcome.as_json(run.id, run.accepted_at)
    if len(json_bytes(found)) + len(json_bytes(entry)) <= CONTENT_BYTES:
        found.append(entry)


def _compared(ground: Ground, run: Run) -> Beside:
    """Rehearse the draft with a run's document, and lay both side by side."""
    try:
        past = _past(run)
        document = document_for(ground.compiled, past.document)
    except SevenMError as error:
        return Beside("could_not", why=error.message)
    ends_at = time.monotonic() + RUN_S
    answers = recorded.RecordedAnswers(
        past.calls, run.id, ground.places, settings.SEVENM.sandbox_url or recorded.ANYWHERE
    )
    made = rehearse(
        ground.compiled,
        document,
        facts=ground.facts(run.id, moment_of(run.id), recorded.books_of(run.tenant_id, run.id)),
        answer=answers,
        bounds=Bounds(clock=time.perf_counter, is_late=lambda: time.monotonic() > ends_at),
    )
    return beside(past, made, answers.asked)


def _past(run: Run) -> Past:
    """Read what a run received, asked and gave. Raises UnreadableError."""
    kept = {
        row.kind: open_document(row)
        for row in Document.objects.filter(
            tenant_id=run.tenant_id, run_id=run.id, kind__in=[run.input_kind, 2]
        )
    }
    return Past(
        state=run.state,
        error_code=run.error_code,
        error_step=run.error_step,
        document=received(kept[run.input_kind], is_item=run.origin == Origin.FILE),
        reply=kept.get(2),
        calls=recorded.of_run(run.tenant_id, run.id),
    )


def _entries(row: models.Shadow) -> list[dict[str, Any]]:
    plaintext = sealing.opened(row)
    return ExactDecoder().decode(plaintext.decode()) if plaintext else []


def _save(row: models.Shadow, found: list[dict[str, Any]]) -> None:
    row.content = sealing.sealed(models.Shadow, row.tenant_id, row.id, json_bytes(found))
    row.moved_at = Now()
    row.save(update_fields=["same", "different", "could_not", "cursor", "is_done", "content", "moved_at"])
    row.refresh_from_db(fields=["moved_at"])

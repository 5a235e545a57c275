"""What a person may do with a run: cancel, settle, hold, keep longer, give up, correct its document."""

from datetime import timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from django.db.models import Max
from django.db.models.functions import Greatest, Now

from integrations.delivery import states
from integrations.delivery.states import DeadReason, State
from integrations.desk.queries.documents import open_document
from integrations.desk.queries.runs import run_of
from integrations.desk.reasons import checked_reason
from integrations.engine import frames
from integrations.engine.models import Attempt, Document, DocumentKind, Lane, Outcome, Run
from integrations.engine.places import document_place
from integrations.errors import ConfigError, ConflictError, LimitError
from integrations.tenants import audit
from integrations.tenants.access import Actor, require
from integrations.tenants.binding import bind
from integrations.vault import services as vault
from integrations.vault.purposes import Purpose

KEEP_MIN_H: Final = 72
KEEP_MAX_H: Final = 90 * 24
AFTER_HOLD: Final = timedelta(hours=24)
"""Time that is left at least when a hold ends."""
MOST_BYTES: Final = 10 << 20
MOST_EDITS: Final = 90


class Verdict(StrEnum):
    """What a person found out about a run in doubt."""

    SUCCEEDED = "succeeded"
    AGAIN = "again"
    DEAD = "dead"


def cancel(*, by: Actor, run_id: UUID, reason: str = "") -> State:
    """Stop a run; give the state it is in now. One that is running stops between two steps, by its worker.

    Raises AccessError; ConflictError for a run that is over.
    """
    require(by, "run.cancel")
    with bind(by.tenant_id):
        run = run_of(by, run_id, lock=True)
        before = State(run.state)
        if before is State.RUNNING:
            run.cancel_asked = True
            run.save(update_fields=["cancel_asked"])
        else:
            _end(run, State.CANCELLED)
        audit.record(by, "run.cancelled", _named(run_id), before=states.label(before), reason=reason[:500])
        return State(run.state)


def discard(*, by: Actor, run_id: UUID, reason: str) -> None:
    """Give up a dead letter for good. Raises AccessError; ConflictError unless the run is dead."""
    require(by, "dead_letter.edit")
    said = checked_reason(reason)
    with bind(by.tenant_id):
        run = _dead_letter(by, run_id)
        _end(run, State.CANCELLED)
        audit.record(by, "run.discarded", _named(run_id), reason=said)


def resolve(*, by: Actor, run_id: UUID, verdict: Verdict, reason: str) -> State:
    """Settle a run in doubt, after somebody looked at the destination; give its new state.

    succeeded: the destination acted; the run is over, steps after the doubtful one are not done. again: it
    did not act; the call is made again, with its old key. dead: neither; it becomes a dead letter.
    Raises AccessError; ConflictError unless the run is in doubt.
    """
    require(by, "run.resolve")
    said = checked_reason(reason)
    with bind(by.tenant_id):
        run = run_of(by, run_id, lock=True)
        if run.state != State.IN_DOUBT:
            raise _not("in doubt", run)
        match verdict:
            case Verdict.SUCCEEDED:
                _end(run, State.SUCCEEDED)
            case Verdict.AGAIN:
                _close_open_calls(run, said)
                _accept_again(run)
            case Verdict.DEAD:
                _bury(run)
        audit.record(by, "run.resolved", _named(run_id), verdict=str(verdict), reason=said)
        return State(run.state)


def hold(*, by: Actor, run_id: UUID, reason: str = "") -> None:
    """Keep a dead letter until somebody lets go of it. Raises ConflictError unless the run is dead."""
    require(by, "dead_letter.edit")
    with bind(by.tenant_id):
        run = _dead_letter(by, run_id)
        run.held = True
        run.save(update_fields=["held"])
        audit.record(by, "run.held", _named(run_id), reason=reason[:500])


def unhold(*, by: Actor, run_id: UUID) -> None:
    """Let a dead letter expire again; at least 24 hours are left to it."""
    require(by, "dead_letter.edit")
    with bind(by.tenant_id):
        run = _dead_letter(by, run_id)
        if run.held:
            run.held = False
            run.expires_at = Greatest("expires_at", Now() + AFTER_HOLD)
            run.save(update_fields=["held", "expires_at"])
            audit.record(by, "run.unheld", _named(run_id))


def extend_expiry(*, by: Actor, run_id: UUID, hours: int, limit_h: int = KEEP_MAX_H) -> None:
    """Keep a dead letter for so many hours from now; never shorter than it is kept already.

    hours: 72 to `limit_h`, which the operator sets. Raises ConfigError, AccessError, ConflictError.
    """
    require(by, "dead_letter.keep")
    if not KEEP_MIN_H <= hours <= max(limit_h, KEEP_MIN_H):
        raise ConfigError(
            "dead_letter.keep",
            f"A dead letter is kept for {KEEP_MIN_H} to {max(limit_h, KEEP_MIN_H)} hours.",
            place="hours",
        )
    with bind(by.tenant_id):
        run = _dead_letter(by, run_id)
        run.expires_at = Greatest("expires_at", Now() + timedelta(hours=hours))
        run.save(update_fields=["expires_at"])
        audit.record(by, "run.kept_longer", _named(run_id), hours=hours)


def edit_input(*, by: Actor, run_id: UUID, body: bytes, reason: str) -> str:
    """Give a dead letter another document for its next replay; give the document's name, ``edited.<kind>``.

    Headers and query stay those of the request; the document as received is kept beside it. Steps that
    finished keep their results unless the replay starts over. Raises LimitError, AccessError, ConflictError.
    """
    require(by, "dead_letter.edit")
    said = checked_reason(reason)
    if len(body) > MOST_BYTES:
        raise LimitError("run.input_too_large", f"A document has at most {MOST_BYTES:,} bytes.", place="body")
    with bind(by.tenant_id):
        run = _dead_letter(by, run_id)
        documents = Document.objects.filter(tenant_id=by.tenant_id, run_id=run_id)
        current = documents.filter(kind=run.input_kind).first()
        if current is None:
            raise ConflictError("run.payload_gone", "The document of this run is not kept any more.")
        newest: int = documents.aggregate(newest=Max("kind"))["newest"]
        kind = max(newest + 1, int(DocumentKind.EDITED))
        if kind >= DocumentKind.EDITED + MOST_EDITS:
            raise ConflictError("run.too_many_edits", f"A document is edited {MOST_EDITS} times at most.")
        head, _ = frames.unpack(open_document(current))
        frame = frames.pack(head, body)
        sealed = vault.seal(by.tenant_id, Purpose.DATA, *document_place(run_id, kind), frame)
        Document.objects.create(
            run_id=run_id, kind=kind, tenant_id=by.tenant_id, body=sealed, created_at=Now()
        )
        run.input_kind, run.walked = kind, 0
        run.save(update_fields=["input_kind", "walked"])
        audit.record(by, "run.input_edited", _named(run_id), kind=kind, bytes=len(body), reason=said)
    return f"edited.{kind}"


def _dead_letter(by: Actor, run_id: UUID) -> Run:
    run = run_of(by, run_id, lock=True)
    if run.state != State.DEAD:
        raise _not("dead", run)
    return run


def _end(run: Run, to: State) -> None:
    """Move a run that no worker holds to an end that a person chose."""
    states.move(State(run.state), to)
    _save(
        run,
        state=to,
        finished_at=Now(),
        expires_at=None,
        waits_for=None,
        waiting="",
        held=False,
    )


def _accept_again(run: Run) -> None:
    states.move(State(run.state), State.ACCEPTED)
    _save(
        run,
        state=State.ACCEPTED,
        lane=Lane.REPLAY,
        due_at=Now(),
        finished_at=None,
        expires_at=None,
        resume=True,
        crash_count=0,
    )


def _bury(run: Run) -> None:
    states.move(State(run.state), State.DEAD)
    least = Now() + timedelta(hours=KEEP_MIN_H)
    _save(
        run,
        state=State.DEAD,
        dead_reason=DeadReason.REFUSED,
        finished_at=Now(),
        expires_at=Greatest("expires_at", least),
    )


def _save(run: Run, **changes: Any) -> None:  # noqa: ANN401  values and SQL expressions of many columns
    for name, value in changes.items():
        setattr(run, name, value)
    run.save(update_fields=list(changes))


def _close_open_calls(run: Run, said: str) -> None:
    """Note in the ledger that calls without an end did not act, or the engine would doubt them again."""
    attempts = Attempt.objects.filter(tenant_id=run.tenant_id, run_id=run.id).defer("exchange")
    newest = 0
    open_calls: dict[tuple[str, str], Attempt] = {}
    for attempt in attempts.order_by("ordinal"):
        newest = attempt.ordinal
        if attempt.outcome == Outcome.STARTED:
            open_calls[attempt.step, attempt.iteration] = attempt
        else:
            open_calls.pop((attempt.step, attempt.iteration), None)
    Attempt.objects.bulk_create(
        Attempt(
            run_id=run.id,
            ordinal=newest + number,
            tenant_id=run.tenant_id,
            flow_id=run.flow_id,
            step=call.step,
            iteration=call.iteration,
            number=call.number,
            outcome=Outcome.FAILED,
            destination=call.destination,
            connector=call.connector,
            operation=call.operation,
            started_at=Now(),
            error_code="run.resolved",
            message=f"A person found that it did not act: {said}",
        )
        for number, call in enumerate(open_calls.values(), 1)
    )


def _not(what: str, run: Run) -> ConflictError:
    return ConflictError(
        "run.state",
        f"This run is not {what}: it is {states.label(State(run.state))}.",
        hint="Reload: its state has moved on.",
    )


def _named(run_id: UUID) -> str:
    return f"engine.run:{run_id}"

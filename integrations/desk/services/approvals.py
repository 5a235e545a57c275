"""Deciding what a run waits with."""

from enum import StrEnum
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models.functions import Now

from integrations.delivery.states import State
from integrations.desk.queries.approvals import may_decide
from integrations.engine.models import Approval, Run
from integrations.engine.questions import comment_place
from integrations.errors import AccessError, ConflictError, LimitError
from integrations.tenants import audit
from integrations.tenants.access import Actor, require
from integrations.tenants.binding import bind
from integrations.vault import services as vault
from integrations.vault.purposes import Purpose

COMMENT_MAX: Final = 1000
# The note is the lock: the engine lets the time of a question be over under the same one. The run hears of it
# within a second, also where it was just about to wait.
CALL: Final = """
UPDATE engine_note SET port = %(port)s, is_called = true
WHERE run_id = %(run)s AND step = %(step)s AND iteration = %(iteration)s AND tenant_id = %(tenant)s
  AND port = '' AND due_at > now()
"""


class Decision(StrEnum):
    APPROVED = "approved"
    REJECTED = "rejected"


def decide(*, by: Actor, approval_id: UUID, decision: Decision, comment: str = "") -> None:
    """Approve or reject; the run goes on by the port of that name. The first decision counts.

    Raises AccessError for who is not asked; ConflictError ``approval.decided``, ``approval.expired`` or
    ``approval.ended``; LimitError for a comment that is too long.
    """
    require(by, "approval.decide")
    said = comment.strip()
    if len(said) > COMMENT_MAX:
        raise LimitError(
            "approval.comment", f"A comment has {COMMENT_MAX:,} characters at most.", place="comment"
        )
    with bind(by.tenant_id):
        asked = Approval.objects.filter(tenant_id=by.tenant_id, id=approval_id).first()
        if asked is None:
            raise AccessError
        if not may_decide(by, asked.roles, asked.people):
            raise AccessError("access.role", "You are not among those who may decide this.")
        if not _call(asked, decision):
            asked.refresh_from_db()
            raise _too_late(asked)
        sealed = None
        if said:
            place = comment_place(asked.id)
            sealed = vault.seal(by.tenant_id, Purpose.DATA, *place, said.encode())
        Approval.objects.filter(tenant_id=by.tenant_id, id=asked.id).update(
            decision=decision,
            decided_by=by.id,
            decided_label=by.label[:254],
            decided_at=Now(),
            comment=sealed,
        )
        audit.record(
            by, f"approval.{decision}", f"engine.approval:{asked.id}", run=asked.run_id, flow=asked.flow_id
        )


def _call(asked: Approval, decision: Decision) -> bool:
    """Call the decision out to the run; False where another one or the deadline was first."""
    is_open = Run.objects.filter(
        tenant_id=asked.tenant_id,
        id=asked.run_id,
        state__in=[State.ACCEPTED, State.RUNNING, State.WAITING],
    ).exists()
    if not is_open:
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            CALL,
            {
                "port": str(decision),
                "run": asked.run_id,
                "step": asked.step,
                "iteration": asked.iteration,
                "tenant": asked.tenant_id,
            },
        )
        return bool(cursor.rowcount == 1)


def _too_late(asked: Approval) -> ConflictError:
    hint = "Reload: its state has moved on."
    if asked.decision in list(Decision):
        message = f"{asked.decided_label or 'Somebody'} has {asked.decision} this already."
        return ConflictError("approval.decided", message, hint=hint)
    run = Run.objects.filter(tenant_id=asked.tenant_id, id=asked.run_id).first()
    if run is not None and run.state in {State.ACCEPTED, State.RUNNING, State.WAITING}:
        return ConflictError("approval.expired", "The time to decide this is over.", hint=hint)
    return ConflictError("approval.ended", "The run that asked is over.", hint=hint)

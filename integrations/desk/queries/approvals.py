"""What people are asked to decide, and what they decided."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from integrations.desk.queries.names import names
from integrations.engine import frames
from integrations.engine.questions import body_place, comment_place
from integrations.errors import AccessError
from integrations.flows.exact_json import ExactDecoder
from integrations.tenants.access import Actor, ActorKind, require
from integrations.tenants.binding import bind
from integrations.vault import services as vault
from integrations.vault.purposes import Purpose

PAGE: Final = 50
MOST: Final = 200
# A question is open while nobody has decided, its time is not over, and its run waits or works.
OPEN: Final = "a.decision = '' AND a.due_at > now() AND coalesce(r.state IN (1, 2, 3), false)"
COLUMNS: Final = f"""
SELECT a.id, a.flow_id, a.run_id, a.step, a.title, a.roles, a.people, a.asked_at, a.due_at, a.decided_label,
       a.decided_at, a.body, a.comment,
       CASE WHEN a.decision <> '' THEN a.decision WHEN {OPEN} THEN 'open'
            WHEN a.due_at <= now() THEN 'expired' ELSE 'ended' END
FROM engine_approval a LEFT JOIN engine_run r ON r.id = a.run_id AND r.tenant_id = a.tenant_id
WHERE a.tenant_id = %(tenant)s AND """  # noqa: S608  our own words
LISTED: Final = COLUMNS + OPEN + " ORDER BY a.due_at, a.id LIMIT %(limit)s"
PAST: Final = (
    COLUMNS
    + f"NOT ({OPEN}) AND (%(before)s::uuid IS NULL OR a.id < %(before)s) ORDER BY a.id DESC LIMIT %(limit)s"
)
ONE: Final = COLUMNS + "a.id = %(id)s LIMIT %(limit)s"
COUNT: Final = f"""
SELECT count(*) FROM engine_approval a JOIN engine_run r ON r.id = a.run_id AND r.tenant_id = a.tenant_id
WHERE a.tenant_id = %(tenant)s AND {OPEN}
"""  # noqa: S608  our own words


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    """One question. state: open, approved, rejected, expired, or ended: its run was over first.

    message, shown and comment are there for those who may decide, until they are destroyed with the documents
    of the run. is_mine: whether the reader may decide.
    """

    id: UUID
    flow_id: UUID
    flow_name: str
    run_id: UUID
    step: str
    title: str
    state: str
    roles: tuple[str, ...]
    people: tuple[str, ...]
    asked_at: datetime
    due_at: datetime
    decided_by: str
    decided_at: datetime | None
    is_mine: bool
    message: str = ""
    shown: Any = None
    has_data: bool = False
    comment: str = ""

    @property
    def is_open(self) -> bool:
        return self.state == "open"


def open_approvals(by: Actor, *, limit: int = PAGE) -> list[ApprovalRow]:
    """List what waits for a decision, the nearest deadline first; at most 200."""
    return _approvals(by, LISTED, limit)


def past_approvals(by: Actor, *, before: UUID | None = None, limit: int = PAGE) -> list[ApprovalRow]:
    """List what is over, newest first. before: id of the last one on the page before."""
    return _approvals(by, PAST, limit, before=before)


def approval(by: Actor, approval_id: UUID) -> ApprovalRow:
    """Give one. Raises AccessError."""
    found = _approvals(by, ONE, 1, id=approval_id)
    if not found:
        raise AccessError
    return found[0]


def open_count(by: Actor) -> int:
    """Count what waits for a decision: the figure in the side bar."""
    require(by, "approval.view")
    with bind(by.tenant_id), connection.cursor() as cursor:
        cursor.execute(COUNT, {"tenant": by.tenant_id})
        return int(cursor.fetchone()[0])


def may_decide(by: Actor, roles: list[str], people: list[str]) -> bool:
    """Say whether the flow names this actor. A key acts for whoever made it, and 7M for everybody."""
    match by.kind:
        case ActorKind.MEMBER:
            return by.role in roles or by.label.lower() in people
        case ActorKind.API_KEY:
            return "approval.decide" in by.scopes
        case ActorKind.STAFF:
            return False
        case ActorKind.SYSTEM:
            return True


def _approvals(by: Actor, sql: str, limit: int, **values: UUID | None) -> list[ApprovalRow]:
    require(by, "approval.view")
    with bind(by.tenant_id):
        with connection.cursor() as cursor:
            cursor.execute(sql, {"tenant": by.tenant_id, "limit": max(1, min(limit, MOST)), **values})
            rows = cursor.fetchall()
        known = names(by.tenant_id, flows=[row[1] for row in rows])
        return [_row(by, row, known.flow(row[1])) for row in rows]


def _row(by: Actor, row: tuple[Any, ...], flow_name: str) -> ApprovalRow:
    (
        approval_id, flow_id, run_id, step, title, roles, people, asked_at, due_at, decided_label,
        decided_at, body, comment, state,
    ) = row  # fmt: skip
    is_mine = may_decide(by, roles, people)
    message, shown, has_data = (
        _opened(by, approval_id, body) if is_mine and body is not None else ("", None, False)
    )
    return ApprovalRow(
        id=approval_id,
        flow_id=flow_id,
        flow_name=flow_name,
        run_id=run_id,
        step=step,
        title=title,
        state=state,
        roles=tuple(roles),
        people=tuple(people),
        asked_at=asked_at,
        due_at=due_at,
        decided_by=decided_label,
        decided_at=decided_at,
        is_mine=is_mine,
        message=message,
        shown=shown,
        has_data=has_data,
        comment=_said(by, approval_id, comment) if is_mine and comment is not None else "",
    )


def _opened(by: Actor, approval_id: UUID, body: bytes) -> tuple[str, Any, bool]:
    frame = vault.open_(by.tenant_id, Purpose.DATA, *body_place(approval_id), bytes(body))
    _, (message, shown) = frames.unpack(frame)
    return message.decode(), ExactDecoder().decode(shown.decode()) if shown else None, bool(shown)


def _said(by: Actor, approval_id: UUID, comment: bytes) -> str:
    return vault.open_(by.tenant_id, Purpose.DATA, *comment_place(approval_id), bytes(comment)).decode()

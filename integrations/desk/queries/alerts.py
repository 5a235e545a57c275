"""Alerts, and where they go."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection

from integrations.desk import words
from integrations.desk.models import AlertRoute, Notice
from integrations.desk.queries.names import Names, names
from integrations.desk.selection import Selection
from integrations.errors import AccessError
from integrations.tenants.access import Actor, require
from integrations.tenants.binding import bind

PAGE: Final = 50
MOST: Final = 200
# What is left of each cause is counted once for all alerts. Index: engine_run_failed.
SQL: Final = """
WITH failed AS (
  SELECT flow_id, error_destination, error_code, count(*) AS remaining,
         min(expires_at) FILTER (WHERE state = 6 AND NOT held) AS soonest
  FROM engine_run WHERE tenant_id = %(tenant)s AND state IN (4, 6) GROUP BY 1, 2, 3)
SELECT a.id, a.flow_id, a.destination, a.code, a.message, a.count, a.last_run_id, a.first_at, a.last_at,
       a.sent_at, a.closed_at, f.acknowledged_at, coalesce(f.acknowledged_by, ''),
       coalesce(failed.remaining, 0),
       failed.soonest, failed.soonest - now()
FROM engine_alert a
LEFT JOIN desk_followup f ON f.alert_id = a.id AND f.tenant_id = a.tenant_id
LEFT JOIN failed ON failed.flow_id = a.flow_id AND failed.error_code = a.code
  AND failed.error_destination IS NOT DISTINCT FROM a.destination
WHERE a.tenant_id = %(tenant)s AND {}
LIMIT %(limit)s
"""
OPEN: Final = SQL.format("a.closed_at IS NULL ORDER BY a.last_at DESC, a.id DESC")
ONE: Final = SQL.format("a.id = %(id)s")
CLOSED: Final = SQL.format(
    """a.closed_at IS NOT NULL AND (%(before)s::uuid IS NULL OR (a.closed_at, a.id) <
    (SELECT closed_at, id FROM engine_alert WHERE id = %(before)s AND tenant_id = %(tenant)s))
ORDER BY a.closed_at DESC, a.id DESC"""
)


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One finding: a flow, a destination and an error. count: how often since it opened.

    remaining: dead letters and runs in doubt of this cause that are still there. expires_in: until the first
    of them expires. sent_at: when people were last told.
    """

    id: UUID
    flow_id: UUID
    flow_name: str
    destination_id: UUID | None
    destination: str
    code: str
    headline: str
    message: str
    count: int
    last_run_id: UUID | None
    first_at: datetime
    last_at: datetime
    sent_at: datetime | None
    closed_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str
    remaining: int
    soonest_expiry: datetime | None
    expires_in: timedelta | None

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def selection(self) -> Selection:
        """What replays the dead letters of this alert."""
        return Selection(flow_id=self.flow_id, code=self.code, destination=self.destination_id)


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One message that was sent, or is being tried. state: sent, waiting or given_up."""

    id: UUID
    kind: str
    channel: str
    target: str
    state: str
    attempts: int
    created_at: datetime
    sent_at: datetime | None
    last_error: str


def open_alerts(by: Actor, *, limit: int = MOST) -> list[AlertRow]:
    """List open alerts, the last to happen first; at most 200."""
    return _alerts(by, OPEN, limit=limit)


def closed_alerts(by: Actor, *, before: UUID | None = None, limit: int = PAGE) -> list[AlertRow]:
    """List closed alerts, the last to be closed first. before: id of the last one on the page before."""
    return _alerts(by, CLOSED, limit=limit, before=before)


def alert(by: Actor, alert_id: UUID) -> AlertRow:
    """Give one. Raises AccessError."""
    found = _alerts(by, ONE, limit=1, id=alert_id)
    if not found:
        raise AccessError
    return found[0]


def open_count(by: Actor) -> int:
    """Count open alerts that nobody acknowledged: the figure in the side bar."""
    require(by, "alert.view")
    with bind(by.tenant_id), connection.cursor() as cursor:
        cursor.execute(
            """SELECT count(*) FROM engine_alert a
               WHERE a.tenant_id = %s AND a.closed_at IS NULL AND NOT EXISTS (
               SELECT FROM desk_followup f WHERE f.alert_id = a.id AND f.acknowledged_at IS NOT NULL)""",
            [by.tenant_id],
        )
        return int(cursor.fetchone()[0])


def routes(by: Actor) -> list[AlertRoute]:
    """List where alerts go, oldest first, without their secrets."""
    require(by, "alert.view")
    with bind(by.tenant_id):
        found = AlertRoute.objects.filter(tenant_id=by.tenant_id).defer("secret")
        return list(found.order_by("id")[:MOST])


def notices(by: Actor, *, before: UUID | None = None, limit: int = PAGE) -> list[NoticeRow]:
    """List what was sent about alerts, newest first. before: id of the last one on the page before."""
    require(by, "alert.view")
    with bind(by.tenant_id):
        found = Notice.objects.filter(tenant_id=by.tenant_id).order_by("-id")
        found = found.filter(id__lt=before) if before else found
        return [_notice(row) for row in found[: max(1, min(limit, MOST))]]


def _notice(row: Notice) -> NoticeRow:
    state = "sent" if row.sent_at else "waiting" if row.due_at else "given_up"
    return NoticeRow(
        id=row.id,
        kind=row.kind,
        channel=row.channel,
        target=row.target,
        state=state,
        attempts=row.attempts,
        created_at=row.created_at,
        sent_at=row.sent_at,
        last_error=row.last_error,
    )


def _alerts(by: Actor, sql: str, *, limit: int, **values: UUID | None) -> list[AlertRow]:
    require(by, "alert.view")
    with bind(by.tenant_id):
        with connection.cursor() as cursor:
            asked = {"tenant": by.tenant_id, "limit": max(1, min(limit, MOST)), **values}
            cursor.execute(sql, asked)
            rows = cursor.fetchall()
        known = names(by.tenant_id, flows=[row[1] for row in rows], destinations=[row[2] for row in rows])
    return [_row(row, known) for row in rows]


def _row(row: tuple[Any, ...], known: Names) -> AlertRow:
    alert_id, flow_id, destination_id, code, message, count, last_run, first_at, last_at, *rest = row
    sent_at, closed_at, acknowledged_at, acknowledged_by, remaining, soonest, left = rest
    destination = known.destination(destination_id)
    return AlertRow(
        id=alert_id,
        flow_id=flow_id,
        flow_name=known.flow(flow_id),
        destination_id=destination_id,
        destination=destination,
        code=code,
        headline=words.cause(code, destination=destination),
        message=message,
        count=count,
        last_run_id=last_run,
        first_at=first_at,
        last_at=last_at,
        sent_at=sent_at,
        closed_at=closed_at,
        acknowledged_at=acknowledged_at,
        acknowledged_by=acknowledged_by,
        remaining=remaining,
        soonest_expiry=soonest,
        expires_in=left,
    )

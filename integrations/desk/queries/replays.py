"""Replays: how far they are, and what they would do."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q
from django.db.models.functions import Now

from integrations.delivery.states import State
from integrations.desk.selection import Selection, narrow
from integrations.engine.models import Replay, Run
from integrations.errors import AccessError
from integrations.tenants.access import Actor, require
from integrations.tenants.binding import bind

PAGE: Final = 50
MOST: Final = 200
RELEASED_SQL: Final = """
SELECT replay_id, state, count(*) FROM engine_run
WHERE replay_id = ANY(%s::uuid[]) AND tenant_id = %s GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Counted:
    """What a replay of a selection would do. ready: dead letters that can be replayed.

    expired: their documents were destroyed. others: in another state. missing: not runs of this tenant.
    Only a selection by number can name anything but ready ones.
    """

    ready: int
    expired: int = 0
    others: int = 0
    missing: int = 0


@dataclass(frozen=True, slots=True)
class ReplayProgress:
    """total: chosen at the start. released: handed to the workers so far. refused: could not be replayed.

    failed: dead again, or in doubt. elsewhere: taken up by a later replay. state: running, done (all are
    released) or stopped; is_over: no run of it is on its way any more.
    """

    id: UUID
    asked_by: str
    chosen: dict[str, Any]
    from_start: bool
    current_version: bool
    pace_per_s: int
    state: str
    created_at: datetime
    finished_at: datetime | None
    total: int
    released: int
    refused: int
    succeeded: int
    failed: int
    running: int
    cancelled: int
    elsewhere: int

    @property
    def is_over(self) -> bool:
        return self.state != "running" and not self.running

    @property
    def done_share(self) -> float:
        """The part that is over, 0 to 1."""
        return 1.0 if self.is_over else (self.released - self.running) / max(self.total, 1)


def count_chosen(by: Actor, chosen: Selection) -> Counted:
    """Say what a replay of these would do, without doing it."""
    require(by, "dead_letter.view")
    with bind(by.tenant_id):
        return counted(by.tenant_id, chosen)


def replays(by: Actor, *, before: UUID | None = None, limit: int = PAGE) -> list[ReplayProgress]:
    """List replays, newest first. before: id of the last one on the page before."""
    require(by, "dead_letter.view")
    with bind(by.tenant_id):
        found = Replay.objects.filter(tenant_id=by.tenant_id).order_by("-id")
        rows = list((found.filter(id__lt=before) if before else found)[: max(1, min(limit, MOST))])
        return _progress(by.tenant_id, rows)


def replay(by: Actor, replay_id: UUID) -> ReplayProgress:
    """Give one. Raises AccessError."""
    require(by, "dead_letter.view")
    with bind(by.tenant_id):
        return _progress(by.tenant_id, [replay_of(by, replay_id)])[0]


def replay_of(by: Actor, replay_id: UUID, *, lock: bool = False) -> Replay:
    """Give the tenant's replay, inside `bind`. Raises AccessError."""
    found = Replay.objects.filter(tenant_id=by.tenant_id, id=replay_id)
    one = (found.select_for_update() if lock else found).first()
    if one is None:
        raise AccessError
    return one


def counted(tenant_id: UUID, chosen: Selection) -> Counted:
    """Count, inside `bind`. Index: engine_run_failed, or the primary key for a selection by number."""
    mine = Run.objects.filter(tenant_id=tenant_id)
    alive = Q(held=True) | Q(expires_at__gt=Now())
    ready = narrow(mine.filter(alive, state=State.DEAD), chosen).count()
    if chosen.ids is None:
        return Counted(ready)
    wanted = set(chosen.ids)
    named = mine.filter(id__in=wanted).aggregate(
        all=Count("id"),
        expired=Count("id", filter=Q(state=State.EXPIRED) | (Q(state=State.DEAD) & ~alive)),
    )
    others = named["all"] - named["expired"] - ready
    return Counted(ready, named["expired"], others, len(wanted) - named["all"])


def _progress(tenant_id: UUID, rows: list[Replay]) -> list[ReplayProgress]:
    by_replay: dict[UUID, Counter[State]] = {row.id: Counter() for row in rows}
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(RELEASED_SQL, [list(map(str, by_replay)), str(tenant_id)])
            for replay_id, state, count in cursor.fetchall():
                by_replay[replay_id][State(state)] = count
    return [_one(row, by_replay[row.id]) for row in rows]


def _one(row: Replay, states: Counter[State]) -> ReplayProgress:
    return ReplayProgress(
        id=row.id,
        asked_by=row.asked_by,
        chosen=row.chosen,
        from_start=row.from_start,
        current_version=row.current_version,
        pace_per_s=row.pace_per_s,
        state=row.state,
        created_at=row.created_at,
        finished_at=row.finished_at,
        total=row.total,
        released=row.released,
        refused=row.refused,
        succeeded=states[State.SUCCEEDED],
        failed=states[State.DEAD] + states[State.IN_DOUBT] + states[State.EXPIRED],
        running=states[State.ACCEPTED] + states[State.RUNNING] + states[State.WAITING],
        cancelled=states[State.CANCELLED],
        elsewhere=max(0, row.released - states.total()),
    )

"""Dead letters: what caused them first, then the single ones."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection

from integrations.delivery.states import State
from integrations.desk import words
from integrations.desk.queries.names import names
from integrations.desk.queries.runs import PAGE, RunPage, page_of
from integrations.desk.selection import Selection, narrow
from integrations.engine.models import Run
from integrations.tenants.access import Actor, require
from integrations.tenants.binding import bind
from integrations.tenants.ids import uuid7_at

MOST_CAUSES: Final = 200
CAUSES_SQL: Final = """
SELECT flow_id, error_destination, error_step, error_code, dead_reason,
       count(*), count(*) FILTER (WHERE held), min(finished_at), max(finished_at),
       min(expires_at) FILTER (WHERE NOT held),
       min(expires_at) FILTER (WHERE NOT held) - now(), (array_agg(error_message ORDER BY id DESC))[1]
FROM engine_run WHERE tenant_id = %(tenant)s AND state = 6 AND (%(flow)s::uuid IS NULL OR flow_id = %(flow)s)
GROUP BY 1, 2, 3, 4, 5 ORDER BY 6 DESC, 8 LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Cause:
    """Dead letters that failed at one place for one reason. held: those of them that do not expire.

    selection: what replays these. expires_in: until the first of them expires, by the database's clock.
    """

    flow_id: UUID
    flow_name: str
    destination_id: UUID | None
    destination: str
    connector: str
    step: str
    code: str
    headline: str
    advice: str
    whose: words.Fault
    message: str
    count: int
    held: int
    first_at: datetime
    last_at: datetime
    soonest_expiry: datetime | None
    expires_in: timedelta | None

    @property
    def selection(self) -> Selection:
        return Selection(
            flow_id=self.flow_id, code=self.code, step=self.step, destination=self.destination_id
        )


@dataclass(frozen=True, slots=True)
class LetterFilter:
    """Every condition that is given must hold. since, until: of acceptance, aware."""

    chosen: Selection = field(default_factory=Selection)
    reason: str = ""
    held: bool | None = None
    since: datetime | None = None
    until: datetime | None = None


def causes(by: Actor, *, flow_id: UUID | None = None) -> list[Cause]:
    """List what the tenant's dead letters died of, the commonest first, 200 at most.

    Index: engine_run_failed.
    """
    require(by, "dead_letter.view")
    with bind(by.tenant_id):
        with connection.cursor() as cursor:
            cursor.execute(
                CAUSES_SQL,
                {"tenant": str(by.tenant_id), "flow": flow_id and str(flow_id), "limit": MOST_CAUSES},
            )
            rows = cursor.fetchall()
        known = names(by.tenant_id, flows=[row[0] for row in rows], destinations=[row[1] for row in rows])
    found = []
    for flow, to, step, code, reason, count, held, first, last, soonest, left, message in rows:
        destination = known.destination(to)
        told = words.explain_dead(
            reason, code, destination=destination, step=f"the step “{step}”" if step else ""
        )
        found.append(
            Cause(
                flow_id=flow,
                flow_name=known.flow(flow),
                destination_id=to,
                destination=destination,
                connector=known.destinations[to].connector if to else "",
                step=step,
                code=code,
                headline=told.headline,
                advice=told.advice,
                whose=told.whose,
                message=message,
                count=count,
                held=held,
                first_at=first,
                last_at=last,
                soonest_expiry=soonest,
                expires_in=left,
            )
        )
    return found


def dead_letters(
    by: Actor, *, where: LetterFilter | None = None, before: UUID | None = None, limit: int = PAGE
) -> RunPage:
    """List dead letters, newest first; at most 200. before: `next_before` of the page before."""
    require(by, "dead_letter.view")
    where = where or LetterFilter()
    found = narrow(Run.objects.filter(tenant_id=by.tenant_id, state=State.DEAD), where.chosen)
    if where.reason:
        found = found.filter(dead_reason=where.reason)
    if where.held is not None:
        found = found.filter(held=where.held)
    if where.since is not None:
        found = found.filter(id__gte=uuid7_at(where.since))
    if where.until is not None:
        found = found.filter(id__lt=uuid7_at(where.until))
    with bind(by.tenant_id):
        return page_of(by.tenant_id, found, before=before, limit=limit)


def open_count(by: Actor) -> int:
    """Count dead letters and runs in doubt, up to 1,000: the figure in the side bar."""
    require(by, "dead_letter.view")
    with bind(by.tenant_id):
        failed = Run.objects.filter(tenant_id=by.tenant_id, state__in=[State.DEAD, State.IN_DOUBT])
        return len(failed.values_list("id")[:1000])

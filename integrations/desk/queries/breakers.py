"""Destinations that do not answer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection

from integrations.delivery.breaker import Phase
from integrations.desk.queries.names import names
from integrations.desk.words import sentence
from integrations.tenants.access import Actor, require
from integrations.tenants.binding import bind

MOST: Final = 200
SQL: Final = """
SELECT b.destination, b.connector, b.phase, b.since, b.probe_at,
       greatest(b.probe_at - now(), interval '0'), b.probes,
       (SELECT count(*) FROM engine_run r WHERE r.waits_for = b.destination AND r.tenant_id = b.tenant_id)
FROM engine_breaker b WHERE b.tenant_id = %s ORDER BY b.since LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Outage:
    """A destination that is not called because it does not answer.

    since: when it last failed to. probe_in: until 7M asks again. waiting: runs that wait for it.
    """

    destination_id: UUID
    name: str
    connector: str
    since: datetime
    probe_at: datetime | None
    probe_in: timedelta | None
    is_probing: bool
    probes: int
    waiting: int

    @property
    def words(self) -> str:
        """What is the matter, in one sentence."""
        runs = "1 run waits" if self.waiting == 1 else f"{self.waiting:,} runs wait"
        return f"{sentence(self.name)} does not answer. {runs} for it and go on by themselves when it does."


def outages(by: Actor) -> list[Outage]:
    """List the tenant's destinations that do not answer, the longest first. Indexes: engine_run_parked."""
    require(by, "run.view")
    with bind(by.tenant_id):
        with connection.cursor() as cursor:
            cursor.execute(SQL, [str(by.tenant_id), MOST])
            rows = cursor.fetchall()
        known = names(by.tenant_id, destinations=[row[0] for row in rows])
    return [
        Outage(
            destination_id=destination,
            name=known.destination(destination),
            connector=known.destinations[destination].connector
            if known.destinations[destination].is_connection
            else connector,
            since=since,
            probe_at=probe_at,
            probe_in=probe_in,
            is_probing=phase == Phase.PROBING,
            probes=probes,
            waiting=waiting,
        )
        for destination, connector, phase, since, probe_at, probe_in, probes, waiting in rows
    ]

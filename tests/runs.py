"""Rows of runs and attempts at chosen times, as the engine leaves them."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from integrations.delivery.states import State
from integrations.engine.models import Lane, Mode, Origin, Outcome
from integrations.tenants.ids import new_id, uuid7_at

ATTEMPT = """
INSERT INTO engine_attempt (run_id, ordinal, tenant_id, flow_id, step, number, outcome, status, connector,
                            operation, started_at, duration_us)
VALUES (%s, %s, %s, %s, 'call', 1, %s, %s, %s, %s, %s, %s)
"""
RUN = """
INSERT INTO engine_run (id, tenant_id, flow_id, version_id, lane, state, mode, origin, billable, due_at,
                        accepted_at, finished_at, downstream_us, parked_us, resume, replay_id, error_code)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
FLOW = UUID(int=1)


@dataclass(frozen=True)
class Call:
    """One attempt of a run."""

    started_at: datetime
    duration_us: int = 1000
    connector: str = "shopify"
    operation: str = "set_inventory"
    outcome: Outcome = Outcome.OK
    status: int = 200


@dataclass(frozen=True)
class Request:
    """One accepted run."""

    accepted_at: datetime
    flow_id: UUID = FLOW
    took_us: int | None = 5000
    downstream_us: int = 0
    parked_us: int = 0
    state: State = State.SUCCEEDED
    lane: Lane = Lane.ASYNC
    origin: Origin = Origin.HOOK
    resume: bool = False
    is_replayed: bool = False
    error_code: str = ""
    calls: tuple[Call, ...] = field(default=())


def id_at(moment: datetime) -> UUID:
    """An id made at this millisecond, as any process would draw one."""
    low = uuid7_at(moment).int
    return UUID(int=low | random.getrandbits(62))


def add(tenant_id: UUID, *requests: Request) -> list[UUID]:
    """Store the runs and their attempts, and give the runs' ids."""
    runs, attempts = [], []
    for request in requests:
        run_id = id_at(request.accepted_at)
        took = timedelta(microseconds=request.took_us) if request.took_us is not None else None
        runs.append(
            (
                run_id, tenant_id, request.flow_id, UUID(int=2), request.lane, request.state, Mode.ASYNC,
                request.origin, request.origin != Origin.TEST, request.accepted_at, request.accepted_at,
                request.accepted_at + took if took is not None else None, request.downstream_us,
                request.parked_us, request.resume, new_id() if request.is_replayed else None,
                request.error_code,
            )
        )  # fmt: skip
        attempts += [
            (
                run_id, ordinal, tenant_id, request.flow_id, call.outcome, call.status, call.connector,
                call.operation, call.started_at, call.duration_us,
            )
            for ordinal, call in enumerate(request.calls)
        ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.executemany(RUN, runs)
        cursor.executemany(ATTEMPT, attempts)
    return [row[0] for row in runs]

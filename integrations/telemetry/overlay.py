"""What lies over the picture of a flow: counts, times and errors of its steps, and its last runs.

A whole picture of one moment, from five bounded reads: who asks again has missed nothing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.db import connection

from integrations.delivery.states import State
from integrations.engine.database import statements
from integrations.engine.tallies import ENDED, milliseconds_of
from integrations.errors import InputError
from integrations.flows import queries as flow_queries
from integrations.flows.models import Version
from integrations.flows.snapshots import from_json
from integrations.flows.validation import regions_of
from integrations.graph.flow import ERROR
from integrations.tenants.access import Actor, require
from integrations.tenants.binding import bind

SQL: Final = statements("overlay", Path(__file__).parent / "sql")
STUCK_MAX: Final = 20_000
"""Runs that stand still, and runs that wait, that are counted at most."""
AMONG: Final = 20_000
RUNS: Final = 20


class Window(StrEnum):
    """How far back is counted."""

    QUARTER = "15m"
    HOUR = "1h"
    DAY = "24h"


_REACH: Final = {
    Window.QUARTER: (60, timedelta(minutes=15)),
    Window.HOUR: (60, timedelta(hours=1)),
    Window.DAY: (3600, timedelta(hours=24)),
}


@dataclass(frozen=True, slots=True)
class StepError:
    """The last error of a step. message: without any value of a document."""

    code: str
    message: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StepCounts:
    """What happened at one step.

    runs: how often it was done, failures included. failed: how often it failed, by its error port or as the
    end of the run. dead, in_doubt, waiting: runs that stand here now, whichever version they belong to.
    per_minute: runs, over the window. ports: how often it was left by which port; ``each`` counts the items
    of a loop. p50_ms, p95_ms: of the calls that it makes, None for a step that makes none.
    """

    runs: int = 0
    failed: int = 0
    dead: int = 0
    in_doubt: int = 0
    waiting: int = 0
    per_minute: float = 0.0
    ports: Mapping[str, int] = field(default_factory=dict)
    p50_ms: float | None = None
    p95_ms: float | None = None
    last_error: StepError | None = None


@dataclass(frozen=True, slots=True)
class LatestRun:
    """ms: from acceptance to the end, None while it goes on."""

    id: UUID
    state: State
    accepted_at: datetime
    ms: float | None
    failed_step: str


@dataclass(frozen=True, slots=True)
class Overlay:
    """version: the number of the one that runs, or of the one asked for; None where nothing is published.

    since: from when on is counted; cursor: when this was read.
    """

    version: int | None
    window: Window
    since: datetime
    cursor: datetime
    steps: Mapping[str, StepCounts]
    runs: tuple[LatestRun, ...]


def window_of(text: str) -> Window:
    """Read the name of a window, an hour where none is named. Raises InputError."""
    try:
        return Window(text or Window.HOUR)
    except ValueError:
        known = ", ".join(Window)
        raise InputError("overlay.window", f"A window is one of {known}.", place="window") from None


def overlay(by: Actor, flow_id: UUID, window: Window, *, number: int | None = None) -> Overlay:
    """Give what happened at the steps of the version that runs, or of another. Raises AccessError."""
    require(by, "run.view")
    flow = flow_queries.flow(by, flow_id)
    version = flow.current_version if number is None else flow_queries.version(by, flow_id, number)
    slot_s, reach = _REACH[window]
    with bind(by.tenant_id), connection.cursor() as cursor:
        now, since = _bounds(cursor, slot_s, reach)
        asked = {"tenant": by.tenant_id, "flow": flow_id, "limit": STUCK_MAX}
        asked |= {"version": version and version.id, "slot_s": slot_s, "since": since}
        tallies, errors = _read(cursor, "tallies", asked), _read(cursor, "errors", asked)
        stuck, waiting = _read(cursor, "stuck", asked), _read(cursor, "waiting", asked)
        latest = _read(cursor, "latest", asked | {"limit": RUNS, "among": AMONG})
    standing = Counter({(State.WAITING, step): count for step, count in waiting})
    for state, step, count in stuck:
        standing[State(state), step.partition("/")[0]] += count  # of a flow inside: the step that runs it
    minutes = max(1.0, (now - _counted_from(since, version)) / timedelta(minutes=1))
    return Overlay(
        version.number if version else None,
        window,
        since,
        now,
        _steps(version, tallies, {row[0]: StepError(*row[1:]) for row in errors}, standing, minutes),
        tuple(LatestRun(row[0], State(row[1]), *row[2:]) for row in latest),
    )


def _bounds(cursor: Any, slot_s: int, reach: timedelta) -> tuple[datetime, datetime]:  # noqa: ANN401
    """Give the database's clock and the beginning of the slot that lies this far back."""
    cursor.execute(
        "SELECT now(), date_bin(make_interval(secs => %s), now() - %s::interval, 'epoch')", [slot_s, reach]
    )
    now, since = cursor.fetchone()
    return now, since


def _read(cursor: Any, name: str, asked: Mapping[str, object]) -> list[tuple[Any, ...]]:  # noqa: ANN401
    cursor.execute(SQL[name], asked)
    found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _counted_from(since: datetime, version: Version | None) -> datetime:
    return since if version is None else max(since, version.published_at)


def _steps(
    version: Version | None,
    tallies: Iterable[tuple[str, str, int, int]],
    errors: Mapping[str, StepError],
    standing: Mapping[tuple[State, str], int],
    minutes: float,
) -> dict[str, StepCounts]:
    """Put together what is known of each step; those of the version first, in its order."""
    ports: dict[str, dict[str, int]] = {}
    times: dict[str, dict[int, int]] = {}
    for step, port, bucket, count in tallies:
        here = ports.setdefault(step, {})
        here[port] = here.get(port, 0) + count
        if bucket:
            taken = times.setdefault(step, {})
            taken[bucket] = taken.get(bucket, 0) + count
    drawn = from_json(version.definition).nodes if version else ()
    regions = {node.key: regions_of(node) for node in drawn}
    found: dict[str, StepCounts] = {}
    for key in dict.fromkeys((*regions, *ports, *(step for _, step in standing if step))):
        left = ports.get(key, {})
        runs = sum(count for port, count in left.items() if port not in regions.get(key, ()))
        found[key] = StepCounts(
            runs=runs,
            failed=left.get(ERROR, 0) + left.get(ENDED, 0),
            dead=standing.get((State.DEAD, key), 0),
            in_doubt=standing.get((State.IN_DOUBT, key), 0),
            waiting=standing.get((State.WAITING, key), 0),
            per_minute=round(runs / minutes, 2),
            ports={port: count for port, count in left.items() if port != ENDED},
            p50_ms=_quantile(times.get(key, {}), 0.5),
            p95_ms=_quantile(times.get(key, {}), 0.95),
            last_error=errors.get(key),
        )
    return found


def _quantile(counts: Mapping[int, int], share: float) -> float | None:
    """Give the time that this share of the calls did not exceed, within 5 %."""
    rank, passed = share * sum(counts.values()), 0
    for bucket in sorted(counts):
        passed += counts[bucket]
        if passed >= rank:
            return round(milliseconds_of(bucket), 2)
    return None

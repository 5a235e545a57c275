"""Counts latencies: minutes from attempts and runs, hours and days from minutes, lines of the public page.

Everything here replaces what it wrote before, so that it may run twice, late, or after a day's pause.
"""

from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from django.db import connection, transaction

from integrations.connectors import loader
from integrations.engine.database import statements
from integrations.errors import ConfigError
from integrations.telemetry.windows import DAY, HOUR, REACHES, Window, bounds

SQL: Final = statements("roll", Path(__file__).parent / "sql")
LAG_S: Final = 10
"""After the end of a minute, until its attempts stand in the database."""
AGAIN_S: Final = 150
"""Until the calls that began in it have ended, one way or the other."""
LATE_S: Final = 3600
"""Until runs that waited in a queue of ours have ended."""
MINUTES_AT_ONCE: Final = 60
REST: Final = 200
"""A window is worked out again after this many times the time that took: half a percent of a core at most."""
REST_MIN_S: Final = 50.0

Fact = str | bool | int | float | datetime | list[str]


def roll(*, region: str, now: datetime | None = None) -> int:
    """Count the minutes that are due and give how many those were. now: else the database's clock."""
    with transaction.atomic():
        if not _locked():
            return 0
        now = now or _now()
        due = _rows("due", now=now, lag_s=LAG_S, again_s=AGAIN_S, late_s=LATE_S, limit=MINUTES_AT_ONCE)
        if due:
            _run("index_new")
        for minute, passed in due:
            _count(minute, passed, region, now)
    return len(due)


def publish(*, now: datetime | None = None) -> list[Window]:
    """Work out the lines of the windows that have rested long enough, and give which those were."""
    done: list[Window] = []
    with transaction.atomic():
        if not _locked():
            return done
        now = now or _now()
        counted_until = _rows("last_minute")[0][0]
        if counted_until is None:
            return done
        known = {window: (computed_at, took_ms) for window, computed_at, took_ms in _rows("published")}
        for window in Window:
            computed_at, took_ms = known.get(window, (None, 0.0))
            rest_s = max(REST_MIN_S, REST * took_ms / 1000)
            if computed_at is None or (now - computed_at).total_seconds() >= rest_s:
                _publish(window, counted_until, now)
                done.append(window)
    return done


def _count(minute: datetime, passed: int, region: str, now: datetime) -> None:
    if passed < 3:
        _run("clear_minute", minute=minute, own=False)
        _run("count_calls", minute=minute, region=region)
    _run("clear_minute", minute=minute, own=True)
    _run("count_own", minute=minute, region=region)
    _run("note_minute", minute=minute, now=now, passes=passed)


def _publish(window: Window, counted_until: datetime, now: datetime) -> None:
    started = perf_counter()
    if window is Window.DAY:
        _fold(now)
    reach = REACHES[window]
    since, until = bounds(window, counted_until)
    connectors = [key for (key,) in _rows("connectors", span=reach.span, since=since, until=until)]
    _run("clear_board", window=window)
    _run(
        "fill_board",
        window=window,
        span=reach.span,
        since=since,
        until=until,
        step_s=reach.step.total_seconds(),
        keys=connectors,
        titles=[title(key) for key in connectors],
    )
    until = min(until, counted_until)
    took_ms = (perf_counter() - started) * 1000
    _run(
        "note_published",
        window=window,
        since=since,
        until=until,
        now=now,
        took_ms=took_ms,
    )


def _fold(now: datetime) -> None:
    """Bring hours and days up to date with their minutes, and forget what is too old."""
    for span, part, length in (("hour", "minute", HOUR), ("day", "hour", DAY)):
        for (start,) in _rows("unfolded", span=span):
            _run("clear_span", span=span, start=start)
            _run("fold", span=span, part=part, start=start, end=start + length)
    _run("note_folded")
    _run("forget", now=now)
    _run("forget_rolled", now=now)


def title(connector: str) -> str:
    """Give the name of a connector as pages show it."""
    if connector in {"http", "7m"}:
        return {"http": "HTTP", "7m": "7M"}[connector]
    try:
        return loader.headline(connector).title
    except (ConfigError, OSError):
        return connector


def _locked() -> bool:
    return bool(_rows("lock")[0][0])


def _now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        now: datetime = cursor.fetchall()[0][0]
        return now


def _rows(name: str, **values: Fact) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(SQL[name], values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def _run(name: str, **values: Fact) -> None:
    with connection.cursor() as cursor:
        cursor.execute(SQL[name], values)

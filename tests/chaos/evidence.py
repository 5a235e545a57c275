"""Turn what load generator, sink and database recorded into a history, and say what a test proved."""

import json
import os
import platform
from collections.abc import Callable, Iterable

import psutil
import psycopg

from bench.load import Sent
from bench.sink import Call
from tests.chaos.history import Effect, Outcome, Run, Submission, Verdict

STATES = {
    1: "accepted", 2: "running", 3: "waiting", 4: "in_doubt",
    5: "succeeded", 6: "dead", 7: "cancelled", 8: "expired",
}  # fmt: skip
RUNS = """
SELECT id, state FROM engine_run
WHERE %(name)s::text IS NULL OR flow_id IN (SELECT id FROM flows_flow WHERE name = %(name)s)
"""


def submissions(sent: Iterable[Sent], digest: Callable[[Sent], str] = lambda _: "") -> list[Submission]:
    """Make submissions of a load's history. digest: what the sink must have recorded of each.

    An answer that names a run proves that the request was accepted, whatever its status: a synchronous flow
    answers with the flow's own.
    """
    return [
        Submission(
            key=one.id,
            outcome=Outcome.OK if run_of(one) else Outcome(one.outcome),
            sent=one.due,
            ended=one.ended,
            ordering_key=one.ordering_key,
            body=digest(one),
            run=run_of(one),
        )
        for one in sent
    ]


def run_of(sent: Sent) -> str:
    """Give the id of the run that the answer names, in its header or its body; or nothing."""
    if sent.run:
        return sent.run
    try:
        found = json.loads(sent.answer)
    except ValueError:
        return ""
    return str(found.get("run", "")) if isinstance(found, dict) else ""


def effects(calls: Iterable[Call]) -> list[Effect]:
    """Make effects of the calls that a sink applied."""
    return [
        Effect(call.id, call.key, call.at, call.ordering_key, call.digest) for call in calls if call.applied
    ]


def runs(conninfo: str, flow_name: str | None = None) -> list[Run]:
    """Read the platform's runs as the owner of the database: all, or those of one flow."""
    with psycopg.connect(conninfo) as connection:
        rows = connection.execute(RUNS, {"name": flow_name}).fetchall()
    return [Run(str(id_), STATES.get(state, str(state))) for id_, state in rows]


def attempt_gaps_ms(calls: Iterable[Call]) -> dict[str, list[float]]:
    """Give, for each order, the pauses from the end of one attempt at the sink to the begin of the next."""
    ended: dict[str, float] = {}
    gaps: dict[str, list[float]] = {}
    for call in sorted(calls, key=lambda call: call.at):
        if call.id in ended:
            gaps.setdefault(call.id, []).append((call.at - ended[call.id]) * 1e3)
        ended[call.id] = call.ended
    return gaps


def report(test: str, verdict: Verdict, *, seed: int, seconds: float, **figures: object) -> str:
    """Give the line that every fault test prints: seed, N, duration, machine and figures."""
    memory_gib = psutil.virtual_memory().total / (1 << 30)
    machine = f"{os.cpu_count()} cores, {memory_gib:.1f} GiB, {platform.machine()}"
    more = " ".join(f"{name}={value}" for name, value in figures.items())
    n = verdict.counts.get("submitted", 0)
    return f"{test}: seed={seed} N={n} duration={seconds:.1f}s machine=({machine}) {more}\n  {verdict}"

"""What the canvas reads to lie over a flow, as JSON."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils.http import urlencode

from integrations.graph.flow import Edge
from integrations.telemetry.overlay import LatestRun, Overlay, StepCounts
from integrations.trials.way import (
    FAILED,
    IN_DOUBT,
    NOT_KNOWN,
    NOT_REACHED,
    OK,
    RUNNING,
    WAITING,
    Passed,
    Way,
)
from integrations.web.drawing import looks
from integrations.web.drawing.flow_graph import EACH, Count
from integrations.web.drawing.timeline import duration_words

_WORST: Final = (FAILED, IN_DOUBT, WAITING, RUNNING, OK, NOT_KNOWN, NOT_REACHED)


def overlay(flow_id: UUID, found: Overlay) -> dict[str, Any]:
    """Give the whole picture; the page reads it again whenever it hears that something changed."""
    return {
        "version": found.version,
        "window": str(found.window),
        "since": found.since.isoformat(),
        "cursor": found.cursor.isoformat(),
        "steps": {key: _step(flow_id, key, counts) for key, counts in found.steps.items()},
        "runs": [_run(run) for run in found.runs],
    }


def _step(flow_id: UUID, key: str, counts: StepCounts) -> dict[str, Any]:
    return {
        "runs": counts.runs,
        "failed": counts.failed,
        "dead": counts.dead,
        "in_doubt": counts.in_doubt,
        "waiting": counts.waiting,
        "per_minute": counts.per_minute,
        "p50_ms": counts.p50_ms,
        "p95_ms": counts.p95_ms,
        "ports": counts.ports,
        "last_error": _error(counts),
        "dead_url": _address("web:dead-letter-messages", flow=flow_id, step=key) if counts.dead else None,
    }


def _error(counts: StepCounts) -> Mapping[str, str] | None:
    error = counts.last_error
    if error is None:
        return None
    return {"code": error.code, "message": error.message, "at": error.at.isoformat()}


def _run(run: LatestRun) -> dict[str, Any]:
    return {
        "id": str(run.id),
        "state": run.state.name.lower(),
        "accepted_at": run.accepted_at.isoformat(),
        "ms": run.ms,
        "failed_step": run.failed_step or None,
        "url": reverse("web:run", args=[run.id]),
    }


def _address(page: str, **said: str | UUID) -> str:
    return f"{reverse(page)}?{urlencode({name: str(value) for name, value in said.items()})}"


def way(found: Way) -> dict[str, Any]:
    """Give the way of one run, for the canvas to follow."""
    run = found.run.run
    return {
        "id": str(run.id),
        "state": run.state.name.lower(),
        "version": run.version_number,
        "complete": found.is_whole,
        "url": reverse("web:run", args=[run.id]),
        "steps": [_passed(step) for step in found.steps],
    }


def _passed(step: Passed) -> dict[str, Any]:
    return {
        "key": step.key,
        "iteration": step.iteration,
        "state": step.state,
        "port": step.port or None,
        "ms": step.ms,
        "attempts": step.attempts,
        "error": {"code": step.error.code, "message": step.error.message} if step.error else None,
    }


def picture(found: Way) -> tuple[dict[str, list[Count]], dict[Edge, Count]]:
    """Mark the steps that a run came to and the edges it went along, for the drawing of the server."""
    counts: dict[str, list[Count]] = {}
    went: dict[tuple[str, str], int] = {}
    for node in found.flow.nodes:
        visits = [step for step in found.steps if step.key == node.key]
        worst = min(visits, key=lambda step: _WORST.index(step.state))
        look = looks.of_state(worst.state)
        if len(visits) > 1:
            counts[node.key] = [Count(f"{len(visits)} times, {look.word.lower()}", look.tone, look.icon)]
        elif worst.state != NOT_REACHED:
            words = f"{look.word.lower()}, {duration_words(worst.ms)}" if worst.ms else look.word.lower()
            counts[node.key] = [Count(words, look.tone, look.icon)]
        for step in visits:
            went[step.key, step.port] = went.get((step.key, step.port), 0) + 1
    marks = {
        edge: Count(f"{count} times" if count > 1 else "", "run")
        for edge in found.flow.edges
        if (count := went.get((edge.source, edge.port), 0) or _entered(found, edge))
    }
    return counts, marks


def _entered(found: Way, edge: Edge) -> int:
    """Count how often the body of a loop was entered."""
    if edge.port != EACH:
        return 0
    return sum(step.key == edge.target and step.state != NOT_REACHED for step in found.steps)

"""What the canvas reads to lie over a flow, as JSON."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.http import urlencode

from integrations.telemetry.overlay import LatestRun, Overlay, StepCounts


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

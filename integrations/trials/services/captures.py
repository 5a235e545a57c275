"""Capturing the next document that a flow accepts.

The engine keeps the document of every run it accepts, so nothing has to be said to it: who looks whether
something came finds the first run since, and copies its document. A flow that nobody captures from pays
nothing.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from integrations.engine.models import Document, Run
from integrations.errors import ConflictError
from integrations.flows.queries import flow_of
from integrations.tenants import audit
from integrations.tenants.access import Actor, require, system
from integrations.tenants.binding import bind
from integrations.tenants.ids import uuid7_at
from integrations.trials import models
from integrations.trials.queries import ACCEPTED
from integrations.trials.services.samples import add_run

ARMED_FOR: Final = timedelta(minutes=10)


class CaptureState(StrEnum):
    """Where a capture stands."""

    OFF = "off"
    ARMED = "armed"
    CAPTURED = "captured"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class CaptureView:
    """What people see of a capture. sample: what came."""

    state: CaptureState
    armed_by: str = ""
    expires_at: datetime | None = None
    sample: models.Sample | None = None


def arm(*, by: Actor, flow_id: UUID) -> CaptureView:
    """Wait for the next document of a flow, for ten minutes. Whoever may try the flow sees what came.

    Raises AccessError; ConflictError ``capture.flow_off`` where the flow takes nothing.
    """
    require(by, "flow.try")
    require(by, "run.reveal")
    with bind(by.tenant_id):
        flow = flow_of(by, flow_id, lock=True)
        if flow.current_version is None or not flow.enabled:
            raise ConflictError(
                "capture.flow_off",
                "The flow takes no documents now, so there is nothing to capture.",
                hint="Publish it and switch it on, or paste a sample.",
            )
        armed = {"armed_by": by.label[:254], "armed_at": datetime.now(UTC), "sample_id": None}
        row, _ = models.Capture.objects.update_or_create(
            flow_id=flow_id, tenant_id=by.tenant_id, defaults=armed
        )
        audit.record(by, "sample.capture_armed", flow, minutes=int(ARMED_FOR.total_seconds() // 60))
        return _view(row)


def disarm(*, by: Actor, flow_id: UUID) -> None:
    """Wait no longer. A sample that came stays."""
    require(by, "flow.try")
    with bind(by.tenant_id):
        flow = flow_of(by, flow_id)
        gone, _ = models.Capture.objects.filter(tenant_id=by.tenant_id, flow_id=flow_id).delete()
        if gone:
            audit.record(by, "sample.capture_ended", flow)


def look(*, by: Actor, flow_id: UUID) -> CaptureView:
    """Tell how the capture stands; what came meanwhile becomes a sample now."""
    require(by, "flow.view")
    with bind(by.tenant_id):
        flow_of(by, flow_id)
        row = models.Capture.objects.filter(tenant_id=by.tenant_id, flow_id=flow_id).first()
        if row is None:
            return CaptureView(CaptureState.OFF)
        return _view(row) if row.sample_id else _take(row)


def _take(row: models.Capture) -> CaptureView:
    first = (
        Run.objects.filter(
            tenant_id=row.tenant_id,
            flow_id=row.flow_id,
            origin__in=[int(origin) for origin in ACCEPTED],
            id__gte=uuid7_at(row.armed_at),
            id__lt=uuid7_at(row.armed_at + ARMED_FOR),
        )
        .order_by("id")
        .first()
    )
    if first is None or not _is_kept(first):
        return _view(row)
    by = system(row.tenant_id)
    flow_of(by, row.flow_id, lock=True)
    row = models.Capture.objects.get(tenant_id=row.tenant_id, flow_id=row.flow_id)
    if row.sample_id is None:
        sample = add_run(by, first, "", models.Origin.CAPTURED)
        row.sample_id = sample.id
        row.save(update_fields=["sample_id"])
        audit.record(by, "sample.captured", sample, flow=row.flow_id, run=first.id, armed_by=row.armed_by)
    return _view(row)


def _is_kept(run: Run) -> bool:
    kept = Document.objects.filter(tenant_id=run.tenant_id, run_id=run.id, kind=run.input_kind)
    return kept.exists()


def _view(row: models.Capture) -> CaptureView:
    ends = row.armed_at + ARMED_FOR
    if row.sample_id is not None:
        found = models.Sample.objects.filter(tenant_id=row.tenant_id, id=row.sample_id).defer("content")
        return CaptureView(CaptureState.CAPTURED, row.armed_by, ends, found.first())
    state = CaptureState.ARMED if datetime.now(UTC) < ends else CaptureState.EXPIRED
    return CaptureView(state, row.armed_by, ends)

"""Reads: samples, what may be made one, pins, cases and reports of shadow runs."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from integrations.delivery.states import State
from integrations.engine.models import Document, Origin, Run
from integrations.errors import AccessError
from integrations.flows.models import Version
from integrations.flows.queries import flow_of
from integrations.flows.visits import Pin as PinnedOutput
from integrations.tenants.access import Actor, allowed, require
from integrations.tenants.binding import bind
from integrations.trials import models, sealing
from integrations.trials.documents import Given, unpacked

SAMPLES_MAX: Final = 50
PAGE: Final = 20
ENDED: Final = (State.SUCCEEDED, State.DEAD, State.IN_DOUBT, State.CANCELLED, State.EXPIRED)
ACCEPTED: Final = (Origin.HOOK, Origin.FILE, Origin.SCHEDULE)
"""How a real document comes."""


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run whose document may become a sample."""

    run: Run
    version: int


@dataclass(frozen=True, slots=True)
class OpenPin:
    """A pin with what it says. is_plain: the value is shown, not masked."""

    row: models.Pin
    output: PinnedOutput
    is_plain: bool


def sees_values(by: Actor) -> bool:
    """Say whether somebody sees what real documents hold: who may reveal them."""
    return allowed(by, "run.reveal")


def samples(by: Actor, flow_id: UUID) -> list[models.Sample]:
    """List the samples of a flow without their documents, newest first. Raises AccessError."""
    require(by, "flow.view")
    with bind(by.tenant_id):
        flow_of(by, flow_id)
        found = models.Sample.objects.filter(tenant_id=by.tenant_id, flow_id=flow_id).defer("content")
        return list(found.order_by("-id")[:SAMPLES_MAX])


def sample(by: Actor, flow_id: UUID, sample_id: UUID) -> tuple[models.Sample, Given]:
    """Give a sample with its document. Raises AccessError."""
    require(by, "flow.view")
    with bind(by.tenant_id):
        row = sample_of(by, flow_id, sample_id)
        return row, open_sample(row)


def sample_bytes(by: Actor, flow_id: UUID, sample_id: UUID) -> Given:
    """Give the document of a sample to whoever sees what it holds. Raises AccessError."""
    row, document = sample(by, flow_id, sample_id)
    if row.origin in models.REAL and not sees_values(by):
        raise AccessError("access.role", "You may not read payloads.")
    return document


def sample_of(by: Actor, flow_id: UUID, sample_id: UUID, *, lock: bool = False) -> models.Sample:
    """Give the tenant's sample, inside `bind`. Raises AccessError."""
    found = models.Sample.objects.filter(tenant_id=by.tenant_id, flow_id=flow_id, id=sample_id)
    one = (found.select_for_update() if lock else found).first()
    if one is None:
        raise AccessError
    return one


def open_sample(row: models.Sample) -> Given:
    """Decrypt the document of a sample, inside `bind`."""
    return unpacked(sealing.opened(row))


def history(by: Actor, flow_id: UUID, *, before: UUID | None = None) -> tuple[list[PastRun], UUID | None]:
    """List runs whose document is kept, newest first, and where the next page begins."""
    require(by, "run.view")
    with bind(by.tenant_id):
        flow_of(by, flow_id)
        found = real_runs(by.tenant_id, flow_id)
        rows = list((found.filter(id__lt=before) if before else found)[: PAGE + 1])
        numbers = dict(
            Version.objects.filter(
                tenant_id=by.tenant_id, id__in={row.version_id for row in rows}
            ).values_list("id", "number")
        )
    shown = [PastRun(row, numbers.get(row.version_id, 0)) for row in rows[:PAGE]]
    return shown, shown[-1].run.id if len(rows) > PAGE else None


def real_runs(tenant_id: UUID, flow_id: UUID) -> QuerySet[Run]:
    """Find the runs of a flow that ended and whose document is kept, newest first; inside `bind`."""
    kept = Document.objects.filter(tenant_id=tenant_id, run_id=OuterRef("id"), kind=OuterRef("input_kind"))
    return Run.objects.filter(
        Exists(kept),
        tenant_id=tenant_id,
        flow_id=flow_id,
        origin__in=[int(origin) for origin in ACCEPTED],
        state__in=[int(state) for state in ENDED],
    ).order_by("-id")


def pins(by: Actor, flow_id: UUID) -> dict[str, OpenPin]:
    """Give the pins of a flow's draft by step."""
    require(by, "flow.view")
    with bind(by.tenant_id):
        flow_of(by, flow_id)
        return {pin.row.step_key: pin for pin in open_pins(by, flow_id)}


def open_pins(by: Actor, flow_id: UUID) -> list[OpenPin]:
    """Open the pins of a flow, inside `bind`."""
    is_plain = sees_values(by)
    rows = models.Pin.objects.filter(tenant_id=by.tenant_id, flow_id=flow_id).order_by("step_key")
    return [OpenPin(row, sealing.pin_of(sealing.opened(row)), is_plain) for row in rows]


def cases(by: Actor, flow_id: UUID) -> list[models.Case]:
    """List the cases of a flow by name."""
    require(by, "flow.view")
    with bind(by.tenant_id):
        flow_of(by, flow_id)
        return cases_of(by.tenant_id, flow_id)


def cases_of(tenant_id: UUID, flow_id: UUID) -> list[models.Case]:
    """Give the cases of a flow by name, inside `bind`."""
    return list(models.Case.objects.filter(tenant_id=tenant_id, flow_id=flow_id).order_by("name"))


def case(by: Actor, flow_id: UUID, case_id: UUID) -> models.Case:
    """Give one case. Raises AccessError."""
    require(by, "flow.view")
    with bind(by.tenant_id):
        return case_of(by, flow_id, case_id)


def case_of(by: Actor, flow_id: UUID, case_id: UUID, *, lock: bool = False) -> models.Case:
    """Give the tenant's case, inside `bind`. Raises AccessError."""
    found = models.Case.objects.filter(tenant_id=by.tenant_id, flow_id=flow_id, id=case_id)
    one = (found.select_for_update() if lock else found).first()
    if one is None:
        raise AccessError
    return one


def shadow(by: Actor, flow_id: UUID, shadow_id: UUID) -> models.Shadow:
    """Give the report of a shadow run. Raises AccessError where there is none, or not any more."""
    require(by, "run.view")
    with bind(by.tenant_id):
        found = models.Shadow.objects.filter(tenant_id=by.tenant_id, flow_id=flow_id, id=shadow_id)
        one = found.defer("definition").first()
    if one is None:
        raise AccessError
    return one

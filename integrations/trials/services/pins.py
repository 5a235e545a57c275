"""Pins: outputs that stand for a step's own while its draft is tried."""

from typing import Final
from uuid import UUID

from django.db.models.functions import Now

from integrations.errors import ConflictError, FlowError, LimitError
from integrations.flows.queries import flow_of
from integrations.flows.visits import Pin as PinnedOutput
from integrations.graph.validate import KEY
from integrations.tenants import audit
from integrations.tenants.access import Actor, require
from integrations.tenants.binding import bind
from integrations.tenants.ids import new_id
from integrations.trials import models, sealing
from integrations.trials.queries import OpenPin, sees_values

MOST_BYTES: Final = 1 << 20
PINS_MAX: Final = 100


def set_pin(*, by: Actor, flow_id: UUID, step: str, output: PinnedOutput) -> OpenPin:
    """Pin an output to a step, or another one. The step need not be in the draft that is stored.

    Raises FlowError for what cannot be a step, LimitError ``pin.too_large``, ConflictError ``pin.too_many``.
    """
    require(by, "flow.try")
    if not KEY.fullmatch(step):
        raise FlowError("pin.step", "There can be no step with this key.", place="step")
    content = sealing.pin_bytes(output)
    if len(content) > MOST_BYTES:
        raise LimitError("pin.too_large", f"A pinned value has at most {MOST_BYTES:,} bytes.", place="value")
    with bind(by.tenant_id):
        flow_of(by, flow_id, lock=True)
        found = models.Pin.objects.filter(tenant_id=by.tenant_id, flow_id=flow_id)
        row = found.filter(step_key=step).first()
        if row is None:
            if found.count() >= PINS_MAX:
                raise ConflictError("pin.too_many", f"A flow has at most {PINS_MAX} pins.")
            row = models.Pin(id=new_id(), tenant_id=by.tenant_id, flow_id=flow_id, step_key=step)
        row.size_bytes, row.updated_by, row.updated_at = len(content), by.label[:254], Now()
        row.content = sealing.sealed(models.Pin, by.tenant_id, row.id, content)
        row.save()
        row.refresh_from_db(fields=["updated_at"])
        audit.record(by, "pin.set", row, flow=flow_id, step=step, bytes=len(content))
    return OpenPin(row, output, sees_values(by))


def remove_pin(*, by: Actor, flow_id: UUID, step: str) -> None:
    """Let a step run again. Nothing happens where it has no pin."""
    require(by, "flow.try")
    with bind(by.tenant_id):
        flow_of(by, flow_id)
        row = models.Pin.objects.filter(tenant_id=by.tenant_id, flow_id=flow_id, step_key=step).first()
        if row is not None:
            audit.record(by, "pin.removed", row, flow=flow_id, step=step)
            row.delete()

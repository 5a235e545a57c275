"""Flows that are not needed: put away with all they did, and taken out again."""

from uuid import UUID

from django.db.models.functions import Now

from integrations.errors import ConflictError
from integrations.flows.models import Flow
from integrations.flows.queries import flow_of
from integrations.tenants import audit
from integrations.tenants.access import Actor, require
from integrations.tenants.binding import bind


def archive_flow(*, by: Actor, flow_id: UUID) -> Flow:
    """Put a flow that is off away: lists leave it out, nothing of it is lost. Raises ConflictError."""
    require(by, "flow.edit")
    with bind(by.tenant_id):
        flow = flow_of(by, flow_id, lock=True)
        if flow.enabled:
            raise ConflictError("flow.is_on", "Switch the flow off first.")
        if flow.archived_at is None:
            Flow.objects.filter(tenant_id=by.tenant_id, id=flow_id).update(archived_at=Now())
            audit.record(by, "flow.archived", flow)
        return flow_of(by, flow_id)


def restore_flow(*, by: Actor, flow_id: UUID) -> Flow:
    """Take a flow out of the archive; it is still off."""
    require(by, "flow.edit")
    with bind(by.tenant_id):
        flow = flow_of(by, flow_id, lock=True)
        if flow.archived_at is not None:
            flow.archived_at = None
            flow.save(update_fields=["archived_at"])
            audit.record(by, "flow.restored", flow)
    return flow

"""A flow made again: beside itself, or in another environment, which is another tenant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from integrations.errors import AccessError, ConflictError
from integrations.flows.inventory import Stead, at_home, fill
from integrations.flows.models import Flow, Version
from integrations.flows.queries import flow_of
from integrations.flows.references import Reference
from integrations.flows.services.drafts import create_flow, save_draft
from integrations.flows.snapshots import checksum, from_json, to_json
from integrations.graph.flow import Flow as Definition
from integrations.graph.flow import Note
from integrations.tenants import audit
from integrations.tenants.access import Actor, require
from integrations.tenants.binding import bind
from integrations.tenants.models import Tenant

NOTE: Final = "copied_from"
NAME_MAX: Final = 120


@dataclass(frozen=True, slots=True)
class Original:
    """What is copied. said: the draft, or which version, in words. found: what it names."""

    flow: Flow
    definition: Definition
    said: str
    found: tuple[Reference, ...]


def duplicate_flow(*, by: Actor, flow_id: UUID, name: str = "") -> Flow:
    """Make another flow of this tenant with the draft of this one. It runs nothing and has no address."""
    require(by, "flow.edit")
    with bind(by.tenant_id):
        flow = flow_of(by, flow_id)
        made = create_flow(by=by, name=name or f"{flow.name[: NAME_MAX - 7]} (copy)", definition=flow.draft)
        audit.record(by, "flow.duplicated", flow, copy=made.id)
    return made


def original(by: Actor, flow_id: UUID, number: int | None = None) -> Original:
    """Read what is to be copied, its connections by name. number: of a version; None for the draft."""
    require(by, "flow.view")
    with bind(by.tenant_id):
        flow = flow_of(by, flow_id)
        version = None
        if number is not None:
            version = Version.objects.filter(tenant_id=by.tenant_id, flow_id=flow_id, number=number).first()
            if version is None:
                raise AccessError
    definition, found = at_home(by, from_json(version.definition if version else flow.draft))
    return Original(flow, definition, f"version {number}" if number else "the draft", tuple(found))


def copy_flow(
    *,
    by: Actor,
    flow_id: UUID,
    into: Actor,
    number: int | None = None,
    steads: Sequence[Stead] = (),
    replace_draft: bool = True,
) -> Flow:
    """Copy the draft or a version into another tenant, as a draft with a note where it came from.

    into: the same person, or another key, in that tenant. steads: what stands there for what the flow names.
    replace_draft: the flow of the same short name there gets the draft; else it becomes a new flow. Audited
    in both tenants. Raises AccessError, ConflictError, FlowError.
    """
    if into.tenant_id == by.tenant_id:
        raise ConflictError("flow.same_tenant", "This is the environment that the flow is in: duplicate it.")
    require(into, "flow.edit")
    source = original(by, flow_id, number)
    with bind(by.tenant_id):
        origin = Tenant.objects.get(id=by.tenant_id).name
    with bind(into.tenant_id):
        definition = fill(by=into, flow=source.definition, found=source.found, steads=steads)
        made = _land(into, source, to_json(_noted(definition, source, origin)), replace_draft=replace_draft)
        audit.record(into, "flow.copied_in", made, source=flow_id, tenant=by.tenant_id, number=number)
    with bind(by.tenant_id):
        audit.record(by, "flow.copied_out", source.flow, copy=made.id, tenant=into.tenant_id, number=number)
    return made


def _land(into: Actor, source: Original, draft: Mapping[str, object], *, replace_draft: bool) -> Flow:
    there = Flow.objects.filter(tenant_id=into.tenant_id, slug=source.flow.slug).first()
    if there is None or not replace_draft:
        slug = source.flow.slug if there is None else ""
        return create_flow(by=into, name=source.flow.name, slug=slug, definition=draft)
    if checksum(there.draft) == checksum(to_json(from_json(draft))):
        return there
    return save_draft(by=into, flow_id=there.id, definition=draft, revision=there.draft_revision)


def _noted(definition: Definition, source: Original, origin: str) -> Definition:
    """Put the note on the canvas, above the steps, in the place of an older one."""
    left = min((node.position[0] for node in definition.nodes), default=0)
    top = min((node.position[1] for node in definition.nodes), default=0)
    text = f"Copied from “{source.flow.name}” of {origin}, {source.said}."
    note = Note(NOTE, text, (left, top - 160))
    return replace(definition, notes=(*(one for one in definition.notes if one.key != NOTE), note))

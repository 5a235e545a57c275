"""Flows and their drafts."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Now

from integrations.errors import ConflictError, FlowError
from integrations.flows.exact_json import canonical
from integrations.flows.inventory import Stead, fill
from integrations.flows.models import Flow
from integrations.flows.queries import flow_of
from integrations.flows.references import references
from integrations.flows.snapshots import DEFINITION_MAX_BYTES, checksum, from_json, to_json
from integrations.flows.yamlfile import read_flow
from integrations.graph.flow import Json
from integrations.tenants import audit
from integrations.tenants.access import Actor, require
from integrations.tenants.binding import bind

FLOWS_MAX = 2000


def create_flow(
    *,
    by: Actor,
    name: str,
    slug: str = "",
    definition: Mapping[str, object] | None = None,
    template: str = "",
) -> Flow:
    """Make a flow with a draft, empty where no definition is given. It runs nothing yet.

    A slug made from the name gets a number where it is taken; one that is given raises ConflictError.
    template: key of the one it is made from.
    """
    require(by, "flow.edit")
    name, draft = _name(name), storable(definition or {})
    if slug and not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", slug[:60]):
        raise FlowError("flow.slug", "A short name has small letters, digits and dashes.", place="slug")
    with bind(by.tenant_id):
        taken = set(Flow.objects.filter(tenant_id=by.tenant_id).values_list("slug", flat=True)[:FLOWS_MAX])
        if len(taken) >= FLOWS_MAX:
            raise ConflictError("flow.too_many", f"A tenant has at most {FLOWS_MAX} flows.")
        try:
            with transaction.atomic():
                flow = Flow.objects.create(
                    tenant_id=by.tenant_id,
                    name=name,
                    slug=slug[:60] or free_slug(name, taken),
                    draft=draft,
                    template=template,
                )
        except IntegrityError as error:
            raise ConflictError("flow.slug_taken", "This short name is taken.", place="slug") from error
        audit.record(by, "flow.created", flow, slug=flow.slug, **({"template": template} if template else {}))
    return flow


def save_draft(*, by: Actor, flow_id: UUID, definition: Mapping[str, object], revision: int) -> Flow:
    """Store a draft over revision `revision`. It may be incomplete, but has the form of a definition.

    Raises FlowError ``flow.malformed``; ConflictError ``flow.draft_changed`` when somebody saved meanwhile.
    """
    require(by, "flow.edit")
    draft = storable(definition)
    with bind(by.tenant_id):
        flow_of(by, flow_id)
        saved = Flow.objects.filter(tenant_id=by.tenant_id, id=flow_id, draft_revision=revision).update(
            draft=draft, draft_revision=F("draft_revision") + 1, updated_at=Now()
        )
        if not saved:
            raise ConflictError(
                "flow.draft_changed",
                "Somebody else has saved this draft meanwhile.",
                hint="Load it again, then make your change in it.",
            )
        audit.record(by, "flow.draft_saved", flow_id, revision=revision + 1)
        return flow_of(by, flow_id)


def rename_flow(*, by: Actor, flow_id: UUID, name: str) -> Flow:
    """Give a flow another name; its short name and addresses stay."""
    require(by, "flow.edit")
    name = _name(name)
    with bind(by.tenant_id):
        flow = flow_of(by, flow_id, lock=True)
        before, flow.name = flow.name, name
        flow.save(update_fields=["name"])
        audit.record(by, "flow.renamed", flow, before=before, name=name)
    return flow


def import_flow(*, by: Actor, text: str, slug: str = "", steads: Sequence[Stead] = ()) -> Flow:
    """Read a YAML file into the draft of the flow with that short name, or into a new flow.

    slug: "" for the file's own. steads: what stands for things that the file names and that are not here.
    Nothing is published. Raises FlowError with the line.
    """
    require(by, "flow.edit")
    read = read_flow(text)
    slug = slug or read.slug
    flow_read = read.flow
    if steads:
        flow_read = fill(by=by, flow=flow_read, found=references(flow_read), steads=steads)
    definition = to_json(flow_read)
    with bind(by.tenant_id):
        flow = Flow.objects.filter(tenant_id=by.tenant_id, slug=slug).first() if slug else None
        if flow is None:
            return create_flow(by=by, name=read.name, slug=slug, definition=definition)
        if checksum(flow.draft) == checksum(definition):
            return flow
        return save_draft(by=by, flow_id=flow.id, definition=definition, revision=flow.draft_revision)


def storable(definition: Mapping[str, object]) -> dict[str, Json]:
    """Give the stored form of a definition. Raises FlowError when it is none, or is too large."""
    draft = to_json(from_json(definition))
    if len(canonical(draft)) > DEFINITION_MAX_BYTES:
        raise FlowError("flow.too_large", f"A definition has at most {DEFINITION_MAX_BYTES:,} bytes.")
    return draft


def free_slug(name: str, taken: set[str]) -> str:
    """Make a short name from a name that is not among those taken: ``order-in``, ``order-in-2``."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50].strip("-") or "flow"
    number = 1
    while (candidate := slug if number == 1 else f"{slug}-{number}") in taken:
        number += 1
    return candidate


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > 120 or not name.isprintable():
        raise FlowError("flow.name", "A flow has a name of 1 to 120 letters.", place="name")
    return name

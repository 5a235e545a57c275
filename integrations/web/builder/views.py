from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from integrations.errors import ConflictError
from integrations.flows import queries, services
from integrations.schema.json_schema import to_json_schema
from integrations.web import json_door, tenancy
from integrations.web.builder import presence, shown


@require_safe
def page(request: HttpRequest, flow_id: UUID) -> HttpResponse:
    by = tenancy.actor(request)
    flow = queries.flow(by, flow_id)
    return render(request, "builder/page.html", {"flow": flow, "props": shown.props(by, flow)})


@json_door.speaks("GET", "PUT")
def draft(request: HttpRequest, flow_id: UUID) -> json_door.Answer:
    """Give the draft, or save one over its revision; a refusal of a stale one tells what stands."""
    by = tenancy.actor(request)
    if request.method == "GET":
        return shown.draft(by, queries.flow(by, flow_id))
    said = json_door.body(request)
    try:
        saved = services.save_draft(
            by=by, flow_id=flow_id, definition=json_door.an_object(said, "definition"),
            revision=json_door.an_integer(said, "revision"),
        )  # fmt: skip
    except ConflictError as error:
        return json_door.refused(error, draft=shown.draft(by, queries.flow(by, flow_id)))
    presence.tell_saved(saved, by)
    return {"revision": saved.draft_revision, **shown.checked(by, saved.draft)}


@json_door.speaks("POST")
def check(request: HttpRequest, flow_id: UUID) -> json_door.Answer:
    """Check a definition as publishing would, without saving it."""
    by = tenancy.actor(request)
    queries.flow(by, flow_id)
    return shown.checked(by, json_door.an_object(json_door.body(request), "definition"))


@json_door.speaks("POST")
def scope(request: HttpRequest, flow_id: UUID) -> json_door.Answer:
    """Give what a step of a definition finds before it, as JSON Schema."""
    by = tenancy.actor(request)
    queries.flow(by, flow_id)
    said = json_door.body(request)
    definition, step = json_door.an_object(said, "definition"), json_door.a_text(said, "step")
    found = queries.scope_in(by, definition, step)
    return {"schema": to_json_schema(found)}


@json_door.speaks("GET")
def changes(request: HttpRequest, flow_id: UUID) -> json_door.Answer:
    """Tell what publishing the draft would change, and what keeps it back."""
    return shown.changes(tenancy.actor(request), flow_id)


@json_door.speaks("POST")
def publish(request: HttpRequest, flow_id: UUID) -> json_door.Answer:
    """Publish the draft as the next version."""
    comment = json_door.a_text(json_door.body(request), "comment", "")
    made = services.publish(by=tenancy.actor(request), flow_id=flow_id, comment=comment)
    return {"version": made.number, "enabled": made.flow.enabled}

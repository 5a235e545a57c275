from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from integrations.telemetry import overlay as telemetry
from integrations.trials import way as trials
from integrations.web import json_door, paging, tenancy
from integrations.web.overlay import shown


@json_door.speaks("GET")
def overlay(request: HttpRequest, flow_id: UUID) -> json_door.Answer:
    """Give what happened at the steps of the version that runs, or of ``version``, in a ``window``."""
    window = telemetry.window_of(request.GET.get("window", ""))
    found = telemetry.overlay(
        tenancy.actor(request), flow_id, window, number=paging.number(request, "version")
    )
    return shown.overlay(flow_id, found)


@json_door.speaks("GET")
def run(request: HttpRequest, flow_id: UUID, run_id: UUID) -> json_door.Answer:
    """Give the way of one run of the flow, step by step."""
    return shown.way(trials.way(tenancy.actor(request), run_id, flow_id=flow_id))


@require_safe
def way(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Show the way of one run, drawn by the server."""
    found = trials.way(tenancy.actor(request), run_id)
    counts, marks = shown.picture(found)
    titles = {node.key: node.title for node in found.flow.nodes if node.title}
    context = {"way": found, "counts": counts, "marks": marks, "titles": titles}
    return render(request, "runs/way.html", context)

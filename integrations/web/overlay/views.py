from uuid import UUID

from django.http import HttpRequest

from integrations.telemetry import overlay as telemetry
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

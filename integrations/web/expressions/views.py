from django.http import HttpRequest, HttpResponse

from integrations.errors import InputError
from integrations.flows import evaluation
from integrations.tenants.access import require
from integrations.web import json_door, tenancy
from integrations.web.expressions import shown


@json_door.speaks("GET")
def functions(request: HttpRequest) -> json_door.Answer:
    require(tenancy.actor(request), "flow.view")
    return HttpResponse(shown.functions(), content_type=json_door.JSON)


@json_door.speaks("POST")
def evaluate(request: HttpRequest) -> json_door.Answer:
    """Evaluate an ``op`` on a ``scope``; ``let`` and ``items`` may be in sight around it."""
    said = json_door.body(request)
    if "op" not in said:
        raise InputError("request.field", "“op” is missing.", place="op")
    found = evaluation.evaluate(
        by=tenancy.actor(request), op=said["op"],
        scope=json_door.an_object({"scope": said.get("scope", {})}, "scope"), sight=shown.sight(said),
    )  # fmt: skip
    return shown.evaluated(found)

from uuid import UUID

from django.http import HttpRequest

from integrations.tenants.access import require
from integrations.trials import queries
from integrations.web import json_door, tenancy
from integrations.web.layouts import shown


@json_door.speaks("POST")
def lines(request: HttpRequest, flow_id: UUID, sample_id: UUID) -> json_door.Answer:
    """Read the first lines of a sample by the ``options`` of a fixed-width format."""
    document = _document(request, flow_id, sample_id)
    return shown.lines(document, json_door.an_object(json_door.body(request), "options"))


@json_door.speaks("POST")
def guess(request: HttpRequest, flow_id: UUID, sample_id: UUID) -> json_door.Answer:
    """Guess the options of a fixed-width format from a sample; empty where nothing can be told."""
    return {"options": shown.guessed(_document(request, flow_id, sample_id))}


def _document(request: HttpRequest, flow_id: UUID, sample_id: UUID) -> bytes:
    by = tenancy.actor(request)
    require(by, "flow.try")
    return queries.sample_bytes(by, flow_id, sample_id).body

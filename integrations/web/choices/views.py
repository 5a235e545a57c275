from django.http import HttpRequest

from integrations.connectors import queries, services
from integrations.connectors.tasks import load_choices
from integrations.tenants.access import require
from integrations.web import json_door, tenancy
from integrations.web.choices import shown


@json_door.speaks("GET")
def lists(request: HttpRequest) -> json_door.Answer:
    """Give the short lists: formats, time zones, partners, lookup tables, flows."""
    by = tenancy.actor(request)
    require(by, "flow.view")
    return shown.lists(by)


@json_door.speaks("GET")
def format_options(request: HttpRequest) -> json_door.Answer:
    require(tenancy.actor(request), "flow.view")
    return shown.format_options(request.GET.get("format", ""))


@json_door.speaks("GET")
def operation(request: HttpRequest) -> json_door.Answer:
    require(tenancy.actor(request), "flow.view")
    return shown.operation(request.GET.get("connector", ""), request.GET.get("operation", ""))


@json_door.speaks("POST")
def firings(request: HttpRequest) -> json_door.Answer:
    """Give the next five firings of a schedule's ``config``; none, and why, while it is not finished."""
    require(tenancy.actor(request), "flow.view")
    return shown.firings(json_door.an_object(json_door.body(request), "config"))


@json_door.speaks("POST")
def choices(request: HttpRequest) -> json_door.Answer:
    """Give what a field can be, as the service lists it: kept, or being loaded by the worker meanwhile."""
    by, said = tenancy.actor(request), json_door.body(request)
    operation, field = json_door.a_text(said, "operation"), json_door.a_text(said, "field")
    row = queries.connection_named(by, json_door.a_text(said, "connection"))
    found, is_wanted = services.ask_choices(
        by=by, connection_id=row.id, operation=operation, field=field, refresh=said.get("refresh") is True
    )
    if is_wanted:
        load_choices.delay(str(by.tenant_id), str(row.id), operation, field)
    return shown.loaded(found)

"""A connection made and tested without leaving the step that needs it."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from integrations.connectors import queries, services
from integrations.connectors.manifest import Manifest
from integrations.connectors.models import Connection, Status
from integrations.connectors.services import Wanted
from integrations.connectors.tasks import check
from integrations.errors import AccessError, ConfigError
from integrations.tenants.access import require
from integrations.web import json_door, tenancy
from integrations.web.connections import shown
from integrations.web.connections.forms import modes
from integrations.web.fresh import signed_in_lately


@json_door.speaks("GET")
def form(request: HttpRequest) -> json_door.Answer:
    """Describe what a new connection asks for. fresh: the person signed in so lately that it can be made."""
    require(tenancy.actor(request), "connection.edit")
    manifest = shown.manifest(request.GET.get("connector", ""))
    return {
        "connector": manifest.key,
        "title": manifest.title,
        "name": _free_name(request, manifest),
        "modes": [{"key": key, "title": title} for key, title in modes(manifest)],
        "config": [_config(name, manifest) for name in manifest.config],
        "secrets": [
            {"name": name, "title": secret.title, "help": secret.help}
            for name, secret in manifest.secrets.items()
        ],
        "fresh": signed_in_lately(request),
        "signIn": reverse("account_reauthenticate"),
    }


@json_door.speaks("POST")
def create(request: HttpRequest) -> json_door.Answer:
    """Make a connection and begin its test; a person who signed in a while ago is asked who it is."""
    by = tenancy.actor(request)
    require(by, "connection.edit")
    if not signed_in_lately(request):
        asked = AccessError("access.fresh", "Confirm that it is you, then save once more.")
        return json_door.refused(asked, signIn=reverse("account_reauthenticate"))
    said = json_door.body(request)
    wanted = Wanted(
        json_door.a_text(said, "name"),
        json_door.a_text(said, "mode"),
        _texts(said, "config"),
        _texts(said, "secrets"),
    )
    made = services.create_connection(by=by, connector=json_door.a_text(said, "connector"), wanted=wanted)
    _begin_test(request, made)
    return json_door.given(_told(queries.connection(by, made.id)), status=201)


@json_door.speaks("GET", "POST")
def state(request: HttpRequest) -> json_door.Answer:
    """Tell how a connection is; asked by POST, test it anew."""
    by = tenancy.actor(request)
    said: Mapping[str, Any] = request.GET.dict() if request.method == "GET" else json_door.body(request)
    row = queries.connection_named(by, json_door.a_text(said, "connection"))
    if request.method == "POST":
        _begin_test(request, row)
        row = queries.connection(by, row.id)
    return _told(row)


def _begin_test(request: HttpRequest, row: Connection) -> None:
    by = tenancy.actor(request)
    services.begin_check(by=by, connection_id=row.id)
    check.delay(str(by.tenant_id), str(row.id))


def _told(row: Connection) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "name": row.name,
        "connector": row.connector,
        "mode": str(row.mode),
        "status": str(row.status),
        "word": Status(row.status).label,
        "detail": row.detail,
        "checked_at": row.checked_at,
        "url": reverse("web:connection", args=[row.id]),
    }


def _config(name: str, manifest: Manifest) -> dict[str, Any]:
    field = manifest.config[name]
    return {
        "name": name,
        "title": field.title,
        "help": field.help,
        "required": field.required and not field.default,
        "default": field.default,
        "example": field.example,
        "options": list(field.options),
    }


def _free_name(request: HttpRequest, manifest: Manifest) -> str:
    taken = {row.name for row in queries.connections(tenancy.actor(request))}
    names = (manifest.title, *(f"{manifest.title} {number}" for number in range(2, 1_000)))
    return next((name for name in names if name not in taken), manifest.title)


def _texts(said: Mapping[str, Any], name: str) -> dict[str, str]:
    found = json_door.an_object({name: said.get(name, {})}, name)
    if not all(isinstance(value, str) for value in found.values()):
        raise ConfigError("request.field", f"“{name}” holds texts.", place=name)
    return {key: value for key, value in found.items() if value}

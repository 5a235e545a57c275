"""What the builder's script is given: the draft, what is wrong with it, and what the palette offers."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.urls import reverse

from integrations.connectors import queries as connector_queries
from integrations.flows import queries
from integrations.flows.models import Flow
from integrations.flows.snapshots import StoredSettings
from integrations.tenants.access import Actor, allowed
from integrations.web.builder import catalogue
from integrations.web.choices import shown as choices
from integrations.web.json_door import said_of
from integrations.web.mapper import page_props as mapper

RIGHTS: Final = {"edit": "flow.edit", "publish": "flow.publish", "try": "flow.try", "enable": "flow.enable"}
ADDRESSES: Final = {
    "overview": "web:flow",
    "draft": "web:builder-draft",
    "check": "web:builder-check",
    "scope": "web:builder-scope",
    "changes": "web:builder-changes",
    "publishJson": "web:builder-publish",
    "versions": "web:flow-versions",
    "try": "web:try",
    "samples": "web:samples",
    "samplesHistory": "web:samples-history",
    "samplesCapture": "web:samples-capture",
    "pins": "web:pins",
    "cases": "web:cases",
    "casesRun": "web:cases-run",
    "shadow": "web:shadow",
    "overlay": "web:overlay",
    "compare": "web:flow-compare",
    "export": "web:flow-export",
}


def props(by: Actor, flow: Flow) -> dict[str, Any]:
    """Give all that the script needs to begin."""
    return {
        "flow": {
            "id": str(flow.id),
            "name": flow.name,
            "slug": flow.slug,
            "enabled": flow.enabled,
            "version": flow.current_version.number if flow.current_version else None,
        },
        "may": {name: allowed(by, permission) for name, permission in RIGHTS.items()},
        "me": {"id": str(by.id), "label": by.label},
        "kinds": catalogue.kinds(),
        "connectors": catalogue.connectors(),
        "connections": connections(by),
        "settings_form": StoredSettings.model_json_schema(),
        "urls": {
            **{name: reverse(view, args=[flow.id]) for name, view in ADDRESSES.items()},
            **choices.addresses(),
            "socket": f"/ws/flows/{flow.id}/",
        },
        "mapper_urls": mapper.urls(flow),
        **draft(by, flow),
    }


def connections(by: Actor) -> list[dict[str, str]]:
    """Give the tenant's connections by name."""
    if not allowed(by, "connection.view"):
        return []
    return [
        {"id": str(row.id), "name": row.name, "connector": row.connector, "mode": str(row.mode)}
        for row in connector_queries.connections(by)
    ]


def draft(by: Actor, flow: Flow) -> dict[str, Any]:
    return {"revision": flow.draft_revision, "definition": flow.draft, **checked(by, flow.draft)}


def changes(by: Actor, flow_id: UUID) -> dict[str, Any]:
    state = queries.draft_state(by, flow_id)
    return {
        "changes": state.changes,
        "problems": [said_of(problem) for problem in state.problems],
        "isPublished": state.flow.current_version is not None,
    }


def checked(by: Actor, definition: Mapping[str, object]) -> dict[str, Any]:
    found = queries.checked(by, definition)
    return {"problems": [said_of(problem) for problem in found.problems], "ports": found.ports}

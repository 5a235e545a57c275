"""What the palette offers: the kinds of step with their forms, and the operations of the connectors."""

from functools import cache
from typing import Any

from integrations.connectors import loader
from integrations.connectors.manifest import Manifest
from integrations.flows.steps.registry import STEP_KINDS
from integrations.web.drawing import looks


@cache
def kinds() -> list[dict[str, Any]]:
    """Describe every kind of step. form: the JSON Schema of its config, from which the panel draws fields."""
    return [
        {
            "kind": kind.kind,
            "title": kind.title,
            "summary": kind.summary,
            "group": kind.group,
            "effect": kind.effect.value,
            "icon": looks.of_kind(kind.kind).icon,
            "tone": looks.of_kind(kind.kind).tone,
            "ports": list(kind.draft_ports({})),
            "form": kind.Config.model_json_schema(by_alias=True),
        }
        for kind in STEP_KINDS.values()
    ]


@cache
def connectors() -> list[dict[str, Any]]:
    """Describe every connector with its operations, by title."""
    return [_connector(loader.manifest(key)) for key in loader.found()]


def _connector(manifest: Manifest) -> dict[str, Any]:
    return {
        "key": manifest.key,
        "title": manifest.title,
        "category": manifest.category,
        "operations": [
            {"key": operation.key, "title": operation.title, "summary": operation.summary}
            for operation in manifest.operations
        ],
    }

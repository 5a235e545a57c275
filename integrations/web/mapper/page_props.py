"""What the mapper's page begins with: the draft, the step, and the addresses that its script asks."""

from collections.abc import Mapping
from typing import Any, Final

from django.urls import reverse

from integrations.errors import AccessError
from integrations.flows.models import Flow
from integrations.tenants.access import Actor, allowed

ADDRESSES: Final = {
    name: f"web:mapper-{name}"
    for name in (
        "choices", "tables", "schema", "import", "sample", "suggest", "check", "preview",
        "write", "read",
    )
}  # fmt: skip
FIELDS: Final = ("plan", "input", "body")
"""Settings that hold a plan, in the order in which they are looked for."""


def urls(flow: Flow) -> dict[str, str]:
    """Give the addresses of the mapper's doors, for the page and for the builder's dialog."""
    return {
        **{name: reverse(view) for name, view in ADDRESSES.items()},
        "functions": reverse("web:functions"),
        "evaluate": reverse("web:evaluate"),
        "format": reverse("web:choice-format"),
        "scope": reverse("web:mapper-scope", args=[flow.id]),
        "tables_page": reverse("web:tables"),
    }


def props(by: Actor, flow: Flow, step: str, field: str) -> dict[str, Any]:
    """Give all that the page's script needs. Raises AccessError where the draft has no such step or plan."""
    found = next((one for one in flow.draft.get("steps", ()) if one.get("key") == step), None)
    if found is None:
        raise AccessError
    return {
        "flow": {"id": str(flow.id), "name": flow.name},
        "step": step,
        "field": _field(found, field),
        "may": {"edit": allowed(by, "flow.edit"), "try": allowed(by, "flow.try")},
        "revision": flow.draft_revision,
        "definition": flow.draft,
        "urls": {
            **urls(flow),
            "draft": reverse("web:builder-draft", args=[flow.id]),
            "build": reverse("web:builder", args=[flow.id]),
        },
    }


def _field(step: Mapping[str, Any], wanted: str) -> str:
    kinds = {"map": ("plan",), "call": ("input",)}.get(str(step.get("kind")), FIELDS)
    if wanted and wanted not in FIELDS:
        raise AccessError
    return wanted or next((name for name in kinds if name in step.get("config", {})), kinds[0])

"""What the step panel offers for a field, gathered from the queries, the formats and the manifests."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from typing import Any, Final
from zoneinfo import available_timezones

from django.urls import reverse

from integrations.connectors import loader
from integrations.connectors.kept_choices import Loaded
from integrations.connectors.manifest import Operation
from integrations.connectors.manifest.fields import FieldSpec
from integrations.delivery.retry import Mode
from integrations.errors import ConfigError, FlowError
from integrations.flows import queries as flow_queries
from integrations.flows.environment import TenantEnv
from integrations.flows.steps.context import ScheduleRunner
from integrations.flows.steps.registry import step_kind
from integrations.flows.validation import parse_config
from integrations.formats.imports import messages
from integrations.formats.registry import FORMATS, codec
from integrations.graph.flow import Node, Settings
from integrations.partners import queries as partner_queries
from integrations.tenants.access import Actor, allowed

FIRINGS: Final = 5
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
ADDRESSES: Final = {
    "functions": "functions",
    "evaluate": "evaluate",
    "lists": "choice-lists",
    "format": "choice-format",
    "operation": "choice-operation",
    "firings": "choice-firings",
    "choices": "choices",
    "connectionForm": "choice-connection-form",
    "connectionNew": "choice-connection-new",
    "connection": "choice-connection",
}
SENT_TWICE: Final = {
    Mode.IDEMPOTENT: "A repeated call changes nothing more.",
    Mode.AT_LEAST_ONCE: "A repeated call may happen twice.",
    Mode.AT_MOST_ONCE: "A call whose outcome is unknown waits for a person.",
}


def addresses() -> dict[str, str]:
    """Give what the panel's script asks, by name; for the props of the page."""
    return {name: reverse(f"web:{view}") for name, view in ADDRESSES.items()}


def lists(by: Actor) -> dict[str, Any]:
    """Give what is chosen from short lists: formats, time zones, the tenant's partners, tables and flows."""
    may = allowed(by, "partner.view")
    return {
        "formats": [{"key": key, "title": form.title} for key, form in FORMATS.items()],
        "zones": _zones(),
        "partners": [
            {"key": row.key, "title": row.name} for row in (partner_queries.partners(by) if may else ())
        ],
        "tables": [
            {"key": row.key, "title": row.title} for row in (partner_queries.tables(by) if may else ())
        ],
        "flows": [
            {"id": str(row.id), "slug": row.slug, "title": row.name, "enabled": row.enabled}
            for row in flow_queries.flows(by, limit=200)
        ],
    }


@cache
def _zones() -> list[str]:
    return sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC")


def format_options(key: str) -> dict[str, Any]:
    """Give the form of a format's options as JSON Schema, and the messages that they can name.

    Raises ConfigError ``format.unknown``.
    """
    form = codec(key)
    return {
        "key": key,
        "title": form.title,
        "form": form.Options.model_json_schema(by_alias=True),
        "help": reverse("web:translate-format", args=[key]),
        "messages": _messages(key),
    }


@cache
def _messages(key: str) -> list[dict[str, Any]]:
    return [{"choice": one.choice, "title": one.title, "options": one.options} for one in messages(key)]


def operation(connector: str, key: str) -> dict[str, Any]:
    """Describe an operation with the fields that a call fills. Raises ConfigError for an unknown one."""
    manifest = loader.manifest(connector)
    found = manifest.operation(key)
    return {
        "connector": manifest.key,
        "key": found.key,
        "title": found.title,
        "summary": found.summary,
        "method": found.method,
        "timeout_s": found.timeout_s,
        "sent_twice": SENT_TWICE[found.mode],
        "fields": list(_fields(found)),
    }


def _fields(found: Operation) -> Iterator[dict[str, Any]]:
    for name in found.params_in("path"):
        yield _field(("path", name), found.params[name], required=True)
    for location in ("query", "header"):
        for name, param in found.params_in(location).items():
            yield _field((location, name), param, required=param.required, is_list=param.repeat)
    for path, field in found.body.items():
        if "[]" not in path:  # what stands in a list is made by a rule of its own, in the mapper
            yield _field(("body", *path.split(".")), field, required=field.required)


def _field(
    path: tuple[str, ...], field: FieldSpec, *, required: bool, is_list: bool = False
) -> dict[str, Any]:
    kind = field.type
    return {
        "path": list(path),
        "title": field.title or _spaced(path[-1]),
        "help": field.help,
        "type": "list" if is_list or kind.startswith("array<") else kind,
        "required": required,
        "nullable": field.nullable,
        "options": list(field.options),
        "example": field.example,
        "default": field.default,
        "minimum": field.minimum,
        "maximum": field.maximum,
        "pattern": field.pattern,
        "choices": field.choices is not None,
    }


def _spaced(name: str) -> str:
    """Make words of a name: ``customerCode`` and ``customer_code`` are “customer code”."""
    return _HUMP.sub(" ", name).replace("_", " ").lower() if not name.isupper() else name


def firings(config: dict[str, Any]) -> dict[str, Any]:
    """Give when a schedule fires next; message: why it never does, as it stands."""
    node = Node(key="schedule", kind="schedule_trigger", config=config)
    env = TenantEnv(Settings(), {})
    try:
        parsed = parse_config(node)
    except FlowError as error:
        return {"firings": [], "message": error.message}
    kind = step_kind(node.kind)
    wrong = kind.check(parsed, env)
    if wrong:
        return {"firings": [], "message": wrong[0].message}
    runner = kind.compile(parsed, env)
    if not isinstance(runner, ScheduleRunner):
        raise ConfigError("schedule.none", "This step does not fire by the clock.")
    moments = islice(_after(runner, datetime.now(UTC)), FIRINGS)
    return {"firings": [moment.isoformat() for moment in moments], "message": ""}


def _after(runner: ScheduleRunner, moment: datetime) -> Iterator[datetime]:
    while True:
        moment = runner.next_after(moment)
        yield moment


def loaded(found: Loaded | None) -> dict[str, Any]:
    """Tell the state of a list: loading, failed with words, or ready with its items and their age."""
    if found is None:
        return {"state": "loading", "items": [], "message": "", "at": None}
    at = datetime.fromtimestamp(found.at, UTC).isoformat()
    items = [{"value": choice.value, "label": choice.label} for choice in found.items]
    return {
        "state": "failed" if found.message else "ready",
        "items": items,
        "message": found.message,
        "at": at,
    }

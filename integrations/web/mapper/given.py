"""Reading what the mapper's script says: schemas by key or in full, a scope, documents."""

import base64
import binascii
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from pydantic import ValidationError

from integrations.errors import ConfigError, InputError
from integrations.flows.map_target import MapTarget, target_schema
from integrations.formats.codec import Value
from integrations.schema.json_schema import from_json_schema
from integrations.schema.model import Schema
from integrations.tenants.access import Actor
from integrations.web import json_door
from integrations.web.mapper import kept

MARKS: Final = frozenset({"$bytes", "$date", "$datetime"})


def schema(by: Actor, said: Mapping[str, Any], name: str) -> Schema | None:
    """Give a schema said by the ``key`` of one that is kept, or as a target; None where it is not given."""
    found = said.get(name)
    if found is None:
        return None
    if not isinstance(found, dict):
        raise InputError("request.field", f"“{name}” is an object.", place=name)
    if "key" in found:
        remembered = kept.find(by.tenant_id, json_door.a_text(found, "key"))
        if not isinstance(remembered, Schema):
            raise InputError("request.field", f"“{name}” is not the key of a schema.", place=name)
        return remembered
    if set(found) == {"json_schema"}:
        return from_json_schema(json_door.an_object(found, "json_schema"))
    return target(found)


def target(said: Mapping[str, Any]) -> Schema:
    """Give the schema of a chosen target. Raises InputError, ConfigError."""
    try:
        chosen = MapTarget.model_validate(said)
    except ValidationError as error:
        raise InputError("mapper.target", "This is not a target of a mapping.", place="target") from error
    found = target_schema(chosen)
    if found is None:
        raise ConfigError(
            "schema.not_known",
            "With these options the format does not say what is in its records.",
            hint="Name the message and its release in the options, or give a sample.",
        )
    return found


def scope(by: Actor, said: Mapping[str, Any]) -> tuple[str, dict[str, Value]]:
    """Give the scope that a mapping reads, and its key: ``{"key"}`` of one that is kept, or ``{"value"}``."""
    given = json_door.an_object(said, "input")
    if "key" in given and "value" not in given:
        key = json_door.a_text(given, "key")
        found = kept.find(by.tenant_id, key)
    else:
        found = unmarked(json_door.an_object(given, "value"))
        key = kept.keep(by.tenant_id, found)
    if not isinstance(found, dict):
        raise InputError("request.field", "“input” is not the key of a scope.", place="input")
    return key, found


def unmarked(value: Any) -> Any:  # noqa: ANN401  JSON
    """Read the marks for what JSON does not know: ``{"$date": "2026-11-23"}``, ``$datetime``, ``$bytes``."""
    if isinstance(value, list):
        return [unmarked(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((name, inner),) = value.items()
        if name in MARKS and isinstance(inner, str):
            return _marked(name, inner)
    return {key: unmarked(inner) for key, inner in value.items()}


def _marked(name: str, text: str) -> Value:
    try:
        if name == "$bytes":
            return base64.b64decode(text, validate=True)
        return date.fromisoformat(text) if name == "$date" else datetime.fromisoformat(text)
    except (ValueError, binascii.Error):
        raise InputError("mapper.mark", f"What stands at “{name}” cannot be read.", place=name) from None


def marked(value: Any) -> Any:  # noqa: ANN401  JSON
    """Write a value with marks for what JSON does not know."""
    match value:
        case dict():
            return {key: marked(inner) for key, inner in value.items()}
        case list():
            return [marked(inner) for inner in value]
        case bytes():
            return {"$bytes": base64.b64encode(value).decode()}
        case datetime():
            return {"$datetime": value.isoformat()}
        case date():
            return {"$date": value.isoformat()}
        case _:
            return value


def document(said: Mapping[str, Any]) -> bytes:
    """Give the bytes of a file said as ``text`` or ``base64``."""
    if "base64" not in said:
        return json_door.a_text(said, "text", "").encode()
    try:
        return base64.b64decode(json_door.a_text(said, "base64"), validate=True)
    except binascii.Error:
        raise InputError("request.base64", "This is not base64.", place="base64") from None

"""What an operation of a connector takes and answers, as schemas that mappings are checked against."""

from collections.abc import Mapping
from typing import Any, Final

from integrations.connectors.manifest import Operation
from integrations.errors import ConfigError
from integrations.schema.json_schema import from_json_schema
from integrations.schema.model import Field, Schema, Type

MAX_KEPT: Final = 512
_kept: dict[int, tuple[Operation, Schema, Schema]] = {}


def request_schema(operation: Operation) -> Schema:
    """Give what fills a call: ``path``, ``query``, ``header`` and ``body``."""
    return _schemas(operation)[1]


def answer_schema(operation: Operation) -> Schema:
    """Give what a good answer holds; a service may always send more than its manifest names."""
    return _schemas(operation)[2]


def _schemas(operation: Operation) -> tuple[Operation, Schema, Schema]:
    # By identity: a manifest is loaded once, and hashing one takes longer than reading its schemas.
    found = _kept.get(id(operation))
    if found is None or found[0] is not operation:
        if len(_kept) >= MAX_KEPT:
            _kept.clear()
        found = _kept[id(operation)] = operation, _request(operation), _read(operation.response_schema)
    return found


def _request(operation: Operation) -> Schema:
    body = _read(operation.body_schema)
    parts = [_part(operation, name) for name in ("path", "query", "header")]
    whole = Field(
        "body",
        body.root.type,
        fields=body.root.fields,
        is_open=True,
        repeats=body.root.repeats,
    )
    return Schema(Field("", Type.OBJECT, fields=(*parts, whole)), body.definitions, origin=operation.title)


def _part(operation: Operation, location: str) -> Field:
    """Describe the values of the path, the query or the headers, which are all written as text."""
    params = operation.params_in(location)
    fields = tuple(Field(name, Type.ANY, title=param.title) for name, param in params.items())
    return Field(location, Type.OBJECT, fields=fields, is_open=True)


def _read(document: Mapping[str, Any]) -> Schema:
    unknown = Schema(Field("", Type.ANY, nullable=True))
    if not document.get("properties"):
        return unknown
    try:
        return from_json_schema(document)
    except ConfigError:  # a list or a single value: anything
        return unknown

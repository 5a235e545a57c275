"""What a mapping is to make, as its author chose it: one of four kinds of things that have a schema.

{"canonical": "order"}
{"operation": "shopify.create_order"}
{"format": "x12", "options": {"transaction_set": "850", …}}
{"json_schema": {"type": "object", …}}
"""

from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, model_validator

from integrations import canonical
from integrations.connectors import loader
from integrations.connectors.schemas import request_schema
from integrations.errors import ConfigError, InputError, Problem
from integrations.flows.documents import check_format, record_schema
from integrations.flows.exact_json import ExactDecoder
from integrations.flows.exact_json import canonical as canonical_text
from integrations.flows.places import join
from integrations.schema.json_schema import from_json_schema
from integrations.schema.model import Schema

KINDS: Final = ("canonical", "operation", "format", "json_schema")
MAX_BYTES: Final = 1 << 20
SOFTENED: Final = frozenset({"mapping.required_target", "mapping.may_be_missing"})
"""Warnings here: what takes the document says what must be there."""


class MapTarget(BaseModel):
    """Exactly one of the four; options go with a format only."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    canonical: str = Field("", max_length=60, title="Canonical model")
    operation: str = Field(
        "", max_length=120, title="Operation", description="Connector and operation: shop.create."
    )
    format: str = Field("", max_length=60, title="Format")
    options: dict[str, Any] = Field({}, title="Format options")
    json_schema: dict[str, Any] = Field({}, title="JSON Schema")

    @model_validator(mode="after")
    def _one(self) -> "MapTarget":
        if sum(bool(getattr(self, kind)) for kind in KINDS) != 1:
            raise ValueError(f"Give one of {', '.join(KINDS)}.")
        if self.options and not self.format:
            raise ValueError("Only a format has options.")
        return self


def check_target(target: MapTarget, place: str) -> list[Problem]:
    """Find a model, an operation or a format that there is not, and a schema that cannot be read."""
    if target.format:
        return check_format(target.format, target.options, place)
    try:
        target_schema(target)
    except (ConfigError, InputError) as error:
        kind = next(kind for kind in KINDS if getattr(target, kind))
        return [Problem(error.code, error.message, join(place, kind), error.hint)]
    return []


def target_schema(target: MapTarget) -> Schema | None:
    """Give the schema; None where the format does not say. Raises ConfigError, InputError."""
    if target.canonical:
        return canonical.model(target.canonical)
    if target.operation:
        connector, _, operation = target.operation.partition(".")
        return request_schema(loader.manifest(connector).operation(operation))
    if target.format:
        return record_schema(target.format, target.options)
    return _read(canonical_text(target.json_schema))


@lru_cache(maxsize=16)
def _read(text: bytes) -> Schema:
    if len(text) > MAX_BYTES:
        raise ConfigError("schema.too_large", f"A schema kept with a step has at most {MAX_BYTES:,} bytes.")
    return from_json_schema(ExactDecoder().decode(text.decode()))


def softened(problems: list[Problem]) -> list[Problem]:
    """Make warnings of what is not filled yet."""
    return [
        replace(problem, severity="warning")
        if problem.code in SOFTENED and problem.severity == "error"
        else problem
        for problem in problems
    ]

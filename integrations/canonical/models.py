"""The business objects that everything is mapped to and from, read from ``schemas/*.json`` when first asked.

Money is an amount with its currency, a quantity has a unit code, dates and moments are such values in the
records. What several models share (money, address, party …) stands in ``schemas/parts.json``. A change that
would break a mapping raises the model's ``x-7m-version``.
"""

from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from integrations.errors import ConfigError
from integrations.schema.documents import load_object
from integrations.schema.json_schema import from_json_schema
from integrations.schema.model import Schema

MODELS: Final = (
    "order",
    "customer",
    "address",
    "product",
    "inventory-level",
    "price",
    "payment",
    "refund",
    "invoice",
    "tax-quote",
    "shipment",
    "rate",
    "tracking",
    "employee",
    "patient",
    "claim",
    "bank-transaction",
    "ledger-entry",
)
_PARTS: Final = "parts.json#/$defs/"


def models() -> tuple[str, ...]:
    """List the names of all models."""
    return MODELS


@lru_cache(maxsize=len(MODELS))
def model(name: str) -> Schema:
    """Give a model; its origin is "canonical <name> <version>". Raises ConfigError ``canonical.unknown``."""
    found = document(name)
    return from_json_schema(found, f"canonical {name} {found['x-7m-version']}")


def document(name: str) -> dict[str, Any]:
    """Give a model as JSON Schema that needs no other file. Raises ConfigError ``canonical.unknown``."""
    if name not in MODELS:
        raise ConfigError(
            "canonical.unknown",
            "There is no canonical model of this name.",
            hint=f"Known models: {', '.join(MODELS)}.",
        )
    found = _local(_read(f"{name}.json"))
    parts = _local(_read("parts.json"))["$defs"]
    own = found.get("$defs", {})
    waiting = list(_refs(found))
    needed: dict[str, Any] = {}
    while waiting:
        part = waiting.pop(0)
        if part not in own and part not in needed:
            needed[part] = parts[part]
            waiting += _refs(parts[part])
    return {**found, "$defs": {**own, **needed}}


def _read(name: str) -> dict[str, Any]:
    text = files(__package__).joinpath("schemas", name).read_text("utf-8")
    return load_object(text, "a JSON Schema")


def _local(node: Any) -> Any:  # noqa: ANN401  any part of a JSON Schema
    """Copy, with the references to the shared parts made local ones."""
    if isinstance(node, dict):
        return {key: _local(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_local(value) for value in node]
    return (
        f"#/$defs/{node.removeprefix(_PARTS)}" if isinstance(node, str) and node.startswith(_PARTS) else node
    )


def _refs(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"].removeprefix("#/$defs/")
        for value in node.values():
            yield from _refs(value)
    elif isinstance(node, list):
        for value in node:
            yield from _refs(value)

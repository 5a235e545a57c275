"""What a definition names that belongs to the tenant: connections, partners, lookup tables, other flows.

Names are all that ties a definition to its tenant: with other names in their place it is at home in another.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, TypeAlias, cast

from integrations.flows.lookup_tables import TABLE_AT
from integrations.graph.flow import Flow, Json, Node


class Kind(StrEnum):
    """What is named; the value is the setting of a step that names it."""

    CONNECTION = "connection"
    PARTNER = "partner"
    TABLE = "table"
    FLOW = "flow"


Name: TypeAlias = tuple[Kind, str]

WORDS: Final = {
    Kind.CONNECTION: "connection",
    Kind.PARTNER: "partner",
    Kind.TABLE: "lookup table",
    Kind.FLOW: "flow",
}


@dataclass(frozen=True, slots=True)
class Reference:
    """Something that is named. connector: of a connection, "" where the steps do not say. steps: keys."""

    kind: Kind
    name: str
    connector: str = ""
    steps: tuple[str, ...] = ()

    @property
    def at(self) -> Name:
        """What it is found by."""
        return self.kind, self.name

    @property
    def word(self) -> str:
        return WORDS[self.kind]


def references(flow: Flow) -> list[Reference]:
    """Give everything that is named, connections first, each with the steps that name it."""
    found: dict[Name, Reference] = {}
    for node in flow.nodes:
        for name, connector in _named(node):
            known = found.get(name, Reference(*name))
            steps = known.steps if node.key in known.steps else (*known.steps, node.key)
            found[name] = replace(known, connector=known.connector or connector, steps=steps)
    order = list(Kind)
    return sorted(found.values(), key=lambda reference: (order.index(reference.kind), reference.name))


def renamed(flow: Flow, names: Mapping[Name, str]) -> Flow:
    """Give the flow with other names in the place of some; those that are not listed stay."""
    return replace(flow, nodes=tuple(replace(node, config=_config(node, names)) for node in flow.nodes))


def _named(node: Node) -> Iterable[tuple[Name, str]]:
    for kind in Kind:
        said = node.config.get(kind)
        if isinstance(said, str) and said:
            connector = node.config.get("connector", "") if kind is Kind.CONNECTION else ""
            yield (kind, said), connector if isinstance(connector, str) else ""
    for name in _tables(dict(node.config)):
        yield (Kind.TABLE, name), ""


def _tables(value: object) -> Iterable[str]:
    """Find the tables that operations name, in the order they stand."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from _tables(inner)
    elif isinstance(value, list):
        at = _table_at(value)
        if at:
            yield value[at]
        for inner in value:
            yield from _tables(inner)


def _table_at(value: list[Any]) -> int:
    """Give where an operation names its table, 0 where it names none."""
    at = TABLE_AT.get(value[0], 0) if value and isinstance(value[0], str) else 0
    return at if 0 < at < len(value) and isinstance(value[at], str) else 0


def _config(node: Node, names: Mapping[Name, str]) -> dict[str, Json]:
    config = cast("dict[str, Json]", _retabled(dict(node.config), names))
    for kind in Kind:
        said = config.get(kind)
        if isinstance(said, str):
            config[kind] = names.get((kind, said), said)
    return config


def _retabled(value: object, names: Mapping[Name, str]) -> object:
    if isinstance(value, dict):
        return {key: _retabled(inner, names) for key, inner in value.items()}
    if not isinstance(value, list):
        return value
    made = [_retabled(inner, names) for inner in value]
    at = _table_at(value)
    if at:
        made[at] = names.get((Kind.TABLE, value[at]), value[at])
    return made

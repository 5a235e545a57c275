"""Small flows, and what a step needs to be compiled and run in a test."""

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from integrations.errors import Problem
from integrations.flows import demo
from integrations.flows.environment import TenantEnv
from integrations.flows.steps.context import ConnectionRef, PartnerRef, RunFacts
from integrations.flows.steps.registry import step_kind
from integrations.graph.flow import Edge, Flow, Node, Settings

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
FACTS = RunFacts(UUID(int=7), UUID(int=1), NOW, lookups={"harbor-articles": demo.HARBOR_ARTICLES})
CONNECTIONS = {
    "Leather shop": "shopify",
    "Currency desk": "airwallex",
    "Tax office": "avalara",
    "Carriers": "shipstation",
}


def env(
    settings: Settings | None = None,
    connections: Mapping[str, str] = CONNECTIONS,
    partners: Mapping[str, tuple[str, Mapping[str, Any]]] | None = None,
) -> TenantEnv:
    refs = [
        ConnectionRef(UUID(int=100 + number), connector, name, "twin")
        for number, (name, connector) in enumerate(connections.items())
    ]
    known = {key: PartnerRef(key, name, profile) for key, (name, profile) in (partners or {}).items()}
    named = {name: ref for ref in refs for name in (ref.name, str(ref.id))}
    return TenantEnv(settings or Settings(), named, known)


def runner(kind: str, config: dict[str, Any], *, settings: Settings | None = None) -> Any:
    """The runner of one step, after its check found no error."""
    found = [problem for problem in problems(kind, config, settings=settings) if problem.severity == "error"]
    assert found == []
    step = step_kind(kind)
    return step.compile(step.Config.model_validate(config), env(settings))


def problems(kind: str, config: dict[str, Any], *, settings: Settings | None = None) -> list[Problem]:
    step = step_kind(kind)
    return step.check(step.Config.model_validate(config), env(settings))


def flow(*nodes: Node, settings: Settings | None = None) -> Flow:
    """The steps one after the other, by the port next."""
    edges = [Edge(left.key, "next", right.key) for left, right in pairwise(nodes)]
    return Flow(nodes, tuple(edges), settings or Settings())


HTTP = Node("send", "http", "Send", {"url": "http://127.0.0.1:9/in", "value": ["get", "order", "body"]})
ORDER = Node("order", "webhook_trigger", "Order")


def definition(**config: Any) -> dict[str, Any]:
    """A flow that can be published: a webhook and one call. config: of the call."""
    return {
        "steps": [
            {"key": "order", "kind": "webhook_trigger"},
            {"key": "send", "kind": "http", "config": {"url": "http://127.0.0.1:9/in"} | config},
        ],
        "edges": [{"source": "order", "target": "send"}],
    }

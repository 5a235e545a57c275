"""Steps that are switched off: the flow as it runs, without them."""

from dataclasses import replace
from typing import Final

from integrations.graph.flow import DONE, NEXT, Edge, Flow, is_start, is_trigger
from integrations.graph.order import reachable, targets

ONWARD: Final = (NEXT, DONE, "else")
"""The ports by which a run passes a step that is off, the first that leads somewhere."""


def bypassed(flow: Flow) -> Flow:
    """Give the flow without its steps that are off, and without what only they lead to.

    What leads to such a step leads to where its port ``next``, ``done`` or ``else`` leads; where none does,
    the path ends. A trigger cannot be passed by: it stays, and `validate` refuses it.
    """
    off = {node.key for node in flow.nodes if node.off and not is_trigger(node)}
    if not off:
        return flow
    onward = _onward(flow, off)
    edges = []
    for edge in flow.edges:
        target: str | None = edge.target
        seen: set[str] = set()
        while target in off and target not in seen:
            seen.add(target)
            target = onward.get(target)
        if edge.source not in off and target is not None and target not in off:
            edges.append(edge if target == edge.target else replace(edge, target=target))
    left = replace(flow, nodes=tuple(node for node in flow.nodes if node.key not in off), edges=tuple(edges))
    lost = _reached(flow) - _reached(left)
    return replace(
        left,
        nodes=tuple(node for node in left.nodes if node.key not in lost),
        edges=tuple(edge for edge in left.edges if edge.source not in lost),
    )


def _onward(flow: Flow, off: set[str]) -> dict[str, str]:
    ways: dict[str, dict[str, Edge]] = {}
    for edge in flow.edges:
        if edge.source in off:
            ways.setdefault(edge.source, {}).setdefault(edge.port, edge)
    return {
        key: next(found[port].target for port in ONWARD if port in found)
        for key, found in ways.items()
        if any(port in found for port in ONWARD)
    }


def _reached(flow: Flow) -> set[str]:
    onward = targets(flow)
    starts = [node.key for node in flow.nodes if is_start(node)]
    return set[str]().union(*(reachable(onward, key) for key in starts))

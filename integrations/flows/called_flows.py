"""Flows that run inside another flow: which ones a definition names, and in which versions.

Publishing writes into the version which version of each called flow it runs, so a run that crashed or is
replayed walks the same steps again, whatever was published meanwhile.
"""

from dataclasses import replace
from typing import Final, TypeAlias

from integrations.errors import ConfigError
from integrations.flows.steps.context import FlowRef, StepEnv
from integrations.graph.bypass import bypassed
from integrations.graph.flow import Flow, Node

SUBFLOW: Final = "subflow"
DEPTH_MAX: Final = 5
"""Flows that may run inside each other, the outermost not counted."""

Called: TypeAlias = tuple[str, int | None]
"""A flow's short name and the number of its version; None: the one that runs."""


def called_flows(flow: Flow) -> frozenset[Called]:
    """Give the flows that the steps of a definition run, those of steps that are switched off left out."""
    return frozenset(named for node in bypassed(flow).nodes if (named := _named(node)) is not None)


def pinned(flow: Flow, env: StepEnv) -> Flow:
    """Write the version that runs now into each step that runs another flow and names none.

    Steps that name a flow that is not there stay as they are; `validate` tells of them.
    """
    nodes = tuple(_pinned(node, env) for node in flow.nodes)
    return replace(flow, nodes=nodes) if nodes != flow.nodes else flow


def depth(ref: FlowRef, env: StepEnv) -> int:
    """Count the flows inside each other from `ref` on. Raises ConfigError where a flow would run itself."""
    depths: dict[Called, int] = {}

    def depth_of(ref: FlowRef, way: tuple[str, ...]) -> int:
        if ref.slug in way:
            raise ConfigError(
                "subflow.cycle",
                f"A flow would run itself: {' → '.join((*way, ref.slug))}.",
                hint="Choose a flow that does not lead back here.",
            )
        at = (ref.slug, ref.number)
        if at not in depths:
            way = (*way, ref.slug)
            inner = [env.flow(*called) for called in sorted(called_flows(ref.definition), key=str)]
            depths[at] = 1 + max((depth_of(one, way) for one in inner), default=0)
        return depths[at]

    return depth_of(ref, (env.slug,) if env.slug else ())


def _named(node: Node) -> Called | None:
    slug, number = node.config.get("flow"), node.config.get("version")
    if node.kind != SUBFLOW or not isinstance(slug, str):
        return None
    return slug, number if isinstance(number, int) else None


def _pinned(node: Node, env: StepEnv) -> Node:
    named = _named(node)
    if named is None or named[1] is not None:
        return node
    try:
        ref = env.flow(*named)
    except ConfigError:
        return node
    return replace(node, config={**node.config, "version": ref.number})

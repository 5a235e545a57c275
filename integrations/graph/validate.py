"""What is wrong with a definition as a graph: all of it at once, each finding with its place."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from integrations.errors import Problem
from integrations.graph.flow import DONE, ERROR, Edge, Flow, Node, is_handler, is_start, is_trigger
from integrations.graph.order import LOOP_HINT, find_loop, reachable, targets

STEPS_MAX: Final = 500
KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")

Ports = Callable[[Node], tuple[str, ...] | None]
"""The ports of a step without ``error``; None where its kind or config is not understood."""

Regions = Callable[[Node], tuple[str, ...]]
"""The ports of a step that lead into regions of its own."""


def validate(flow: Flow, ports: Ports, regions: Regions = lambda _: ()) -> list[Problem]:
    """Find every problem of the graph; an empty list means that `order` and a run have a way through.

    Places: ``steps.<key>``, ``edges[<n>]`` from 0, or "" for the whole flow.
    """
    problems = [*_keys(flow), *_triggers(flow), *_edges(flow, ports), *_settings(flow)]
    loop = find_loop(flow)
    if loop:
        named = " → ".join(loop)
        problems.append(
            Problem("flow.loop", f"The steps {named} form a loop.", f"steps.{loop[0]}", LOOP_HINT)
        )
    problems += _reach(flow)
    if not loop:
        problems += _regions(flow, regions)
    return problems


def _keys(flow: Flow) -> Iterator[Problem]:
    if len(flow.nodes) > STEPS_MAX:
        yield Problem(
            "flow.too_large", f"A flow has at most {STEPS_MAX} steps; this one has {len(flow.nodes)}."
        )
    for key, count in Counter(node.key for node in flow.nodes).items():
        if not KEY.fullmatch(key):
            yield Problem(
                "flow.bad_key",
                f"“{key[:70]}” cannot be the key of a step.",
                f"steps.{key[:70]}",
                "Use small letters, digits and _, and start with a letter.",
            )
        if count > 1:
            yield Problem("flow.duplicate_key", f"{count} steps have the key “{key}”.", f"steps.{key}")


def _triggers(flow: Flow) -> Iterator[Problem]:
    triggers = [node for node in flow.nodes if is_trigger(node)]
    if not triggers:
        yield Problem(
            "flow.no_trigger", "The flow has no trigger.", hint="Add one: it says what starts a run."
        )
    for trigger in triggers:
        if trigger.off:
            yield Problem(
                "flow.trigger_off",
                "The trigger is switched off.",
                f"steps.{trigger.key}",
                "Switch it on; to stop the flow, switch the whole flow off.",
            )
    for extra in triggers[1:]:
        yield Problem(
            "flow.several_triggers",
            f"The flow already starts at “{triggers[0].key}”.",
            f"steps.{extra.key}",
            "Keep one trigger; make a second flow for the other.",
        )
    handlers = [node.key for node in flow.nodes if is_handler(node)]
    for key in handlers[1:]:
        yield Problem(
            "flow.several_handlers",
            f"Failures already start at “{handlers[0]}”.",
            f"steps.{key}",
            "Keep one error handler; a branch behind it can tell failures apart.",
        )


def _edges(flow: Flow, ports: Ports) -> Iterator[Problem]:
    nodes = {node.key: node for node in flow.nodes}
    seen: dict[tuple[str, str], int] = {}
    for number, edge in enumerate(flow.edges):
        place = f"edges[{number}]"
        yield from _edge(edge, nodes, ports, place)
        first = seen.setdefault((edge.source, edge.port), number)
        if first != number:
            yield Problem(
                "flow.port_taken",
                f"Port “{edge.port}” of “{edge.source}” already leads to “{flow.edges[first].target}”.",
                place,
                "A port leads to one step; put the steps one after the other.",
            )


def _edge(edge: Edge, nodes: dict[str, Node], ports: Ports, place: str) -> Iterator[Problem]:
    for end in dict.fromkeys((edge.source, edge.target)):
        if end not in nodes:
            yield Problem("flow.unknown_step", f"There is no step “{end}”.", place)
    if edge.target in nodes and is_trigger(nodes[edge.target]):
        yield Problem("flow.edge_into_trigger", f"Nothing can lead to the trigger “{edge.target}”.", place)
    if edge.target in nodes and is_handler(nodes[edge.target]):
        yield Problem(
            "flow.edge_into_handler",
            f"Nothing can lead to the error handler “{edge.target}”.",
            place,
            "Failures come to it by themselves.",
        )
    if edge.source not in nodes or (edge.port == ERROR and not is_handler(nodes[edge.source])):
        return
    known = ports(nodes[edge.source])
    if known is not None and edge.port not in known:
        choices = ", ".join(known if is_handler(nodes[edge.source]) else (*known, ERROR))
        yield Problem(
            "flow.unknown_port",
            f"“{edge.source}” has no port “{edge.port}”.",
            place,
            f"Its ports are {choices}.",
        )


def _settings(flow: Flow) -> Iterator[Problem]:
    settings = flow.settings
    if not 0 < settings.deadline_s <= 60:
        yield Problem(
            "flow.deadline", "The deadline is more than 0 and at most 60 seconds.", "settings.deadline_s"
        )
    if len(settings.retry) > 10 or any(not 0 <= pause <= 60 for pause in settings.retry):
        yield Problem("flow.retry", "At most 10 retries, each after 0 to 60 seconds.", "settings.retry")
    if settings.retention_h < 72:
        yield Problem(
            "flow.retention", "Dead letters are kept for at least 72 hours.", "settings.retention_h"
        )


def _reach(flow: Flow) -> Iterator[Problem]:
    onward = targets(flow)
    reached: set[str] = set()
    for start in filter(is_start, flow.nodes):
        reached |= reachable(onward, start.key)
        if not onward[start.key]:
            nothing = "runs will do nothing" if is_trigger(start) else "failures end their runs as without it"
            yield Problem(
                "flow.nothing_follows",
                f"Nothing follows “{start.key}”: {nothing}.",
                f"steps.{start.key}",
                severity="warning",
            )
    if not reached:
        return
    touched = {end for edge in flow.edges for end in (edge.source, edge.target)}
    for key in dict.fromkeys(node.key for node in flow.nodes):
        if key in reached:
            continue
        if key in touched:
            yield Problem("flow.unreachable", f"No way leads from the trigger to “{key}”.", f"steps.{key}")
        else:
            yield Problem("flow.unconnected", f"“{key}” is connected to nothing.", f"steps.{key}")


def _regions(flow: Flow, regions: Regions) -> Iterator[Problem]:
    """Find steps in a region (which belongs to one step alone) that are entered by another way."""
    starts = [node.key for node in flow.nodes if is_start(node)]
    if not any(map(is_trigger, flow.nodes)):
        return
    nodes = {node.key: node for node in flow.nodes}
    for number, edge in enumerate(flow.edges):
        source = nodes.get(edge.source)
        if source is None or edge.port not in regions(source):
            continue
        inside = reachable(targets(flow), edge.target)
        onward = targets(flow, without=edge)
        outside = set[str]().union(*(reachable(onward, start) for start in starts))
        for key in sorted(inside & outside):
            yield Problem(
                "flow.region_shared",
                f"“{key}” stands inside “{edge.source}” (behind “{edge.port}”) and is also entered "
                "from outside.",
                f"edges[{number}]",
                f"Let the last step inside lead nowhere; continue from the port “{DONE}”.",
            )
    yield from _handled(flow, starts)


def _handled(flow: Flow, starts: list[str]) -> Iterator[Problem]:
    """Find steps behind the error handler that the trigger leads to as well: a step runs once in a run."""
    onward = targets(flow)
    for handler in filter(is_handler, flow.nodes):
        elsewhere = set[str]().union(*(reachable(onward, key) for key in starts if key != handler.key))
        for key in sorted(reachable(onward, handler.key) & elsewhere):
            yield Problem(
                "flow.handler_shared",
                f"“{key}” follows the error handler “{handler.key}” and is also reached without a failure.",
                f"steps.{key}",
                "Make a step of its own for failures.",
            )

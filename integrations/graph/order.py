"""The order of the steps and what can be reached from where. Linear in steps and edges."""

from collections import deque
from collections.abc import Iterable, Mapping

from integrations.errors import FlowError
from integrations.graph.flow import Edge, Flow, is_handler

Targets = Mapping[str, Iterable[str]]


def order(flow: Flow) -> tuple[str, ...]:
    """Give the step keys so that every step stands after all steps with an edge to it.

    Among steps that are free to go, the author's order counts, so the result is stable. Edges to or from
    unknown steps are passed over. Raises FlowError ``flow.loop`` with place ``steps.<key>``.
    """
    incoming = {node.key: 0 for node in flow.nodes}
    onward = targets(flow)
    for found in onward.values():
        for target in found:
            incoming[target] += 1
    ready = deque(key for key, count in incoming.items() if count == 0)
    ordered: list[str] = []
    while ready:
        key = ready.popleft()
        ordered.append(key)
        for target in onward[key]:
            incoming[target] -= 1
            if incoming[target] == 0:
                ready.append(target)
    if len(ordered) < len(incoming):
        loop = find_loop(flow)
        raise FlowError(
            "flow.loop",
            f"The steps {' → '.join(loop)} form a loop.",
            place=f"steps.{loop[0]}",
            hint=LOOP_HINT,
        )
    return tuple(ordered)


LOOP_HINT = "Remove one of its edges; use a for-each step to repeat."


def find_loop(flow: Flow) -> tuple[str, ...]:
    """Give the keys of one loop, the first key again at its end; empty where there is none."""
    onward = targets(flow)
    done: set[str] = set()
    for root in onward:
        path: list[str] = []
        on_path: set[str] = set()
        stack = [(root, False)]
        while stack:
            key, leaving = stack.pop()
            if leaving:
                on_path.discard(path.pop())
                done.add(key)
            elif key in on_path:
                return (*path[path.index(key) :], key)
            elif key not in done:
                path.append(key)
                on_path.add(key)
                stack.append((key, True))
                stack.extend((target, False) for target in onward[key])
    return ()


def targets(flow: Flow, *, without: Edge | None = None) -> dict[str, list[str]]:
    """Give for every step the steps its edges lead to, edges to or from unknown steps left out."""
    onward: dict[str, list[str]] = {node.key: [] for node in flow.nodes}
    for edge in flow.edges:
        if edge is not without and edge.source in onward and edge.target in onward:
            onward[edge.source].append(edge.target)
    return onward


def reachable(onward: Targets, start: str) -> set[str]:
    """Give the steps that a token at `start` can come to, `start` among them."""
    seen = {start}
    todo = [start]
    while todo:
        for target in onward.get(todo.pop(), ()):
            if target not in seen:
                seen.add(target)
                todo.append(target)
    return seen


def upstream(flow: Flow, key: str) -> tuple[str, ...]:
    """Give the steps whose output can stand in the scope of `key`, in the author's order.

    Behind the error handler those are all that are not behind it: any of them may have run.
    """
    backward: dict[str, list[str]] = {node.key: [] for node in flow.nodes}
    for source, found in targets(flow).items():
        for target in found:
            backward[target].append(source)
    before = reachable(backward, key) - {key}
    for handler in filter(is_handler, flow.nodes):
        if handler.key in before:
            before |= backward.keys() - reachable(targets(flow), handler.key)
    return tuple(node.key for node in flow.nodes if node.key in before)

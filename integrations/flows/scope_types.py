"""The types of a flow's scope: what each step finds there, and whether its mappings can work with it.

Steps are taken in the order in which they run. What a step gives is known by its trigger's or format's
options, its connector's manifest or its mapping (``StepKind.typed``); where it is not known, or several ways
lead on with different values, anything may stand there, and nothing is reported.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from integrations.errors import ConfigError, FlowError, Problem
from integrations.flows.places import join
from integrations.flows.steps.context import UNKNOWN, StepConfig, StepEnv, Typed
from integrations.flows.steps.registry import STEP_KINDS
from integrations.graph.flow import DONE, NEXT, Edge, Flow, Node, is_handler, is_trigger
from integrations.graph.order import order, reachable, targets
from integrations.schema.model import Field, Schema, Type

NOTHING_KNOWN = Typed()
HIDDEN = ""
"""The port of edges that only give an order."""


def check_types(flow: Flow, configs: Mapping[str, StepConfig], env: StepEnv) -> list[Problem]:
    """Find what the mappings of a flow can never do with what comes before them.

    configs: of the steps that are valid in themselves, by key; the others give anything.
    """
    nodes = {node.key: node for node in flow.nodes}
    scopes = _Scopes(_with_hidden_ways(flow), configs, env)
    try:
        ordered = order(scopes.flow)
    except FlowError:  # the loop is told with the graph
        return []
    found: dict[str, list[Problem]] = {}
    for key in ordered:
        typed = scopes.know(nodes[key])
        place = f"steps.{key}.config"
        found[key] = [replace(problem, place=join(place, problem.place)) for problem in typed.problems]
    return [problem for node in flow.nodes for problem in found.get(node.key, ())]


def scope_of(flow: Flow, configs: Mapping[str, StepConfig], env: StepEnv, key: str) -> Schema:
    """Give what a step finds in its scope, for those who build its mapping. Raises FlowError for a loop."""
    nodes = {node.key: node for node in flow.nodes}
    scopes = _Scopes(_with_hidden_ways(flow), configs, env)
    for before in order(scopes.flow):
        if before == key:
            break
        scopes.know(nodes[before])
    return scopes.before(key)


def _with_hidden_ways(flow: Flow) -> Flow:
    """Give the flow with the ways that no edge shows: from the trigger to the error handler."""
    starts = [node.key for node in flow.nodes if is_trigger(node)]
    hidden = [Edge(start, NEXT, node.key) for start in starts for node in flow.nodes if is_handler(node)]
    return replace(flow, edges=(*flow.edges, *hidden)) if hidden else flow


def _typed(node: Node, config: StepConfig, env: StepEnv, scope: Schema) -> Typed:
    try:
        return STEP_KINDS[node.kind].typed(config, env, scope)
    except ConfigError:  # an unknown partner, connector or operation: told by the step's own check
        return NOTHING_KNOWN


@dataclass
class _Scopes:
    """Where every step's output is known, and by which of its ports.

    ways: for a step, each port of it with the steps that it leads to in the end. after: the same for all
    ports. without: the steps that are reached without it. regions: for a step that has some, the steps in
    each by its port. left: those of them that are not known yet. named: what steps give under their names,
    each made once for all that see it.
    """

    flow: Flow
    configs: Mapping[str, StepConfig]
    env: StepEnv
    known: dict[str, Typed] = field(default_factory=dict)
    named: dict[tuple[str, bool, int], tuple[Field, Field]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        onward = targets(self.flow)
        self.regions = regions_in(self.flow, onward)
        inside = {key: set[str]().union(*found.values()) for key, found in self.regions.items()}
        self.left = dict(
            sorted(inside.items(), key=lambda one: len(one[1]))
        )  # inner ones end before outer ones
        self.flow = _after_regions(self.flow, self.left)
        self.after = {key: reachable(onward, key) - {key} for key in onward}
        self.ways: dict[str, dict[str, set[str]]] = defaultdict(dict)
        for edge in self.flow.edges:
            if edge.source in onward and edge.target in onward and edge.port != HIDDEN:
                into = {edge.target} | self.after[edge.target]
                self.ways[edge.source][edge.port] = self.ways[edge.source].get(edge.port, set()) | into
        start = next((node.key for node in self.flow.nodes if is_trigger(node)), "")
        self.without = {key: self._reached_without(onward, key, start) for key in onward}

    @staticmethod
    def _reached_without(onward: Mapping[str, list[str]], key: str, start: str) -> set[str]:
        if key == start:
            return set()
        left = {source: found for source, found in onward.items() if source != key}
        return reachable(left, start) if start else set(onward)

    def know(self, node: Node) -> Typed:
        """Find out what a step gives, and what the steps around it give that it was the last in."""
        config = self.configs.get(node.key)
        typed = NOTHING_KNOWN
        if config is not None:
            typed = _typed(node, config, self.env, self.before(node.key))
        self.known[node.key] = typed
        for owner, left in self.left.items():
            is_last = left == {node.key} or (owner == node.key and not left)
            left.discard(node.key)
            if is_last and owner in self.configs:
                self._end(owner)
        return typed

    def _end(self, owner: str) -> None:
        kind = STEP_KINDS[next(node.kind for node in self.flow.nodes if node.key == owner)]
        ends = {port: self._last_output(steps) for port, steps in self.regions[owner].items()}
        self.known[owner] = kind.ended(self.configs[owner], self.known[owner], ends)

    def _last_output(self, steps: set[str]) -> Schema:
        """Give what the last step of a region gives, UNKNOWN where that may be several."""
        found = [schema for node in self.flow.nodes if node.key in steps for schema in self._ends_of(node)]
        return found[0] if len(found) == 1 else UNKNOWN

    def _ends_of(self, node: Node) -> Iterator[Schema]:
        """Give what a step leaves where the path may end at it."""
        config, kind = self.configs.get(node.key), STEP_KINDS.get(node.kind)
        if config is None or kind is None:
            yield UNKNOWN
            return
        inside = self.regions.get(node.key, {})
        for port in kind.ports(config):
            if port not in self.ways[node.key] and port not in inside:
                yield self.known[node.key].outputs.get(port, UNKNOWN)
        if not kind.ports(config):
            yield UNKNOWN

    def before(self, key: str) -> Schema:
        """Give the scope of a step: every other step is there, those that have not run with anything."""
        definitions: dict[str, Field] = {}
        fields = []
        for node in self.flow.nodes:
            if node.key == key:
                continue
            schema = self._seen(node.key, key)
            definitions.update(schema.definitions)
            is_sure = key in self.after[node.key] and key not in self.without[node.key]
            fields.append(self._named(schema.root, node.key, required=is_sure and schema.root.required))
        return Schema(Field("", Type.OBJECT, fields=tuple(fields)), definitions)

    def _named(self, root: Field, name: str, *, required: bool) -> Field:
        found = self.named.get((name, required, id(root)))
        if found is None:  # the field itself is kept beside, so that no other takes its identity
            found = self.named[name, required, id(root)] = (replace(root, name=name, required=required), root)
        return found[0]

    def _seen(self, source: str, key: str) -> Schema:
        """Give what one step left for another, UNKNOWN where that depends on the way taken."""
        outputs = self.known[source].outputs if source in self.known else {}
        schemas = [outputs.get(port, UNKNOWN) for port in self._ports(source, key)]
        if not schemas or any(schema is not schemas[0] for schema in schemas):
            return UNKNOWN
        return schemas[0]

    def _ports(self, source: str, key: str) -> Iterator[str]:
        for port, reached in self.ways[source].items():
            if key in reached:
                yield port


def regions_in(flow: Flow, onward: Mapping[str, list[str]]) -> dict[str, dict[str, set[str]]]:
    """Give, for each step with regions, the steps in each of them by its port."""
    entries = {(edge.source, edge.port): edge.target for edge in flow.edges if edge.target in onward}
    found: dict[str, dict[str, set[str]]] = {}
    for node in flow.nodes:
        kind = STEP_KINDS.get(node.kind)
        ports = kind.regions(node.config) if kind is not None else ()
        if ports:
            ways = {port: entries.get((node.key, port)) for port in ports}
            found[node.key] = {
                p: reachable(onward, to) if to is not None else set() for p, to in ways.items()
            }
    return found


def _after_regions(flow: Flow, regions: Mapping[str, set[str]]) -> Flow:
    """Give the flow with edges that no run takes: what follows a step stands behind its regions too."""
    done = {edge.source: edge.target for edge in flow.edges if edge.port == DONE}
    behind = [
        Edge(key, HIDDEN, done[owner]) for owner, steps in regions.items() if owner in done for key in steps
    ]
    return replace(flow, edges=(*flow.edges, *behind)) if behind else flow

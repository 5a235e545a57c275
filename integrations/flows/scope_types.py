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
from integrations.graph.flow import Flow, Node, is_trigger
from integrations.graph.order import order, reachable, targets
from integrations.schema.model import Field, Schema, Type

NOTHING_KNOWN = Typed()


def check_types(flow: Flow, configs: Mapping[str, StepConfig], env: StepEnv) -> list[Problem]:
    """Find what the mappings of a flow can never do with what comes before them.

    configs: of the steps that are valid in themselves, by key; the others give anything.
    """
    try:
        ordered = order(flow)
    except FlowError:  # the loop is told with the graph
        return []
    scopes = _Scopes(flow)
    nodes = {node.key: node for node in flow.nodes}
    found: dict[str, list[Problem]] = {}
    for key in ordered:
        config = configs.get(key)
        typed = NOTHING_KNOWN
        if config is not None:
            typed = _typed(nodes[key], config, env, scopes.before(key))
        scopes.known[key] = typed
        place = f"steps.{key}.config"
        found[key] = [replace(problem, place=join(place, problem.place)) for problem in typed.problems]
    return [problem for node in flow.nodes for problem in found.get(node.key, ())]


def scope_of(flow: Flow, configs: Mapping[str, StepConfig], env: StepEnv, key: str) -> Schema:
    """Give what a step finds in its scope, for those who build its mapping. Raises FlowError for a loop."""
    scopes = _Scopes(flow)
    nodes = {node.key: node for node in flow.nodes}
    for before in order(flow):
        if before == key:
            break
        config = configs.get(before)
        if config is not None:
            scopes.known[before] = _typed(nodes[before], config, env, scopes.before(before))
    return scopes.before(key)


def _typed(node: Node, config: StepConfig, env: StepEnv, scope: Schema) -> Typed:
    try:
        return STEP_KINDS[node.kind].typed(config, env, scope)
    except ConfigError:  # an unknown partner, connector or operation: told by the step's own check
        return NOTHING_KNOWN


@dataclass
class _Scopes:
    """Where every step's output is known, and by which of its ports.

    ways: for a step, each port of it with the steps that it leads to in the end. after: the same for all
    ports. sure: the steps without which a step is not reached.
    """

    flow: Flow
    known: dict[str, Typed] = field(default_factory=dict)

    def __post_init__(self) -> None:
        onward = targets(self.flow)
        self.after = {key: reachable(onward, key) - {key} for key in onward}
        self.ways: dict[str, dict[str, set[str]]] = defaultdict(dict)
        for edge in self.flow.edges:
            if edge.source in onward and edge.target in onward:
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
            fields.append(replace(schema.root, name=node.key, required=is_sure and schema.root.required))
        return Schema(Field("", Type.OBJECT, fields=tuple(fields)), definitions)

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

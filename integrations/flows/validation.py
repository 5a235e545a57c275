"""Everything that is wrong with a flow, found at once: graph, configs, mappings, connections."""

from contextlib import suppress
from dataclasses import replace

from pydantic import ValidationError

from integrations.errors import FlowError, Problem
from integrations.flows.places import join
from integrations.flows.scope_types import check_types
from integrations.flows.snapshots import problems_of
from integrations.flows.steps.context import StepConfig, StepEnv
from integrations.flows.steps.registry import STEP_KINDS, step_kind
from integrations.graph.bypass import bypassed
from integrations.graph.flow import Flow, Node
from integrations.graph.order import reachable, targets, upstream
from integrations.graph.validate import validate as validate_graph


def validate(flow: Flow, env: StepEnv) -> list[Problem]:
    """Find every problem; places point at the step and the field: ``steps.quote.config.plan.rules[2].op``.

    Those with severity ``error`` keep a version from being published; warnings are only shown. Steps that are
    switched off are not looked at.
    """
    flow = bypassed(flow)
    configs: dict[int, StepConfig] = {}
    problems: list[Problem] = []
    for number, node in enumerate(flow.nodes):
        try:
            config = parse_config(node)
        except FlowError as error:
            problems += error.problems
            continue
        configs[number] = config
        place = f"steps.{node.key}.config"
        problems += (
            replace(problem, place=join(place, problem.place))
            for problem in STEP_KINDS[node.kind].check(config, env)
        )
    by_node = {id(flow.nodes[number]): config for number, config in configs.items()}

    def ports(node: Node) -> tuple[str, ...] | None:
        config = by_node.get(id(node))
        return None if config is None else STEP_KINDS[node.kind].ports(config)

    by_key = {flow.nodes[number].key: config for number, config in configs.items()}
    problems += check_types(flow, by_key, env)
    return [*validate_graph(flow, ports, regions_of), *_sources(flow), *_forgotten(flow), *problems]


def errors_of(problems: list[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.severity == "error"]


def parse_config(node: Node) -> StepConfig:
    """Read a step's config with the model of its kind. Raises FlowError with every problem and its place."""
    try:
        kind = step_kind(node.kind)
    except FlowError as error:
        place = f"steps.{node.key}.kind"
        problem = Problem(error.code, error.message, place, error.hint)
        raise FlowError(error.code, error.message, hint=error.hint, place=place, problems=[problem]) from None
    try:
        config: StepConfig = kind.Config.model_validate(node.config)
        return config
    except ValidationError as failure:
        problems = problems_of(failure, node.config, f"steps.{node.key}.config")
        raise FlowError(
            "flow.config", problems[0].message, place=problems[0].place, problems=problems
        ) from None


def valid_configs(flow: Flow) -> dict[str, StepConfig]:
    """Give the configs of the steps that are valid in themselves, by key."""
    found: dict[str, StepConfig] = {}
    for node in flow.nodes:
        with suppress(FlowError):
            found[node.key] = parse_config(node)
    return found


def ports_of(node: Node) -> tuple[str, ...]:
    """Give the ports of a step for pages, without ``error``; none where its kind is not known."""
    kind = STEP_KINDS.get(node.kind)
    if kind is None:
        return ()
    try:
        return kind.ports(parse_config(node))
    except FlowError:
        return kind.draft_ports(node.config)


def regions_of(node: Node) -> tuple[str, ...]:
    """Give the ports of a step that lead into regions of its own; none where its kind is not known."""
    kind = STEP_KINDS.get(node.kind)
    return () if kind is None else kind.regions(node.config)


def _sources(flow: Flow) -> list[Problem]:
    """Warn where a mapping reads the output of a step that no way leads from."""
    known = {node.key for node in flow.nodes}
    found = []
    for node in flow.nodes:
        read = _read(node.config) & known
        if not read:
            continue
        for key in sorted(read - set(upstream(flow, node.key))):
            message = f"It reads the output of “{key}”, which has not run before it."
            found.append(
                Problem("flow.reads_later_step", message, f"steps.{node.key}.config", severity="warning")
            )
    return found


def _forgotten(flow: Flow) -> list[Problem]:
    """Warn where a mapping behind a new run reads the output of a step before it."""
    onward = targets(flow)
    found = []
    for node in flow.nodes:
        fresh = STEP_KINDS[node.kind].fresh if node.kind in STEP_KINDS else ()
        before = set(upstream(flow, node.key)) if fresh else set()
        starts = [edge.target for edge in flow.edges if edge.source == node.key and edge.port in fresh]
        behind = {key for start in starts for key in reachable(onward, start)}
        for step in flow.nodes:
            for key in sorted(_read(step.config) & before) if step.key in behind else ():
                message = f"It reads the output of “{key}”, which the run behind “{node.key}” does not know."
                hint = f"Let the value of “{node.key}” hold what is needed."
                place = f"steps.{step.key}.config"
                found.append(Problem("flow.reads_before_list", message, place, hint, severity="warning"))
    return found


def _read(value: object) -> set[str]:
    """Collect the first keys of all ``["get", key, …]`` in a config."""
    if isinstance(value, dict):
        return set().union(*map(_read, value.values())) if value else set()
    if not isinstance(value, list | tuple):
        return set()
    found = set().union(*map(_read, value)) if value else set()
    if len(value) > 1 and value[0] == "get" and isinstance(value[1], str):
        found.add(value[1])
    return found

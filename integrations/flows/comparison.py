"""What differs between two definitions, for a person: settings before and after, rules side by side."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeGuard

from integrations.errors import ConfigError
from integrations.flows.exact_json import ExactEncoder
from integrations.flows.expressions import check_plan
from integrations.flows.places import path_of
from integrations.flows.snapshots import StoredSettings
from integrations.flows.steps.registry import step_kind
from integrations.graph import compare as graph
from integrations.graph.flow import Edge, Flow, Node
from integrations.mapping.diff import diff
from integrations.mapping.ops.registry import OPS
from integrations.mapping.words import SOURCES, say, target

SHOWN: Final = 400
"""Characters of a value that are shown."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A setting. label: its title. place: its path. before, after: None where it is not there."""

    label: str
    place: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One target of a mapping. before, after: where its value comes from, None where it is not written."""

    target: str
    before: str | None
    after: str | None

    @property
    def kind(self) -> graph.Kind | None:
        """Whether the rule is new, gone or another; None where it stays."""
        if self.before == self.after:
            return None
        return "added" if self.before is None else "removed" if self.after is None else "changed"


@dataclass(frozen=True, slots=True)
class PlanChange:
    """A mapping that differs. sentences: what, in words. rules: all of them, side by side."""

    label: str
    place: str
    sentences: tuple[str, ...]
    rules: tuple[RuleChange, ...]


@dataclass(frozen=True, slots=True)
class StepChange:
    """A step that differs. old_title: where it was called otherwise."""

    key: str
    kind: graph.Kind
    step_kind: str
    title: str
    old_title: str
    fields: tuple[FieldChange, ...]
    plans: tuple[PlanChange, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between two definitions. redrawn: notes or groups do. both: steps and edges of either."""

    steps: tuple[StepChange, ...]
    edges: tuple[tuple[graph.Kind, Edge], ...]
    settings: tuple[FieldChange, ...]
    redrawn: bool
    both: Flow

    @property
    def is_same(self) -> bool:
        return not (self.steps or self.edges or self.settings or self.redrawn)


def compare(old: Flow, new: Flow) -> Comparison:
    """Put the differences of two definitions in words; either may be unfinished."""
    found = graph.compare(old, new)
    titles = {name: field.title or name for name, field in StoredSettings.model_fields.items()}
    settings = tuple(
        FieldChange(titles.get(name, name), name, shown(before), shown(after))
        for name, before, after in found.settings
    )
    return Comparison(tuple(map(_step, found.steps)), found.edges, settings, found.redrawn, found.both)


def shown(value: object) -> str:
    """Write a value of a definition for a person; long ones cut."""
    match value:
        case str():
            text = value
        case None:
            text = "nothing"
        case bool():
            text = "yes" if value else "no"
        case list() if value and isinstance(value[0], str) and _is_op(value):
            text = say(value)
        case _:
            text = json.dumps(value, cls=ExactEncoder, ensure_ascii=False)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _step(step: graph.Step) -> StepChange:
    old, new = step.old, step.new
    changed: list[FieldChange] = []
    plans: list[PlanChange] = []
    if old is not None and new is not None:
        if old.kind != new.kind:
            changed.append(
                FieldChange("Kind", "kind", old.kind.replace("_", " "), new.kind.replace("_", " "))
            )
        if old.off != new.off:
            changed.append(FieldChange("Switched off", "off", shown(old.off), shown(new.off)))
        plans = _plans(old, new)
        hidden = {plan.place for plan in plans}
        labels = _labels(new.kind)
        changed += [
            _field(value, labels)
            for value in graph.values(_without(old.config, hidden), _without(new.config, hidden))
        ]
    node = step.node
    title = node.title or node.key
    old_title = old.title or old.key if old is not None and new is not None and old.title != new.title else ""
    return StepChange(step.key, step.kind, node.kind, title, old_title, tuple(changed), tuple(plans))


def _field(value: graph.Value, labels: Mapping[str, str]) -> FieldChange:
    place = path_of(value.path)
    first = str(value.path[0]) if value.path else ""
    label = labels.get(first, first.replace("_", " ").capitalize())
    return FieldChange(label, place, _side(value.before), _side(value.after))


def _side(value: object) -> str | None:
    return None if isinstance(value, graph.Nothing) else shown(value)


def _without(config: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in config.items() if name not in names}


def _labels(kind: str) -> dict[str, str]:
    """Give the titles of a kind's settings; none for a kind that there is not."""
    try:
        model = step_kind(kind).Config
    except ConfigError:
        return {}
    return {name: field.title or name for name, field in model.model_fields.items()}


def _plans(old: Node, new: Node) -> list[PlanChange]:
    """Compare the mappings that both sides have under one name, and that can be used."""
    labels = _labels(new.kind)
    return [
        PlanChange(
            labels.get(name, name),
            name,
            tuple(change.sentence for change in diff(before, after)),
            tuple(_rules(before, after)),
        )
        for name, before in old.config.items()
        for after in [new.config.get(name)]
        if _is_plan(before) and _is_plan(after) and before != after
    ]


def _is_plan(value: object) -> TypeGuard[dict[str, Any]]:
    if not (isinstance(value, dict) and isinstance(value.get("rules"), list) and "version" in value):
        return False
    return not any(problem.severity == "error" for problem in check_plan(value, ""))


def _is_op(value: Sequence[object]) -> bool:
    return value[0] in OPS or value[0] in SOURCES


def _rules(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[RuleChange]:
    """Line the rules of two mappings up by their targets, in the order of the new one, the gone ones last."""
    before, after = _by_target(old["rules"], ""), _by_target(new["rules"], "")
    return [RuleChange(name, before.get(name), after.get(name)) for name in dict.fromkeys((*after, *before))]


def _by_target(rules: Sequence[Mapping[str, Any]], outer: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for rule in rules:
        name = f"{outer} / {target(rule.get('to'))}" if outer else target(rule.get("to"))
        turn = 2
        whole = name
        while whole in found:
            whole, turn = f"{name} ({turn})", turn + 1
        origin = (
            f"each of {say(rule['each'])}" if "each" in rule and "op" not in rule else say(rule.get("op"))
        )
        condition = f", if {say(rule['if'])}" if "if" in rule else ""
        found[whole] = origin + condition
        found.update(_by_target(rule.get("rules", ()), whole))
    return found

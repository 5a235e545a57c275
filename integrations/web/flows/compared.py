"""Two definitions of a flow side by side: for the page, and as JSON for the canvas."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from integrations.flows import queries
from integrations.flows.comparison import Comparison, FieldChange, PlanChange, StepChange
from integrations.flows.queries import Compared, Side
from integrations.graph.flow import Edge
from integrations.tenants.access import Actor
from integrations.web.drawing import looks
from integrations.web.drawing.flow_graph import Count

_ORDER: Final = {"removed": 0, "added": 1, "changed": 2, "moved": 3}


@dataclass(frozen=True, slots=True)
class StepShown:
    change: StepChange
    look: looks.Look
    step_look: looks.Look


@dataclass(frozen=True, slots=True)
class EdgeShown:
    """edge: with the titles of its steps, not their keys."""

    look: looks.Look
    source: str
    port: str
    target: str


@dataclass(frozen=True, slots=True)
class ComparisonShown:
    """counts, marks: the words at the steps and edges of the picture. figures: how many of which kind."""

    found: Comparison
    counts: Mapping[str, Sequence[Count]]
    marks: Mapping[Edge, Count]
    figures: Sequence[tuple[looks.Look, int]]
    steps: Sequence[StepShown]
    moved: Sequence[StepShown]
    edges: Sequence[EdgeShown]


@dataclass(frozen=True, slots=True)
class Choice:
    """A side that may be chosen."""

    name: str
    label: str


def choices(by: Actor, compared: Compared) -> list[Choice]:
    """List what can be compared: the draft, and the newest versions with their comments."""
    versions = queries.versions(by, compared.flow.id, limit=200)
    listed = [Choice("draft", "The draft")]
    for version in versions:
        runs = ", runs now" if version.id == compared.flow.current_version_id else ""
        comment = f": {version.comment[:60]}" if version.comment else ""
        listed.append(Choice(str(version.number), f"Version {version.number}{runs}{comment}"))
    known = {choice.name for choice in listed}
    older = [side for side in (compared.old, compared.new) if side.name not in known]
    return listed + [Choice(side.name, side.label.capitalize()) for side in older]


def shown(found: Comparison) -> ComparisonShown:
    """Give the marks of the picture, and the changes with their looks."""
    steps = [
        StepShown(step, looks.CHANGES[step.kind], looks.of_kind(step.step_kind))
        for step in sorted(found.steps, key=lambda step: _ORDER[step.kind])
    ]
    titles = {node.key: node.title or node.key for node in found.both.nodes}
    edges = [
        EdgeShown(
            looks.CHANGES[kind],
            titles.get(edge.source, edge.source),
            edge.port,
            titles.get(edge.target, edge.target),
        )
        for kind, edge in found.edges
    ]
    figures = {kind: sum(step.change.kind == kind for step in steps) for kind in _ORDER}
    return ComparisonShown(
        found,
        {step.change.key: [_mark(step.look)] for step in steps},
        {edge: _mark(looks.CHANGES[kind]) for kind, edge in found.edges},
        [(looks.CHANGES[kind], count) for kind, count in figures.items() if count],
        [step for step in steps if step.change.kind != "moved"],
        [step for step in steps if step.change.kind == "moved"],
        edges,
    )


def as_json(compared: Compared) -> dict[str, Any]:
    """Give the same for the canvas, by the keys of steps."""
    found = compared.found
    return {
        "from": _side(compared.old),
        "to": _side(compared.new),
        "steps": {step.key: _step(step) for step in found.steps},
        "edges": [
            {"change": kind, "source": edge.source, "port": edge.port, "target": edge.target}
            for kind, edge in found.edges
        ],
        "settings": [_field(change) for change in found.settings],
        "redrawn": found.redrawn,
    }


def _mark(look: looks.Look) -> Count:
    return Count(look.word.lower(), look.tone, look.icon)


def _side(side: Side) -> dict[str, Any]:
    return {"name": side.name, "number": side.number, "label": side.label}


def _step(step: StepChange) -> dict[str, Any]:
    return {
        "change": step.kind,
        "kind": step.step_kind,
        "title": step.title,
        "old_title": step.old_title,
        "fields": [_field(change) for change in step.fields],
        "plans": [_plan(plan) for plan in step.plans],
    }


def _field(change: FieldChange) -> dict[str, Any]:
    return {
        "label": change.label,
        "place": change.place,
        "before": change.before,
        "after": change.after,
    }


def _plan(plan: PlanChange) -> dict[str, Any]:
    rules = [
        {"target": rule.target, "change": rule.kind, "before": rule.before, "after": rule.after}
        for rule in plan.rules
    ]
    return {"label": plan.label, "place": plan.place, "sentences": list(plan.sentences), "rules": rules}

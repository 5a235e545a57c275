"""Trying a draft: rehearsed with a document, its calls answered by the vendor twins.

Drafts never run on live traffic: nothing here writes runs, meters, counters or ledgers, and nobody but the
twins is called.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.conf import settings

from integrations.errors import FlowError, InputError
from integrations.flows.queries import flow_of
from integrations.flows.rehearsal import rehearse, rehearse_step
from integrations.flows.steps.context import Effect, RunFacts, Scope, Value
from integrations.flows.visits import Answers, Bounds, Facts, Outcome, Pin, Rehearsal
from integrations.graph.order import reachable
from integrations.tenants.access import Actor, require
from integrations.tenants.binding import bind
from integrations.tenants.ids import new_id
from integrations.trials import models, rates
from integrations.trials.documents import Given, document_for
from integrations.trials.ground import Ground, ground_of, require_trigger
from integrations.trials.queries import open_pins, open_sample, sample_of, sees_values
from integrations.trials.twins import Twins

WHOLE_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be tried.

    sample_id or document: what the trigger gets. until: the last step. only: one step, whose scope comes from
    the pins, else from `scope`. now: the time that the steps see. item: which record of a file, from 1.
    """

    definition: Mapping[str, object]
    sample_id: UUID | None = None
    document: Given | None = None
    until: str = ""
    only: str = ""
    scope: Mapping[str, Value] = field(default_factory=dict)
    iteration: tuple[int, ...] = ()
    use_pins: bool = True
    now: datetime | None = None
    item: int = 1


@dataclass(frozen=True, slots=True)
class Basis:
    """All that a trial needs, read from the database. is_own: nothing real of the tenant's stands in it."""

    ground: Ground
    document: Given | None
    pins: Mapping[str, Pin]
    is_own: bool


@dataclass(frozen=True, slots=True)
class Tried:
    """A trial. is_plain: whoever asked sees its values."""

    ground: Ground
    made: Rehearsal
    is_plain: bool


def try_flow(*, by: Actor, flow_id: UUID, wanted: Wanted) -> Tried:
    """Try a draft. What goes wrong in the flow is told in the outcome.

    Raises AccessError; FlowError for a definition that is none; InputError for a document that no trigger
    could be given; ConflictError ``trial.rate``.
    """
    require(by, "flow.try")
    rates.take_turn(by)
    basis = basis_of(by, flow_id, wanted)
    made = rehearsed(basis, wanted, new_id())
    return Tried(basis.ground, made, is_plain=basis.is_own or sees_values(by))


def basis_of(by: Actor, flow_id: UUID, wanted: Wanted) -> Basis:
    """Read what a trial needs. The caller has asked for permission."""
    with bind(by.tenant_id):
        flow_of(by, flow_id)
        ground = ground_of(by.tenant_id, wanted.definition)
        pins = {pin.row.step_key: pin.output for pin in open_pins(by, flow_id)} if wanted.use_pins else {}
        document, is_own = wanted.document, True
        if wanted.sample_id is not None:
            row = sample_of(by, flow_id, wanted.sample_id)
            document, is_own = open_sample(row), row.origin not in models.REAL
    _check(ground, wanted)
    return Basis(ground, document, pins, is_own and not pins)


def rehearsed(basis: Basis, wanted: Wanted, run_id: UUID) -> Rehearsal:
    """Rehearse against the twins. run_id: by which the calls get their keys."""
    ends_at = time.monotonic() + WHOLE_S
    bounds = Bounds(clock=time.perf_counter, is_late=lambda: time.monotonic() > ends_at)
    facts = basis.ground.facts(run_id, wanted.now or datetime.now(UTC))
    site = settings.SEVENM
    with Twins(
        run_id, basis.ground.places, sandbox_url=site.sandbox_url, is_on=site.sandbox, ends_at=ends_at
    ) as twins:
        if wanted.only:
            return _alone(basis, wanted, facts, twins, bounds)
        return _whole(basis, wanted, facts, twins, bounds)


def _whole(basis: Basis, wanted: Wanted, facts: Facts, answers: Answers, bounds: Bounds) -> Rehearsal:
    require_trigger(basis.ground)
    flow, taken = basis.ground.compiled, basis.document
    try:
        document = None
        if taken is not None and flow.start not in basis.pins:
            document = document_for(flow, taken, item=wanted.item)
    except InputError as error:  # a file that cannot be cut into records has failed at its trigger
        return Rehearsal(Outcome.FAILED, (), None, None, 0.0, error, flow.start)
    return rehearse(
        flow, document, facts=facts, answer=answers, pins=basis.pins, until=wanted.until, bounds=bounds
    )


def _alone(basis: Basis, wanted: Wanted, facts: Facts, answers: Answers, bounds: Bounds) -> Rehearsal:
    flow = basis.ground.compiled
    document = None
    if wanted.only == flow.start and basis.document is not None:
        document = document_for(flow, basis.document, item=wanted.item)
    scope: Scope = {**wanted.scope, **{key: pin.value for key, pin in basis.pins.items()}}
    scope.pop(wanted.only, None)
    _enter_loops(basis.ground, wanted, scope, facts)
    return rehearse_step(
        flow,
        wanted.only,
        scope,
        facts=facts,
        answer=answers,
        pins=basis.pins,
        document=document,
        bounds=bounds,
    )


def _enter_loops(ground: Ground, wanted: Wanted, scope: Scope, facts: Facts) -> None:
    """Give a step inside of loops their items: those of `iteration`, else the first ones."""
    steps = ground.compiled.steps
    onward = {key: list(step.next.values()) for key, step in steps.items()}
    bodies = {
        key: reachable(onward, step.next["each"])
        for key, step in steps.items()
        if step.effect is Effect.LOOP and "each" in step.next
    }
    around = sorted(
        (key for key, body in bodies.items() if wanted.only in body), key=lambda key: -len(bodies[key])
    )
    for depth, key in enumerate(around):
        runner: Any = steps[key].runner
        at = wanted.iteration[depth] if depth < len(wanted.iteration) else 0
        items = runner.items(
            scope,
            RunFacts(facts.run_id, facts.tenant_id, facts.now, lookups=facts.lookups, books=facts.books),
        )
        if at >= len(items):
            raise InputError(
                "trial.no_item",
                "The list around this step has no such item.",
                place=f"steps.{key}",
                hint="Choose another sample, or pin the step before the loop.",
            )
        scope[key] = runner.enter(items[at], at)


def _check(ground: Ground, wanted: Wanted) -> None:
    known = ground.compiled.steps
    for name, key in (("until", wanted.until), ("only", wanted.only)):
        if key and key not in known:
            raise FlowError(
                "trial.no_step",
                f"There is no step “{key[:63]}” that runs in this draft.",
                place=name,
                hint="Choose a step that is not switched off.",
            )

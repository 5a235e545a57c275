"""Repeats the steps after its port "each" for every item of a list, one after the other."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from pydantic import Field as Setting
from typing_extensions import override

from integrations.errors import LimitError, Problem, SchemaError
from integrations.flows.expressions import Evaluate, Op, check_op, compile_op, fit_op
from integrations.flows.steps.context import (
    UNKNOWN,
    Effect,
    RunFacts,
    Scope,
    StepConfig,
    StepEnv,
    StepKind,
    StepOutput,
    Typed,
    Value,
    object_schema,
)
from integrations.graph.flow import DONE
from integrations.schema.model import Field, Schema, Type


class ForEachConfig(StepConfig):
    items: Op = Setting(title="List", description="Where the items are. No list there means nothing to do.")
    limit: int = Setting(1000, ge=1, le=10_000, title="Most items", description="A longer list is an error.")


class ForEachRunner:
    """Inside, the step's key holds ``{"item", "index"}`` (from 0); at "done" ``{"count", "results"}``."""

    __slots__ = ("_items", "limit")

    def __init__(self, items: Evaluate, limit: int) -> None:
        self._items = items
        self.limit = limit

    def items(self, scope: Scope, facts: RunFacts) -> list[Value]:
        found = self._items(scope, facts)
        if found is None:
            return []
        if not isinstance(found, list):
            raise SchemaError("for_each.not_a_list", "What stands there is not a list.", place="config.items")
        if len(found) > self.limit:
            raise LimitError(
                "for_each.too_many",
                f"The list has {len(found)} items; at most {self.limit} are allowed.",
                place="config.items",
                hint="Raise the limit of the step, or split the list before.",
            )
        return found

    def enter(self, item: Value, index: int) -> Value:
        return {"item": item, "index": index}

    def done(self, results: list[Value]) -> StepOutput:
        return StepOutput({"count": len(results), "results": results}, "done")


class ForEachStep(StepKind[ForEachConfig]):
    kind = "for_each"
    title = "For each"
    summary = "Repeats steps for every item of a list."
    group = "logic"
    effect = Effect.LOOP
    Config = ForEachConfig
    ways = ("each", "done")

    @override
    def regions(self, config: Mapping[str, object]) -> tuple[str, ...]:
        return ("each",)

    @override
    def check(self, config: ForEachConfig, env: StepEnv) -> list[Problem]:
        return check_op(config.items, "items")

    @override
    def typed(self, config: ForEachConfig, env: StepEnv, scope: Schema) -> Typed:
        found = fit_op(config.items, scope, "items")
        problems = list(found.problems)
        made = found.made
        if not made.repeats and made.type is not Type.ANY:
            problems.append(Problem("for_each.not_a_list", "What stands there is never a list.", "items"))
        item = replace(made if made.repeats else UNKNOWN.root, name="item", repeats=False, required=True)
        number = Field("index", Type.INTEGER, required=True, minimum=Decimal(0))
        results = Field("results", Type.ANY, required=True, repeats=True, nullable=True)
        count = Field("count", Type.INTEGER, required=True, minimum=Decimal(0))
        return Typed(
            {
                "each": object_schema([item, number], scope.definitions),
                "done": object_schema([count, results]),
            },
            problems,
        )

    @override
    def ended(self, config: ForEachConfig, typed: Typed, ends: Mapping[str, Schema]) -> Typed:
        end = ends.get("each", UNKNOWN)
        if end.root.repeats or DONE not in typed.outputs:
            return typed
        results = replace(end.root, name="results", required=True, repeats=True, nullable=True)
        (count, _) = typed.outputs[DONE].root.fields
        return replace(
            typed, outputs={**typed.outputs, DONE: object_schema([count, results], end.definitions)}
        )

    @override
    def compile(self, config: ForEachConfig, env: StepEnv) -> ForEachRunner:
        return ForEachRunner(compile_op(config.items, "config.items"), config.limit)


STEP = ForEachStep()

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.api.documents.views import problem_of
from integrations.api.mappings import serializers as shapes
from integrations.api.resource import Resource
from integrations.api.schemas.serializers import schema_of
from integrations.errors import Problem
from integrations.flows import translation
from integrations.mapping.check import check, require
from integrations.mapping.diff import diff
from integrations.mapping.explain import explain
from integrations.mapping.fit import check_fit
from integrations.mapping.lineage import lineage
from integrations.mapping.suggest import suggest
from integrations.mapping.trial import ENV, TestResult, run_tests
from integrations.mapping.values import MISSING
from integrations.schema.model import Schema

STEPS_OF_A_TEST: Final = 50_000


class CheckMapping(Resource):
    scopes = {"POST": "flow.try"}

    @extend_schema(request=shapes.GivenPlan, responses=shapes.Checked)
    def post(self, request: Request) -> Response:
        """Find everything that is wrong with a mapping plan."""
        problems = check(self.body(shapes.GivenPlan)["plan"])
        valid = all(problem.severity != "error" for problem in problems)
        return self.give(shapes.Checked, {"valid": valid, "problems": problems})


class TryMapping(Resource):
    scopes = {"POST": "flow.try"}

    @extend_schema(request=shapes.AskedMapping, responses=shapes.Mapped)
    def post(self, request: Request) -> Response:
        """Map a document and tell every value on the way. Counters give 1 and are not moved."""
        asked = self.body(shapes.AskedMapping)
        env = translation.preview_env(asked.get("now") or datetime.now(UTC))(1)
        found = explain(asked["plan"], asked["input"], env)
        steps = [
            {
                "place": step.place,
                "items": step.items,
                "value": None if step.value is MISSING else step.value,
                "is_missing": step.value is MISSING,
            }
            for step in found.steps
        ]
        error = problem_of(found.error) if found.error else None
        told = {"output": found.value, "error": error, "steps": steps, "is_complete": found.is_complete}
        return self.give(shapes.Mapped, told)


class SuggestMapping(Resource):
    scopes = {"POST": "flow.try"}

    @extend_schema(request=shapes.AskedSuggestions, responses=shapes.Suggestions)
    def post(self, request: Request) -> Response:
        """Suggest which field of the source belongs to which field of the target, and say why."""
        asked = self.body(shapes.AskedSuggestions)
        found = suggest(schema_of(asked["source"]), schema_of(asked["target"]), asked["samples"])
        return self.give(shapes.Suggestions, {"suggestions": found})


class FitMapping(Resource):
    scopes = {"POST": "flow.try"}

    @extend_schema(request=shapes.AskedFit, responses=shapes.Checked)
    def post(self, request: Request) -> Response:
        """Check a mapping plan against the schemas of its two documents."""
        asked = self.body(shapes.AskedFit)
        problems = check(asked["plan"])
        if not _has_error(problems):
            problems += check_fit(
                asked["plan"], _side(asked, "source"), _side(asked, "target"), _tables(asked["tables"])
            )
        return self.give(shapes.Checked, {"valid": not _has_error(problems), "problems": problems})


class MappingLineage(Resource):
    scopes = {"POST": "flow.try"}

    @extend_schema(request=shapes.GivenPlan, responses=shapes.LineageAnswer)
    def post(self, request: Request) -> Response:
        """Tell for every target field where it comes from."""
        return self.give(shapes.LineageAnswer, {"targets": lineage(self.body(shapes.GivenPlan)["plan"])})


class MappingDiff(Resource):
    scopes = {"POST": "flow.try"}

    @extend_schema(request=shapes.AskedDiff, responses=shapes.Changes)
    def post(self, request: Request) -> Response:
        """Tell in words what changed from one plan to another."""
        asked = self.body(shapes.AskedDiff)
        require(asked["old"])
        require(asked["new"])
        return self.give(shapes.Changes, {"changes": diff(asked["old"], asked["new"])})


class TestMapping(Resource):
    __test__ = False
    scopes = {"POST": "flow.try"}

    @extend_schema(request=shapes.AskedTests, responses=shapes.Tested)
    def post(self, request: Request) -> Response:
        """Run the tests that are kept with a plan. Counters begin at 1 in each."""
        asked = self.body(shapes.AskedTests)
        env = replace(ENV, lookups=_tables(asked["tables"]), max_steps=STEPS_OF_A_TEST)
        results = run_tests(asked["plan"], env)
        told = {"passed": all(one.passed for one in results), "tests": [_told(one) for one in results]}
        return self.give(shapes.Tested, told)


def _told(result: TestResult) -> dict[str, Any]:
    error, difference = result.error, result.difference
    return {
        "name": result.name,
        "passed": result.passed,
        "path": difference.path if difference else (),
        "message": error.message if error else difference.sentence if difference else "",
        "error": problem_of(error) if error else None,
    }


def _side(asked: Mapping[str, Any], name: str) -> Schema | None:
    return schema_of(asked[name]) if name in asked else None


def _tables(said: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    wrong = [name for name, rows in said.items() if not isinstance(rows, Mapping)]
    if wrong:
        raise ValidationError({"tables": {name[:80]: ["This must be an object."] for name in wrong}})
    return said


def _has_error(problems: list[Problem]) -> bool:
    return any(problem.severity == "error" for problem in problems)

"""Running the tests that are kept with a plan."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Final

from integrations.errors import MappingError
from integrations.mapping.allowance import MapEnv
from integrations.mapping.check import require
from integrations.mapping.compile import compile_plan
from integrations.mapping.plan import PlanTest
from integrations.mapping.values import MISSING, Result, Value, same
from integrations.mapping.words import shown

ENV: Final = MapEnv(now=datetime(2026, 1, 1, tzinfo=UTC), run_id="test")


@dataclass(frozen=True, slots=True)
class Difference:
    """The first place where a result is another than expected. path: keys, and positions of lists from 0."""

    path: tuple[str | int, ...]
    expected: Value
    found: Value
    sentence: str


@dataclass(frozen=True, slots=True)
class TestResult:
    """What came of one test: passed, or the first difference, or the error of the mapping."""

    __test__ = False

    name: str
    passed: bool
    difference: Difference | None = None
    error: MappingError | None = None


class _Counters:
    """Counters for one test: each begins at 1, and the same key gets its number again."""

    def __init__(self) -> None:
        self.given: dict[tuple[str, str], int] = {}

    def __call__(self, name: str, key: str) -> int:
        used = sum(counter == name for counter, _ in self.given)
        return self.given.setdefault((name, key), used + 1)


def run_tests(document: object, env: MapEnv = ENV) -> list[TestResult]:
    """Run the tests of a plan document. Raises MappingError for a plan that cannot be used.

    Numbers must be exactly equal (1 and 1.00 are), missing, null and empty are three things. A date in the
    result equals its text. Where a test has no ``now``, that of ``env`` is taken; counters begin at 1.
    """
    plan = require(document)
    mapping = compile_plan(document)
    results: list[TestResult] = []
    for test in plan.tests:
        facts = replace(env, now=test.now or env.now, number=_Counters())
        try:
            made = mapping(test.source, facts)
        except MappingError as error:
            results.append(TestResult(test.name, passed=False, error=error))
        else:
            results.append(_result(test, made))
    return results


def _result(test: PlanTest, made: Value) -> TestResult:
    difference = first_difference(test.expected, made)
    return TestResult(test.name, passed=difference is None, difference=difference)


def first_difference(expected: Value, found: Value, path: tuple[str | int, ...] = ()) -> Difference | None:
    """Give the first place where two values differ, in the order of the expected one, or None."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return _in_objects(expected, found, path)
    if isinstance(expected, list) and isinstance(found, list):
        pairs = zip(expected, found, strict=False)
        inner = (first_difference(one, other, (*path, n)) for n, (one, other) in enumerate(pairs))
        first = next((difference for difference in inner if difference), None)
        if first is not None or len(expected) == len(found):
            return first
        text = f"There are {len(found)} items instead of {len(expected)}."
        return Difference(path, expected, found, _at(path) + text)
    if same(expected, _written(found) if isinstance(expected, str) else found)[0]:
        return None
    text = f"{shown(found)} instead of {shown(expected)}."
    return Difference(path, expected, found, _at(path) + text)


def _in_objects(
    expected: Mapping[str, Value], found: Mapping[str, Value], path: tuple[str | int, ...]
) -> Difference | None:
    for key in [*expected, *(key for key in found if key not in expected)]:
        here = (*path, key)
        one: Result = expected.get(key, MISSING)
        other: Result = found.get(key, MISSING)
        if one is MISSING or other is MISSING:
            text = f"{shown(other)} instead of {shown(one)}."
            left = None if one is MISSING else one
            return Difference(here, left, None if other is MISSING else other, _at(here) + text)
        difference = first_difference(one, other, here)
        if difference is not None:
            return difference
    return None


def _written(value: Value) -> Value:
    """Give a date as its text; any other value as it is."""
    return value.isoformat() if isinstance(value, date) else value


def _at(path: tuple[str | int, ...]) -> str:
    names = " / ".join(f"item {key + 1}" if isinstance(key, int) else key for key in path)
    return f"“{names}”: " if names else ""

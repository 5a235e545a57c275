"""The tests that are kept with the mapping plans of a flow, run before it is published."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from integrations.errors import MappingError, Problem
from integrations.flows.lookup_tables import Tables, named_tables
from integrations.flows.places import join
from integrations.graph.flow import Flow
from integrations.mapping.trial import ENV, TestResult, run_tests
from integrations.partners.services import table_rows

MAX_STEPS: Final = 50_000
"""Of one test, so that all of a flow's end soon."""


def failures(tenant_id: UUID, flow: Flow) -> list[Problem]:
    """Run the tests with the tenant's lookup tables; inside `bind`."""
    names = [named_tables(node.config) for node in flow.nodes]
    return failed_tests(flow, table_rows(tenant_id, frozenset[str]().union(*names)))


def failed_tests(flow: Flow, tables: Tables) -> list[Problem]:
    """Give a problem for each test that fails: ``steps.order.config.plan.tests[2]``.

    tables: the lookup tables that the plans name. Plans that cannot be used are told by `validate`.
    """
    problems: list[Problem] = []
    limits = replace(ENV, lookups=tables, max_steps=MAX_STEPS)
    for node in flow.nodes:
        partner = node.config.get("partner")
        env = replace(limits, partner=partner if isinstance(partner, str) else "")
        for place, plan in _plans(node.config):
            where = f"steps.{node.key}.config.{place}"
            try:
                results = run_tests(plan, env)
            except MappingError:
                continue
            problems += (
                _problem(result, join(where, f"tests[{number}]"))
                for number, result in enumerate(results)
                if not result.passed
            )
    return problems


def _plans(config: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for key, value in config.items():
        if isinstance(value, dict) and isinstance(value.get("rules"), list) and value.get("tests"):
            yield key, value


def _problem(result: TestResult, place: str) -> Problem:
    if result.error is not None:
        why = result.error.message
        hint = result.error.hint
    else:
        why = result.difference.sentence if result.difference is not None else ""
        hint = "Correct the rules, or what the test expects."
    return Problem("mapping.test_failed", f"The test “{result.name}” fails: {why}", place, hint)

"""Noting what a run passes on its way, for the figures over its flow (`tallies`).

A run that is taken up again passes the same steps first, and those are not counted twice: it is known how
many there were. Branches that are walked at the same time have no such order; what was passed in them is
noted branch by branch when the step that holds them is left. A flow inside counts as the step that runs it.
"""

from collections.abc import Iterable

from integrations.engine.ledger import Lease
from integrations.engine.tallies import bucket_of
from integrations.engine.work import Way
from integrations.flows.compile import CompiledStep
from integrations.flows.ends import StepFailedError
from integrations.flows.steps.context import Effect


def passed(lease: Lease, way: Way, step: CompiledStep, port: str) -> None:
    """Note a step that the run left by this port."""
    took_us = lease.took_us.pop(way.name(step), 0) if step.effect is Effect.CALL else 0
    if way.within:
        return
    if way.passes is None:
        _count(lease, step.key, port, took_us)
    else:
        way.passes.append((step.key, port, took_us))


def joined(lease: Lease, way: Way, branches: Iterable[Way]) -> None:
    """Note what was passed in branches that have all ended."""
    for branch in branches:
        if way.passes is not None:
            way.passes += branch.passes or ()
            continue
        for key, port, took_us in branch.passes or ():
            _count(lease, key, port, took_us)


def caught(lease: Lease, way: Way, step: CompiledStep, failed: StepFailedError) -> None:
    """Note a failure that the flow goes on from, by the step's port ``error``."""
    if not way.within and lease.passed >= lease.walked:
        lease.failures[step.key] = (failed.error.code, failed.words)


def _count(lease: Lease, key: str, port: str, took_us: int) -> None:
    """Count, unless that was counted before the run waited or died."""
    lease.passed += 1
    if lease.passed > lease.walked:
        mark = (key, port, bucket_of(took_us))
        lease.marks[mark] = lease.marks.get(mark, 0) + 1

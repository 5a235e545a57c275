"""Celery's doors to the engine: names of committed work, and beats. Each may be lost or come twice."""

from uuid import UUID

from celery import shared_task

from integrations.engine import runtime
from integrations.engine.models import Lane

EXECUTE = "engine.execute"


@shared_task(name=EXECUTE, ignore_result=True)
def execute(lane: int, run_ids: list[str]) -> None:
    """Tell the engine of runs that are ready."""
    runtime.worker().announce(Lane(lane), [UUID(run_id) for run_id in run_ids])


@shared_task(name="engine.upkeep", ignore_result=True)
def upkeep() -> None:
    """Make partitions ahead, drop old ones, destroy what has expired."""
    runtime.worker().ask_for_upkeep()

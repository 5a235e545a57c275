"""The engine of this process, for Celery's tasks to find. The wiring puts it there when the worker starts."""

from dataclasses import dataclass

from integrations.engine.worker import Worker


@dataclass(slots=True)
class _Process:
    worker: Worker | None = None


_process = _Process()


def use_worker(worker: Worker | None) -> None:
    """Give this process its engine, or take it away."""
    _process.worker = worker


def worker() -> Worker:
    """Give the engine. Raises RuntimeError in a process that has none."""
    if _process.worker is None:
        raise RuntimeError("this process has no engine")
    return _process.worker

"""How a run goes on when branches that were walked at the same time have ended in different ways."""

from collections.abc import Sequence
from typing import Final

from integrations.delivery.states import DeadReason
from integrations.engine.work import (
    CancelledRunError,
    DoubtError,
    LeaseLostError,
    ParkError,
)
from integrations.flows.ends import StepFailedError, StoppedError
from integrations.flows.steps.context import Stop

_ORDER: Final[tuple[type[BaseException], ...]] = (
    LeaseLostError,
    DoubtError,
    CancelledRunError,
    StepFailedError,
    ParkError,
    StoppedError,
)
"""The first that is there counts, and anything else before all of them: that is a bug, or the worker's end.

A lost run is another worker's. A call in doubt must not be forgotten behind an end that lets it be made
again. What a person asked for stands before a failure, and a failure that waiting cannot mend before waiting.
"""


def worst_of(ended: Sequence[object]) -> BaseException | None:
    """Give what counts most of how branches ended, the first of equals; None where all came to their ends."""
    return min((end for end in ended if isinstance(end, BaseException)), key=_rank, default=None)


def _rank(end: BaseException) -> tuple[int, float]:
    for place, kind in enumerate(_ORDER):
        if isinstance(end, kind):
            return place, _within(end)
    return -1, 0.0


def _within(end: BaseException) -> float:
    if isinstance(end, StepFailedError):
        return float(end.reason is DeadReason.UNAVAILABLE)  # it may be sent again by itself
    if isinstance(end, StoppedError):
        return float(end.what is not Stop.RUN)
    return end.after_s if isinstance(end, ParkError) else 0.0

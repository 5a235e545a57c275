"""A draft's rehearsal beside what a real run did with the same document."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Final, Literal
from uuid import UUID

from integrations.delivery.states import State
from integrations.engine import frames
from integrations.flows.steps.context import Reply
from integrations.flows.visits import Iteration, Outcome, Rehearsal, Request
from integrations.mapping.values import MISSING
from integrations.trials.comparing import Difference, differences
from integrations.trials.documents import Given
from integrations.trials.expected import named, reply_value, request_value
from integrations.trials.recorded import Recorded, Where

DIFFERENCES_MAX: Final = 50
"""Told of one run."""
ENDS: Final[Mapping[int, str]] = {
    State.SUCCEEDED: "succeeded",
    State.IN_DOUBT: "in_doubt",
    State.CANCELLED: "cancelled",
}
"""How a run's state is called as an outcome; any other is a failure."""
What = Literal["outcome", "reply", "call", "new_call", "lost_call"]


@dataclass(frozen=True, slots=True)
class Past:
    """What a run received, asked and gave. reply: its frame. calls: by step and iteration."""

    state: int
    error_code: str
    error_step: str
    document: Given
    reply: bytes | None
    calls: Mapping[Where, Recorded]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that would be another. path: within the reply or the call."""

    what: What
    step: str
    iteration: Iteration
    difference: Difference

    def as_json(self) -> dict[str, Any]:
        """Give it as it is kept."""
        before, after = self.difference.expected, self.difference.found
        return {
            "what": self.what,
            "step": self.step or None,
            "iteration": list(self.iteration),
            "path": self.difference.path,
            "before": None if before is MISSING else before,
            "after": None if after is MISSING else after,
        }


@dataclass(frozen=True, slots=True)
class Beside:
    """How the two compare. why: of ``could_not``, in words."""

    result: Literal["same", "different", "could_not"]
    changes: tuple[Change, ...] = ()
    why: str = ""

    def as_json(self, run_id: UUID, accepted_at: datetime) -> dict[str, Any]:
        """Give it as it is kept."""
        return {
            "run": str(run_id),
            "accepted_at": accepted_at.isoformat(),
            "result": self.result,
            "why": self.why,
            "differences": [change.as_json() for change in self.changes],
        }


def beside(past: Past, made: Rehearsal, asked: Mapping[Where, Request]) -> Beside:
    """Compare a rehearsal with the run. asked: the calls that the draft makes."""
    found = tuple(islice(_changes(past, made, asked), DIFFERENCES_MAX))
    return Beside("different" if found else "same", found)


def _changes(past: Past, made: Rehearsal, asked: Mapping[Where, Request]) -> Iterator[Change]:
    is_cut_short = made.outcome is Outcome.ASKS
    if not is_cut_short:
        yield from _outcome(past, made)
    for (step, iteration), request in asked.items():
        known = past.calls.get((step, iteration))
        if known is None:
            yield Change("new_call", step, iteration, Difference("", MISSING, _short(request)))
            continue
        before, after = request_value(known.request), request_value(request)
        for difference in differences(before, after, ""):
            yield Change("call", step, iteration, difference)
    if is_cut_short:
        return
    for (step, iteration), known in past.calls.items():
        if (step, iteration) not in asked:
            yield Change("lost_call", step, iteration, Difference("", _short(known.request), MISSING))
    yield from _reply(past, made)


def _outcome(past: Past, made: Rehearsal) -> Iterator[Change]:
    before, after = ENDS.get(past.state, "failed"), str(made.outcome)
    if before != after:
        yield Change("outcome", made.error_step or past.error_step, (), Difference("outcome", before, after))
    code = made.error.code if made.error is not None else ""
    if before == after == "failed" and past.error_code != code:
        yield Change("outcome", made.error_step, (), Difference("error", past.error_code, code))


def _reply(past: Past, made: Rehearsal) -> Iterator[Change]:
    before = MISSING if past.reply is None else reply_value(_reply_of(past.reply))
    after = MISSING if made.reply is None or past.reply is None else reply_value(made.reply)
    if past.reply is None and made.reply is not None and made.outcome is Outcome.SUCCEEDED:
        after = reply_value(made.reply)
    for difference in differences(before, after, ""):
        yield Change("reply", "", (), difference)


def _reply_of(frame: bytes) -> Reply:
    head, bodies = frames.unpack(frame)
    return Reply(head["status"], head["headers"], bodies[0])


def _short(request: Request) -> dict[str, Any]:
    told = request_value(request)
    return {name: told[name] for name in ("method", "path") if name in told}


def words(change: Mapping[str, Any], before: str, after: str) -> str:
    """Say a change in a sentence. before, after: the values in words, or masked."""
    name = named(change["step"] or "", tuple(change["iteration"]))
    path = change["path"]
    match change["what"]:
        case "outcome" if path == "outcome":
            return f"The run {_ended(before)}; with the draft it {_ended(after)}."
        case "outcome":
            return f"The run failed with {before}; with the draft it fails with {after}."
        case "new_call":
            return f"{name} makes a call that the run did not make, so what comes after it is not known."
        case "lost_call":
            return f"{name} does not make the call that the run made."
        case "reply":
            return f"The reply's {path or 'content'} was {before} and is {after}."
        case _:
            return f"{name} sends {after} as {path}; it was {before}."


def _ended(outcome: str) -> str:
    return {"succeeded": "succeeded", "failed": "failed", "in_doubt": "ended in doubt"}.get(outcome, outcome)

"""What the pages of runs show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.http import QueryDict

from integrations.delivery import states
from integrations.delivery.states import State
from integrations.desk.queries import runs as queries
from integrations.desk.queries.runs import AttemptLine, RunDetail, RunPage, StepLine
from integrations.desk.views import DocumentView, ExchangeView
from integrations.engine.models import Outcome
from integrations.errors import InputError
from integrations.flows import queries as flow_queries
from integrations.tenants.access import Actor, allowed
from integrations.web.drawing.timeline import Span, duration_words
from integrations.web.runs.forms import FilterForm

TONES = {
    Outcome.STARTED: "run",
    Outcome.OK: "ok",
    Outcome.RETRYABLE: "wait",
    Outcome.REFUSED: "bad",
    Outcome.UNKNOWN: "doubt",
    Outcome.FAILED: "bad",
}
ICONS = {
    Outcome.STARTED: "loader-circle",
    Outcome.OK: "circle-check",
    Outcome.RETRYABLE: "rotate-cw",
    Outcome.REFUSED: "circle-x",
    Outcome.UNKNOWN: "circle-question-mark",
    Outcome.FAILED: "circle-x",
}
ORIGINS = {"hook": "a request", "file": "a record of a file", "schedule": "its schedule", "test": "a test"}


@dataclass(frozen=True, slots=True)
class Runs:
    page: RunPage
    form: FilterForm


@dataclass(frozen=True, slots=True)
class AttemptShown:
    line: AttemptLine
    tone: str
    icon: str


@dataclass(frozen=True, slots=True)
class StepShown:
    line: StepLine
    attempts: Sequence[AttemptShown]


@dataclass(frozen=True, slots=True)
class RunShown:
    """One run. acts: what may be done with it now."""

    detail: RunDetail
    spans: Sequence[Span]
    steps: Sequence[StepShown]
    started_by: str
    can_cancel: bool
    is_over: bool

    @property
    def is_dead(self) -> bool:
        return self.detail.run.state is State.DEAD

    @property
    def note(self) -> str:
        """Say how a run that has succeeded came to its end, where it did not just walk to it."""
        run = self.detail.run
        if run.state is not State.SUCCEEDED or not run.message:
            return ""
        how = (
            "The error handler dealt with a failure at" if run.error_code else "It was stopped on purpose at"
        )
        return f"{how} “{self.detail.error_step_title}”."

    @property
    def is_in_doubt(self) -> bool:
        return self.detail.run.state is State.IN_DOUBT


def runs(by: Actor, query: QueryDict, before: UUID | None) -> Runs:
    """List runs as the address says. Raises InputError for an address that says nothing sensible."""
    flows = flow_queries.flows(by, limit=200) if allowed(by, "flow.view") else []
    form = FilterForm(query, flows)
    if not form.is_valid():
        raise InputError("page.filter", "This address names a filter that there is not.")
    return Runs(queries.runs(by, where=form.where, before=before), form)


def run(by: Actor, run_id: UUID) -> RunShown:
    detail = queries.run(by, run_id)
    state = detail.run.state
    can_cancel = (state in states.CANCELLABLE and state is not State.DEAD) or state is State.RUNNING
    steps = [
        StepShown(line, [AttemptShown(one, TONES[one.outcome], ICONS[one.outcome]) for one in line.attempts])
        for line in detail.steps
    ]
    return RunShown(
        detail,
        _spans(detail.steps),
        steps,
        ORIGINS[detail.started_by],
        can_cancel and not detail.cancel_asked,
        state in states.FINAL,
    )


def cancelled(state: State) -> str:
    return "The run is cancelled." if state is State.CANCELLED else "It stops after the step it is in."


def fragment(view: DocumentView | ExchangeView) -> str:
    return "runs/_exchange.html" if isinstance(view, ExchangeView) else "runs/_document.html"


def _spans(steps: Sequence[StepLine]) -> list[Span]:
    """Draw each attempt as a bar and the pauses between attempts as waits."""
    spans: list[Span] = []
    for step in steps:
        lane = f"{step.key} {step.iteration}"
        title = f"{step.title} {step.iteration}".strip()
        before = None
        for attempt in step.attempts:
            ends_at = attempt.started_at + timedelta(milliseconds=attempt.duration_ms)
            if before is not None and attempt.started_at > before:
                words = f"waited {duration_words((attempt.started_at - before) / timedelta(milliseconds=1))}"
                spans.append(Span(lane, title, before, attempt.started_at, "mute", words, is_wait=True))
            said = (
                f"{title}, attempt {attempt.number}: {attempt.words}, {duration_words(attempt.duration_ms)}"
            )
            anchor = f"#attempt-{attempt.ordinal}"
            spans.append(Span(lane, title, attempt.started_at, ends_at, TONES[attempt.outcome], said, anchor))
            before = ends_at
    return spans

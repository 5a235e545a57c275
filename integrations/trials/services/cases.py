"""Cases: saved tests of a flow. A case keeps its document and the answers to its calls, so it asks nobody."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from integrations.errors import ConflictError, LimitError, Problem, SevenMError
from integrations.flows.queries import flow_of
from integrations.flows.rehearsal import rehearse
from integrations.flows.visits import Bounds, Outcome, Rehearsal
from integrations.tenants import audit
from integrations.tenants.access import Actor, require
from integrations.tenants.binding import bind
from integrations.tenants.ids import new_id
from integrations.trials import models, rates, sealing
from integrations.trials.case_files import CaseFile, case_file
from integrations.trials.comparing import Difference
from integrations.trials.documents import document_for
from integrations.trials.expected import Expected, expectation
from integrations.trials.ground import Ground, ground_of, require_trigger
from integrations.trials.queries import case_of, cases_of, sees_values
from integrations.trials.recorded import RecordedAnswers, of_rehearsal
from integrations.trials.services.samples import checked_name
from integrations.trials.services.trying import Basis, Tried, Wanted, basis_of, rehearsed

CASES_MAX: Final = 50
MOST_BYTES: Final = 8 << 20
PUBLISH_S: Final = 10.0
"""What all cases of a flow may take before it is published."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What of a trial a case is to expect. calls: None for all of them."""

    steps: tuple[str, ...] = ()
    calls: tuple[str, ...] | None = None
    with_reply: bool = True


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a case. error: where it could not be run to its end."""

    case: models.Case
    outcome: Outcome
    differences: tuple[Difference, ...]
    duration_s: float
    error: SevenMError | None = None
    error_step: str = ""

    @property
    def passed(self) -> bool:
        return not self.differences


def make_case(
    *, by: Actor, flow_id: UUID, name: str, wanted: Wanted, chosen: Chosen
) -> tuple[models.Case, Tried]:
    """Make a case of a trial: it is tried once against the twins, and what came out is expected from then on.

    Raises as `try_flow`; ConflictError ``case.asks``, ``case.taken`` and ``case.too_many``.
    """
    require(by, "flow.edit")
    require(by, "flow.try")
    rates.take_turn(by)
    name = checked_name(name, "case")
    case_id = new_id()
    now = wanted.now or datetime.now(UTC).replace(microsecond=0)
    wanted = replace(wanted, now=now, until="", only="")
    basis = basis_of(by, flow_id, wanted)
    made = rehearsed(basis, wanted, case_id)
    expected = expectation(_whole(made), steps=chosen.steps, calls=chosen.calls, with_reply=chosen.with_reply)
    file = _file(basis, wanted.item, made, expected)
    with bind(by.tenant_id):
        flow_of(by, flow_id, lock=True)
        if models.Case.objects.filter(tenant_id=by.tenant_id, flow_id=flow_id).count() >= CASES_MAX:
            raise ConflictError("case.too_many", f"A flow has at most {CASES_MAX} cases.")
        row = models.Case(id=case_id, tenant_id=by.tenant_id, flow_id=flow_id, name=name, now=now)
        _save(by, row, file)
        audit.record(by, "case.made", row, flow=flow_id, bytes=row.size_bytes)
    return row, Tried(basis.ground, made, is_plain=basis.is_own or sees_values(by))


def change_case(
    *,
    by: Actor,
    flow_id: UUID,
    case_id: UUID,
    name: str | None = None,
    now: datetime | None = None,
    expected: Expected | None = None,
) -> models.Case:
    """Change a case's name, clock or expectations; None leaves them as they are."""
    require(by, "flow.edit")
    with bind(by.tenant_id):
        row = case_of(by, flow_id, case_id, lock=True)
        file = case_file(sealing.opened(row))
        row.name = row.name if name is None else checked_name(name, "case")
        row.now = now or row.now
        _save(by, row, file if expected is None else replace(file, expected=expected))
        audit.record(by, "case.changed", row, flow=flow_id, expects=expected is not None)
    return row


def delete_case(*, by: Actor, flow_id: UUID, case_id: UUID) -> None:
    """Remove a case; publishing does not ask for it any more."""
    require(by, "flow.edit")
    with bind(by.tenant_id):
        row = case_of(by, flow_id, case_id, lock=True)
        audit.record(by, "case.deleted", row, flow=flow_id, name=row.name)
        row.delete()


def run_cases(
    *, by: Actor, flow_id: UUID, definition: Mapping[str, object], case_id: UUID | None = None
) -> list[Result]:
    """Run the cases of a flow on a definition, or one of them. Nothing is sent and nothing written."""
    require(by, "flow.try")
    rates.take_turn(by)
    with bind(by.tenant_id):
        flow_of(by, flow_id)
        rows = cases_of(by.tenant_id, flow_id) if case_id is None else [case_of(by, flow_id, case_id)]
        ground = ground_of(by.tenant_id, definition)
        opened = [(row, case_file(sealing.opened(row))) for row in rows]
    ends_at = time.monotonic() + PUBLISH_S
    return [_result(ground, row, file, ends_at) for row, file in opened]


def accept(
    *, by: Actor, flow_id: UUID, case_id: UUID, definition: Mapping[str, object], again: bool = False
) -> models.Case:
    """Expect from now on what comes out now, of the steps that the case names.

    again: ask the twins again for the answers to its calls. Raises ConflictError ``case.asks`` where a call
    has no answer.
    """
    require(by, "flow.edit")
    require(by, "flow.try")
    rates.take_turn(by)
    with bind(by.tenant_id):
        row = case_of(by, flow_id, case_id)
        file = case_file(sealing.opened(row))
        ground = ground_of(by.tenant_id, definition)
    if again:
        basis = Basis(ground, file.document, file.pins, is_own=False)
        made = _whole(rehearsed(basis, Wanted({}, now=row.now, item=file.item), row.id))
        file = _file(basis, file.item, made, file.expected)
    else:
        made = _whole(_rehearsed(ground, row, file, time.monotonic() + PUBLISH_S))
    file = replace(file, expected=file.expected.renewed(made))
    with bind(by.tenant_id):
        row = case_of(by, flow_id, case_id, lock=True)
        _save(by, row, file)
        audit.record(by, "case.accepted", row, flow=flow_id, asked_again=again)
    return row


def failed_cases(by: Actor, flow_id: UUID, definition: Mapping[str, Any]) -> list[Problem]:
    """Give a problem for each case that fails, inside `bind`: what keeps a draft from being published."""
    rows = cases_of(by.tenant_id, flow_id)
    if not rows:
        return []
    ground = ground_of(by.tenant_id, definition)
    ends_at = time.monotonic() + PUBLISH_S
    opened = ((row, case_file(sealing.opened(row))) for row in rows)
    return list(_problems(by, (_result(ground, row, file, ends_at) for row, file in opened)))


def sentence(by: Actor, difference: Difference) -> str:
    """Say what differs, without values to those who may not see them."""
    if sees_values(by) or difference.path == "outcome":
        return difference.sentence
    return f"{difference.path} is another than expected."


def _problems(by: Actor, results: Iterable[Result]) -> Iterable[Problem]:
    for result in results:
        if result.passed:
            continue
        why = sentence(by, result.differences[0])
        if result.error is not None:
            why = f"{why} {result.error.message}"
        count = len(result.differences)
        more = f" There are {count} differences." if count > 1 else ""
        yield Problem(
            "case.failed",
            f"The case “{result.case.name}” fails: {why}{more}",
            f"cases.{result.case.name}",
            "Correct the flow, or accept what comes out now as what the case expects.",
        )


def _result(ground: Ground, row: models.Case, file: CaseFile, ends_at: float) -> Result:
    made = _rehearsed(ground, row, file, ends_at)
    found = tuple(file.expected.compared(made))
    error = made.error if found else None
    return Result(row, made.outcome, found, made.duration_s, error, made.error_step)


def _rehearsed(ground: Ground, row: models.Case, file: CaseFile, ends_at: float) -> Rehearsal:
    """Rehearse a case; what it cannot even begin with has failed."""
    bounds = Bounds(clock=time.perf_counter, is_late=lambda: time.monotonic() > ends_at)
    flow = ground.compiled
    try:
        require_trigger(ground)
        document = None
        if file.document is not None and flow.start not in file.pins:
            document = document_for(flow, file.document, item=file.item)
    except SevenMError as error:
        return Rehearsal(Outcome.FAILED, (), None, None, 0.0, error, flow.start)
    return rehearse(
        flow,
        document,
        facts=ground.facts(row.id, row.now),
        answer=RecordedAnswers(file.answers, row.id, ground.places),
        pins=file.pins,
        bounds=bounds,
    )


def _whole(made: Rehearsal) -> Rehearsal:
    """Give a trial that a case can be made of. Raises ConflictError."""
    if made.outcome is Outcome.ASKS and made.error is not None:
        raise ConflictError(
            "case.asks",
            f"No case can be made of it yet: {made.error.message}",
            hint=made.error.hint,
            place=made.error.place,
        )
    if not made.is_complete:
        raise ConflictError(
            "case.too_long",
            "The trial is too long for a case.",
            hint="Choose a sample with fewer items.",
        )
    return made


def _file(basis: Basis, item: int, made: Rehearsal, expected: Expected) -> CaseFile:
    answers = of_rehearsal(
        ((visit.key, visit.iteration), visit.answer) for visit in made.visits if visit.answer is not None
    )
    pins = {key: pin for key, pin in basis.pins.items() if any(visit.key == key for visit in made.visits)}
    return CaseFile(basis.document, answers, pins, expected, item)


def _save(by: Actor, row: models.Case, file: CaseFile) -> None:
    content = file.packed()
    if len(content) > MOST_BYTES:
        raise LimitError("case.too_large", f"A case has at most {MOST_BYTES:,} bytes with its answers.")
    row.size_bytes, row.updated_by, row.updated_at = len(content), by.label[:254], Now()
    row.content = sealing.sealed(models.Case, by.tenant_id, row.id, content)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise ConflictError("case.taken", "Another case has this name.", place="name") from error
    row.refresh_from_db(fields=["updated_at"])

"""Answers the calls of a rehearsal from what was recorded: of a run's attempts, or of a trial before."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import Final
from uuid import UUID

from integrations.connectors import loader, request
from integrations.delivery.keys import idempotency_key
from integrations.engine import frames
from integrations.engine.books import NUMBERS_MAX
from integrations.engine.models import Attempt, Outcome
from integrations.engine.places import exchange_place
from integrations.errors import ConfigError, RefusedError, SevenMError, UnavailableError
from integrations.flows.compile import CompiledStep
from integrations.flows.steps.context import Call, HttpCall
from integrations.flows.visits import Answer, Iteration, RehearsalBooks, Request
from integrations.partners.models import Allotment
from integrations.trials.ground import Place
from integrations.trials.twins import filled, needs_answer, shown_request, unsent, values_of
from integrations.vault import services as vault
from integrations.vault.purposes import Purpose

MAIL: Final = "mail"
ANYWHERE: Final = "http://twins"
Where = tuple[str, Iteration]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was asked and answered once. error: where no answer came, or none that the step could use."""

    request: Request
    status: int
    headers: Mapping[str, str]
    body: bytes
    error: SevenMError | None = None


@dataclass(slots=True)
class RecordedAnswers:
    """Answers by step and iteration. asked: what the rehearsal asked for, in order.

    sandbox_url: where the twins are for requests of connections to twins; "" to make every request as if it
    went to a twin, so that it is the same whatever the connection is for.
    """

    known: Mapping[Where, Recorded]
    run_id: UUID
    places: Mapping[UUID, Place]
    sandbox_url: str = ""
    asked: dict[Where, Request] = field(default_factory=dict)

    def __call__(self, step: CompiledStep, call: Call, iteration: Iteration) -> Answer:
        where = (step.key, iteration)
        made = self.asked[where] = self._request(step, call, iteration)
        found = self.known.get(where)
        if found is None:
            what = made.operation or made.method
            return Answer(made, error=needs_answer(step.key, f"{made.connector}: {what}"))
        return Answer(made, found.status, found.headers, found.body, found.error)

    def _request(self, step: CompiledStep, call: Call, iteration: Iteration) -> Request:
        """Make the request as the engine would, without credentials."""
        key = idempotency_key(self.run_id, step.key, iteration)
        if not isinstance(call, HttpCall) or call.url is not None or call.connection_id is None:
            return unsent(call, "recorded")
        manifest = loader.manifest(call.connector)
        operation = manifest.operation(call.operation)
        to = self._destination(call)
        return shown_request(
            "recorded", call, request.build(manifest, operation, to, {}, values_of(call, key))
        )

    def _destination(self, call: HttpCall) -> request.Destination:
        manifest = loader.manifest(call.connector)
        place = self.places.get(call.connection_id) if call.connection_id else None
        if place is not None and self.sandbox_url:
            with suppress(ConfigError):
                return request.destination(manifest, place.mode, place.config, sandbox_url=self.sandbox_url)
        config = filled(manifest, place.config if place is not None else {})
        return request.destination(manifest, "twin", config, sandbox_url=self.sandbox_url or ANYWHERE)


def of_run(tenant_id: UUID, run_id: UUID) -> dict[Where, Recorded]:
    """Read what a run asked and was answered, the last attempt of each call; inside `bind`."""
    found: dict[Where, Recorded] = {}
    rows = Attempt.objects.filter(tenant_id=tenant_id, run_id=run_id).order_by("ordinal")
    for row in rows:
        if row.exchange is None or row.outcome == Outcome.STARTED:
            continue
        place = exchange_place(run_id, row.ordinal)
        frame = vault.open_(tenant_id, Purpose.DATA, *place, bytes(row.exchange))
        found[row.step, iteration_of(row.iteration)] = _recorded(row, frame)
    return found


def books_of(tenant_id: UUID, run_id: UUID) -> RehearsalBooks:
    """Give the numbers that a run took, so that its rehearsal takes the same; inside `bind`."""
    rows = Allotment.objects.filter(tenant_id=tenant_id, run_id=run_id)
    taken = rows.values_list("counter", "place", "number")[:NUMBERS_MAX]
    return RehearsalBooks({(counter, place): number for counter, place, number in taken})


def iteration_of(text: str) -> Iteration:
    """Read ``"0.2"``."""
    return tuple(int(part) for part in text.split(".") if part)


def _recorded(row: Attempt, frame: bytes) -> Recorded:
    head, (sent, answered) = frames.unpack(frame)
    asked = head["request"]
    shown = Request(
        "recorded",
        asked["method"],
        asked["url"],
        row.connector,
        row.operation,
        {name.lower(): text for name, text in asked.get("headers", {}).items()},
        sent,
    )
    if row.connector == MAIL:
        shown = mail_as_asked(shown)
    error = _error_of(row) if not head["status"] and row.outcome != Outcome.OK else None
    return Recorded(shown, head["status"], head["headers"], answered, error)


def mail_as_asked(sent: Request) -> Request:
    """Show a mail that was sent as one that would be: to whom, about what, and its text."""
    message = message_from_bytes(sent.body, policy=policy.default)
    text = message.get_body(("plain",))
    written = str(text.get_content()) if text is not None else ""
    headers = {"to": sent.headers.get("to", ""), "subject": str(message["subject"] or "")}
    return Request("recorded", "MAIL", "", sent.connector, sent.operation, headers, written.encode())


def _error_of(row: Attempt) -> SevenMError:
    """Give the error of an attempt that got no answer; one with an answer is read again by its step."""
    if row.outcome in {Outcome.RETRYABLE, Outcome.UNKNOWN}:
        return UnavailableError(row.error_code, row.message, sent=row.outcome == Outcome.UNKNOWN)
    kind = RefusedError if row.outcome == Outcome.REFUSED else ConfigError
    return kind(row.error_code, row.message)


def of_rehearsal(answers: Iterable[tuple[Where, Answer]]) -> dict[Where, Recorded]:
    """Keep what a trial was answered."""
    return {
        where: Recorded(answer.request, answer.status, answer.headers, answer.body, answer.error)
        for where, answer in answers
    }

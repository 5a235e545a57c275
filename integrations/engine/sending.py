"""Making one call of a step: pass its gate, try it as its policy says, write it into the ledger."""

import asyncio
from typing import Final

from integrations.delivery import retry
from integrations.delivery.keys import idempotency_key
from integrations.delivery.retry import Mode
from integrations.delivery.states import Waiting
from integrations.engine import frames
from integrations.engine.gates import ClosedGateError, Gate, ProbeError
from integrations.engine.ledger import AttemptRow, Lease, Ledger
from integrations.engine.models import Lane, Outcome
from integrations.engine.work import (
    Answer,
    Caller,
    DoubtError,
    LeaseLostError,
    ParkError,
    Prepared,
    Way,
    Work,
)
from integrations.errors import RefusedError, SevenMError, UnavailableError
from integrations.flows.compile import CompiledStep
from integrations.flows.ends import StepFailedError, in_words
from integrations.flows.steps.context import Call, StepOutput

PARKED_S: Final = 300.0
"""A run that waits for a destination is looked at again after this long even if nobody wakes it."""
NO_OUTPUT: Final = StepOutput(None)


class Sending:
    """Makes the calls of this worker's runs."""

    def __init__(self, ledger: Ledger, caller: Caller) -> None:
        self._ledger = ledger
        self._caller = caller
        self._time = asyncio.get_running_loop().time

    async def send(self, work: Work, way: Way, step: CompiledStep, call: Call) -> StepOutput:
        """Make a call until it has an answer. Raises what its end is for the run."""
        name = way.name(step)
        where = (name, way.turns)
        key = idempotency_key(work.lease.run_id, name, way.iteration)
        prepared = await self._caller.prepare(work.lease, call, key, step.timeout_s)
        if where in work.open_calls and call.mode == Mode.AT_MOST_ONCE:
            raise DoubtError(name, "delivery.outcome_unknown", prepared.gate.destination)
        attempt = 0
        while True:
            attempt += 1
            work.check_still_wanted()
            await self._enter(work, prepared)
            output, error = await self._attempt(work, step, where, call, prepared)
            if error is None:
                if way.is_awaited(step):
                    await self._durable(work)
                return output
            decision = retry.decide(step.retry, attempt, error, call.mode, waited_s=work.waited_s)
            match decision:
                case retry.Retry(after_s):
                    await asyncio.sleep(after_s)
                case retry.Park(after_s, reason):
                    raise ParkError(reason, after_s, prepared.gate.destination)
                case retry.InDoubt(code):
                    raise DoubtError(name, code, prepared.gate.destination)
                case retry.Dead(_, reason):
                    raise StepFailedError(name, error, reason, prepared.gate.destination)

    async def _enter(self, work: Work, prepared: Prepared) -> None:
        """Pass the destination's gate, or park the run durably while its breaker is open."""
        gate, is_replay = prepared.gate, work.lease.lane == Lane.REPLAY
        try:
            await gate.enter(self._time(), is_replay=is_replay)
        except ProbeError:
            if await self._caller.win_probe(gate):
                gate.admit_probe(self._time(), is_replay=is_replay)
                return
            raise ParkError(Waiting.BREAKER, PARKED_S, gate.destination) from None
        except ClosedGateError:
            raise ParkError(Waiting.BREAKER, PARKED_S, gate.destination) from None
        if work.lease.lost:
            gate.leave(self._time(), is_replay=is_replay, succeeded=None)
            raise LeaseLostError

    async def _durable(self, work: Work) -> None:
        if not await self._ledger.commit(work.lease):
            raise LeaseLostError

    async def _attempt(
        self, work: Work, step: CompiledStep, where: tuple[str, str], call: Call, prepared: Prepared
    ) -> tuple[StepOutput, SevenMError | None]:
        """Make one call and record it; give its output and its error: where there is one, no output."""
        lease, gate = work.lease, prepared.gate
        number = work.counted[where] = work.counted.get(where, 0) + 1
        is_replay = lease.lane == Lane.REPLAY
        if call.mode == Mode.AT_MOST_ONCE:
            try:
                self._ledger.record(self._started(lease, where, number, call, gate))
                await self._durable(work)
            except BaseException:
                gate.leave(self._time(), is_replay=is_replay, succeeded=None)
                raise
        started = self._time()
        output = NO_OUTPUT
        error: SevenMError | None = None
        status, headers, body = 0, {}, b""
        succeeded: bool | None = None
        try:
            answer: Answer = await prepared.send()
            status, body = answer.status, answer.body
            headers = {name.lower(): value for name, value in answer.headers.items()}
            succeeded = True
            output = step.runner.response(status, headers, body)  # type: ignore[union-attr]
        except UnavailableError as unavailable:
            error, succeeded = unavailable, False
        except SevenMError as failed:
            error = failed
        finally:
            duration_us = int((self._time() - started) * 1e6)
            lease.downstream_us += duration_us
            lease.took_us[where[0]] = lease.took_us.get(where[0], 0) + duration_us
            if gate.leave(self._time(), is_replay=is_replay, succeeded=succeeded):
                self._caller.breaker_moved(gate)
        frame = frames.pack(
            {"request": prepared.shown, "status": status, "headers": headers}, prepared.body, body
        )
        self._ledger.record(
            AttemptRow(
                lease,
                ordinal := lease.next_ordinal(),
                where[0],
                where[1],
                number,
                _outcome(error),
                status,
                gate.destination,
                call.connector,
                call.operation,
                self._time(),
                duration_us,
                error.code if error else "",
                in_words(error) if error else "",
                work.cipher.seal("engine_attempt", "exchange", f"{lease.run_id}/{ordinal}", frame),
            )
        )
        return output, error

    def _started(
        self, lease: Lease, where: tuple[str, str], number: int, call: Call, gate: Gate
    ) -> AttemptRow:
        return AttemptRow(
            lease,
            lease.next_ordinal(),
            where[0],
            where[1],
            number,
            Outcome.STARTED,
            0,
            gate.destination,
            call.connector,
            call.operation,
            self._time(),
            0,
        )


def _outcome(error: SevenMError | None) -> Outcome:
    if error is None:
        return Outcome.OK
    if isinstance(error, UnavailableError):
        return Outcome.UNKNOWN if error.sent and not error.status else Outcome.RETRYABLE
    return Outcome.REFUSED if isinstance(error, RefusedError) else Outcome.FAILED

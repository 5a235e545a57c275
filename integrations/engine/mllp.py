"""HL7 messages at the door: MLLP between a sender's connection and the intake.

A message becomes a run as an HTTP request does, and is acknowledged only after the commit, or after the run's
end where the flow answers with its outcome. `listeners` opens and closes the ports.
"""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address
from itertools import count
from time import time_ns
from typing import Final

import msgspec

from integrations.delivery.states import State
from integrations.engine import answers
from integrations.engine.answers import Outcome
from integrations.engine.hooks import Hook, Listening
from integrations.engine.ingress import LARGE_BYTES, Ingress, Taken
from integrations.errors import (
    ConflictError,
    DecodeError,
    InputError,
    LimitError,
    RefusedError,
    SevenMError,
    UnavailableError,
)
from integrations.flows.steps.mllp_trigger import MllpRunner
from integrations.formats.hl7.mllp import COMMIT_ACK, COMMIT_NAK, Frames, frame
from integrations.formats.hl7.reception import sender_of

log = logging.getLogger(__name__)

CHUNK_BYTES: Final = 1 << 16
BROKEN_MAX: Final = 3
"""Times that a connection may send bytes outside of a frame."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What senders may use up. held_bytes: of messages that are not complete, all connections together.

    message_s: from the first byte of a message to its last. write_s: for taking an answer. drain_s: for what
    is under way when the door closes.
    """

    connections: int = 1000
    per_port: int = 200
    held_bytes: int = 64 << 20
    message_s: float = 30.0
    write_s: float = 10.0
    drain_s: float = 10.0


class Line:
    """One sender's connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, max_bytes: int) -> None:
        self.reader = reader
        self.writer = writer
        self.frames = Frames(max_bytes)
        self.is_busy = False
        self.broken = 0
        self.held_bytes = 0
        self.began_at: float | None = None

    async def say(self, answer: bytes, within_s: float) -> None:
        """Send an answer. Raises TimeoutError where the sender does not take it, OSError where it is gone."""
        if answer:
            self.writer.write(frame(answer))
            async with asyncio.timeout(within_s):
                await self.writer.drain()


@dataclass(slots=True)
class Port:
    """A port that is listened on. hook: the flow as it is now."""

    listening: Listening
    hook: Hook
    server: asyncio.Server | None = None
    is_closing: bool = False
    lines: set[Line] = field(default_factory=set)

    @property
    def runner(self) -> MllpRunner:
        runner = self.hook.trigger
        if not isinstance(runner, MllpRunner):
            raise TypeError("the flow of a port has a trigger that listens")
        return runner

    def close(self) -> None:
        """Take no new connection and end those that are silent; the others end after their message."""
        self.is_closing = True
        if self.server is not None:
            self.server.close()
        for line in self.lines:
            if not line.is_busy:
                line.writer.close()


class Desk:
    """Serves the lines of all ports of this process."""

    def __init__(self, ingress: Ingress, bounds: Bounds) -> None:
        self.bounds = bounds
        self._ingress = ingress
        self._lines: dict[Line, asyncio.Task[None] | None] = {}
        self._held_bytes = 0
        self._numbers = count(time_ns() // 1000)

    async def drain(self) -> None:
        """Wait for the lines to end, not for ever."""
        tasks = [task for task in self._lines.values() if task is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=self.bounds.drain_s)
        for line in self._lines:
            line.writer.transport.abort()

    async def serve(self, port: Port, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Talk with one sender to the end. Raises nothing."""
        if not self._may_enter(port, writer):
            writer.transport.abort()
            return
        line = Line(reader, writer, port.hook.max_bytes)
        port.lines.add(line)
        self._lines[line] = asyncio.current_task()
        try:
            await self._listen_to(port, line)
        except (OSError, TimeoutError) as error:
            log.info("mllp.line_lost port=%d error=%s", port.listening.port, type(error).__name__)
        except Exception:  # the boundary: one connection ends, the door stays open
            log.exception("mllp.bug port=%d", port.listening.port)
        finally:
            self._held_bytes -= line.held_bytes
            port.lines.discard(line)
            del self._lines[line]
            writer.close()

    def _may_enter(self, port: Port, writer: asyncio.StreamWriter) -> bool:
        peer = writer.get_extra_info("peername")
        if port.is_closing or peer is None:
            return False
        address = ip_address(peer[0].partition("%")[0])
        address = getattr(address, "ipv4_mapped", None) or address
        if not any(address in network for network in port.runner.networks):
            log.warning("mllp.stranger port=%d peer=%s", port.listening.port, address)
            return False
        if len(port.lines) >= self.bounds.per_port or len(self._lines) >= self.bounds.connections:
            log.warning("mllp.full port=%d lines=%d", port.listening.port, len(port.lines))
            return False
        return True

    async def _listen_to(self, port: Port, line: Line) -> None:
        """Take what comes, message by message, until the sender leaves, is too slow or breaks the rules."""
        while not port.is_closing:
            async with asyncio.timeout(self._patience_s(port, line)):
                data = await line.reader.read(CHUNK_BYTES)
            if not data:
                return
            line.is_busy = True
            goes_on = await self._take_all(port, line, data)
            line.is_busy = False
            if not goes_on or not self._may_hold(line):
                return

    def _patience_s(self, port: Port, line: Line) -> float:
        """Give how long to wait for bytes: a message that has begun must be whole by its deadline."""
        now = asyncio.get_running_loop().time()
        if not line.frames.held_bytes:
            line.began_at = None
            return float(port.runner.config.idle_s)
        if line.began_at is None:
            line.began_at = now
        return max(0.0, line.began_at + self.bounds.message_s - now)

    def _may_hold(self, line: Line) -> bool:
        self._held_bytes += line.frames.held_bytes - line.held_bytes
        line.held_bytes = line.frames.held_bytes
        if self._held_bytes <= self.bounds.held_bytes:
            return True
        log.warning("mllp.held_too_much bytes=%d", self._held_bytes)
        return False

    async def _take_all(self, port: Port, line: Line, data: bytes) -> bool:
        """Take the messages that some bytes complete. False where the connection cannot go on."""
        while True:
            try:
                messages = line.frames.feed(data)
            except LimitError as failure:
                await line.say(self._refusal(port, failure), self.bounds.write_s)
                return False
            except DecodeError as failure:
                await line.say(self._refusal(port, failure), self.bounds.write_s)
                line.broken += 1
                if line.broken > BROKEN_MAX or not line.frames.skip():
                    return False
                data = b""
                continue
            if not messages:
                return True
            line.began_at = None
            for message in messages:
                if port.is_closing:
                    return False
                if message not in (COMMIT_ACK, COMMIT_NAK):
                    await line.say(await self._take(port, message), self.bounds.write_s)
            data = b""

    def _refusal(self, port: Port, failure: InputError) -> bytes:
        return port.runner.reception.refusal(failure, next(self._numbers), datetime.now(UTC))

    async def _take(self, port: Port, message: bytes) -> bytes:
        """Make a run of a message and give the acknowledgement."""
        hook, runner = port.hook, port.runner
        reception = runner.reception
        is_large = len(message) > LARGE_BYTES
        looked = await asyncio.to_thread(reception.look, message) if is_large else reception.look(message)
        failure: SevenMError | None = None
        if looked.verdict == "A":
            key = sender_of(looked) if runner.config.repeats == "known" else ""
            try:
                taken = await self._ingress.take(hook, self._ingress.read_message(hook, message, key))
                if hook.is_sync:
                    answer, failure = _application_answer(hook, taken)
                    if answer:
                        return answer
            except SevenMError as error:
                failure = error
            except Exception:  # the boundary: the sender gets an answer and the door stays open
                log.exception("mllp.bug port=%d size=%d", port.listening.port, len(message))
                failure = answers.bug()
        is_late = not isinstance(failure, InputError | ConflictError | RefusedError)
        return reception.answer(looked, failure, next(self._numbers), datetime.now(UTC), is_late=is_late)


def _application_answer(hook: Hook, taken: Taken) -> tuple[bytes, SevenMError | None]:
    """Give the flow's own acknowledgement where it wrote one, or why the message failed, or neither."""
    run_id, outcome = taken
    if outcome is None:
        return b"", UnavailableError(
            "mllp.not_finished", "The message is stored, but it was not worked on in time."
        )
    status, _, body = answers.outcome(hook, run_id, outcome)
    if body[:3] == b"MSH":
        return body, None
    if status == 202:
        return b"", UnavailableError("mllp.not_finished", "The message is stored, and waits for a person.")
    if status < 300:
        return b"", None
    kind = RefusedError if status < 500 else UnavailableError
    return b"", kind("mllp.failed", _why(outcome, body))


def _why(outcome: Outcome, body: bytes) -> str:
    """Give the message of the error that ended a run; no flow's own answer, which may hold data."""
    with suppress(msgspec.DecodeError, KeyError, TypeError):
        if outcome.state == State.DEAD:
            return str(msgspec.json.decode(body)["error"]["message"])
    return "The message was not accepted."

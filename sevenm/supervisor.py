"""Keeps the processes of one home running: starts them, starts them again, and stops them in order."""

import asyncio
import ctypes
import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Protocol

from sevenm.logfile import LogFile

BACKOFF_S = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
STEADY_S = 60.0
SERVER_LOOK_S = 2.0
READY_TIMEOUT_S = 60.0


class Server(Protocol):
    """An embedded server: not a child, since it must outlive a supervisor that is killed."""

    def is_running(self) -> bool: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Program:
    """One process. ready_text: what it says once it can work; empty where nobody has to wait.

    listener: a socket that it inherits: callers wait in its queue while the process is started again.
    """

    name: str
    command: Sequence[str]
    environ: Mapping[str, str]
    stop_timeout_s: float = 30.0
    ready_text: bytes = b""
    listener: socket.socket | None = None


class NotReadyError(Exception):
    """A process did not come up in time."""


class Supervisor:
    """Runs until it is told to stop."""

    def __init__(
        self, programs: Sequence[Program], servers: Sequence[Server], *, logs: Path, verbose: bool
    ) -> None:
        self._programs = programs
        self._servers = servers
        self._logs = logs
        self._verbose = verbose
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._ready = {program.name: asyncio.Event() for program in programs if program.ready_text}
        self._stopping = asyncio.Event()
        self._hurry = asyncio.Event()

    async def run(self, announce: Callable[[], None]) -> None:
        """Start everything, `announce` when all is ready, and return when all has stopped."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._asked_to_stop)
        keepers = [asyncio.create_task(self._keep(program)) for program in self._programs]
        watcher = asyncio.create_task(self._watch_servers())
        try:
            await self._until_ready()
            if not self._stopping.is_set():
                announce()
            await self._stopping.wait()
        finally:
            self._stopping.set()
            watcher.cancel()
            with suppress(asyncio.CancelledError):
                await watcher
            await self._stop_all()
            await asyncio.gather(*keepers)

    def _asked_to_stop(self) -> None:
        if self._stopping.is_set():
            self._hurry.set()
        else:
            print("\nStopping: finishing what is in hand. Press Ctrl-C again to hurry.", flush=True)  # noqa: T201
        self._stopping.set()

    async def _until_ready(self) -> None:
        """Wait for every program that says when it is ready, or for the end."""
        ready = asyncio.create_task(self._all_ready())
        stopping = asyncio.create_task(self._stopping.wait())
        done, _ = await asyncio.wait(
            {ready, stopping}, timeout=READY_TIMEOUT_S, return_when=asyncio.FIRST_COMPLETED
        )
        stopping.cancel()
        ready.cancel()
        with suppress(asyncio.CancelledError):
            await ready
        if not done:
            late = ", ".join(name for name, event in self._ready.items() if not event.is_set())
            raise NotReadyError(
                f"not ready after {READY_TIMEOUT_S:.0f} s: {late}; the logs are in {self._logs}"
            )

    async def _all_ready(self) -> bool:
        for event in self._ready.values():
            await event.wait()
        return True

    async def _keep(self, program: Program) -> None:
        """Run one program again and again until the end, waiting longer while it keeps failing."""
        failures = 0
        log = LogFile(self._logs / f"{program.name}.log")
        try:
            while not self._stopping.is_set():
                started = monotonic()
                process = await self._spawn(program)
                self._running[program.name] = process
                if self._stopping.is_set():
                    process.terminate()
                await self._pump(program, process, log)
                code = await process.wait()
                self._running.pop(program.name, None)
                if self._stopping.is_set():
                    return
                failures = 1 if monotonic() - started > STEADY_S else failures + 1
                pause = BACKOFF_S[min(failures, len(BACKOFF_S)) - 1]
                print(f"{program.name} ended ({_words(code)}); starting it again in {pause:g} s", flush=True)  # noqa: T201
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), pause)
        finally:
            log.close()

    async def _spawn(self, program: Program) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *program.command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=dict(program.environ),
            pass_fds=[] if program.listener is None else [program.listener.fileno()],
            start_new_session=True,  # Ctrl-C in the terminal reaches only the supervisor
            preexec_fn=_end_with_parent,  # one system call, nothing that could need a lock
        )

    async def _pump(self, program: Program, process: asyncio.subprocess.Process, log: LogFile) -> None:
        if process.stdout is None:
            raise RuntimeError("a child without a pipe")
        seen = b""
        while data := await process.stdout.read(1 << 16):
            log.write(data)
            if program.ready_text and not self._ready[program.name].is_set():
                seen = (seen + data)[-(1 << 16) :]
                if program.ready_text in seen:
                    self._ready[program.name].set()
            if self._verbose:
                for line in data.splitlines():
                    sys.stdout.write(f"{program.name:>8} | {line.decode(errors='replace')}\n")
                sys.stdout.flush()

    async def _watch_servers(self) -> None:
        """Start a server again that died: PostgreSQL recovers by itself, Valkey comes back empty."""
        while True:
            await asyncio.sleep(SERVER_LOOK_S)
            for server in self._servers:
                if not server.is_running():
                    print(f"{type(server).__name__} ended; starting it again", flush=True)  # noqa: T201
                    await asyncio.to_thread(server.start)

    async def _stop_all(self) -> None:
        """Stop the doors first, then what works for them, then the servers."""
        for program in self._programs:
            if program.listener is not None:
                program.listener.close()  # or callers would wait in the queue of a door that closes
        for program in self._programs:
            process = self._running.get(program.name)
            if process is not None:
                await self._stop(program, process)
        for server in reversed(self._servers):
            await asyncio.to_thread(server.stop)

    async def _stop(self, program: Program, process: asyncio.subprocess.Process) -> None:
        with suppress(ProcessLookupError):
            process.terminate()
        ended = asyncio.create_task(process.wait())
        hurry = asyncio.create_task(self._hurry.wait())
        await asyncio.wait(
            {ended, hurry}, timeout=program.stop_timeout_s, return_when=asyncio.FIRST_COMPLETED
        )
        hurry.cancel()
        if not ended.done():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        await ended


def _words(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1


def _end_with_parent() -> None:
    """Have Linux end this child when the supervisor dies in any way, so that no process is left behind."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

"""Start the product's processes one by one, and kill, freeze and thaw them by id.

Servers and environment come from the session's ``stack`` fixture; this module adds the processes::

    with Processes(stack.environ, folder) as product:
        product.start("web")
        product.start("worker-1", "worker")
        product.kill("worker-1")
        wait_until(lambda: ..., within_s=15, what="all delivered")

There is no supervisor here: what is killed stays dead until the test starts it again. Nothing waits blindly:
every wait polls a fact and has a deadline.
"""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Event
from time import monotonic
from types import TracebackType
from typing import Self, TypeVar

import psutil

from sevenm import readiness

ROOT = Path(__file__).resolve().parents[2]
READY = readiness.TEXT
DATABASE_ROLE = {"web": "web", "worker": "engine", "beat": "engine", "sandbox": "engine"}
SETTINGS = {
    "SEVENM_EGRESS_NETWORKS": "127.0.0.0/8",
    "SEVENM_EGRESS_PORTS": "1024-65535",
    "PYTHONUNBUFFERED": "1",
}
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 35.0

Found = TypeVar("Found")


def wait_until(probe: Callable[[], Found], *, within_s: float, what: str, every_s: float = 0.05) -> Found:
    """Give the first true value of ``probe``; raises TimeoutError that says what was waited for."""
    pause, end = Event(), monotonic() + within_s
    while True:
        if found := probe():
            return found
        if monotonic() >= end:
            raise TimeoutError(f"waited {within_s:g} s in vain: {what}")
        pause.wait(every_s)


def hold(seconds: float, *, during: Callable[[], object] = lambda: None, every_s: float = 0.1) -> None:
    """Let a fault last: call ``during`` again and again until the time is over."""
    pause, end = Event(), monotonic() + seconds
    while (left := end - monotonic()) > 0:
        during()
        pause.wait(min(every_s, left))


class Processes:
    """The product's processes of one test. environ: database role, further settings → environment."""

    def __init__(self, environ: Callable[..., Mapping[str, str]], folder: Path, **settings: str) -> None:
        self._environ = environ
        self._folder = folder
        self._settings = {**SETTINGS, **settings}
        self._commands: dict[str, tuple[str, tuple[str, ...], dict[str, str]]] = {}
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if error is not None:
            for name in self._commands:
                sys.stderr.write(f"--- the end of {name}'s log\n{self.log(name)[-3000:]}\n")

    def start(self, name: str, role: str = "", *extra: str, wait: bool = True, **settings: str) -> int:
        """Start a process and give its id. role: web, worker, beat or sandbox; default: the name."""
        role = role or name
        arguments = (*(("--name", name) if role == "worker" else ()), *extra)
        self._commands[name] = (role, arguments, settings)
        return self.restart(name, wait=wait)

    def restart(self, name: str, *, wait: bool = True) -> int:
        """Start a process again as it was started first, and give its new id."""
        if name in self._running:
            raise AssertionError(f"{name} still runs")
        role, arguments, settings = self._commands[name]
        environ = self._environ(DATABASE_ROLE[role], **self._settings, **settings)
        file = self._log_file(name)
        offset = file.stat().st_size if file.exists() else 0
        with file.open("ab") as log:
            process = subprocess.Popen(  # noqa: S603  the product's own command
                [sys.executable, "-m", "sevenm", role, *arguments],
                cwd=ROOT, env=dict(environ), stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip
        self._running[name] = process
        if wait:
            self.wait_ready(name, offset)
        return process.pid

    def command(self, *arguments: str) -> str:
        """Run a command of the product as the owner of the database, and give what it prints."""
        done = subprocess.run(  # noqa: S603  the product's own command
            [sys.executable, "-m", "sevenm", *arguments],
            cwd=ROOT, env=dict(self._environ("owner", **self._settings)), check=True, capture_output=True,
            text=True, timeout=START_TIMEOUT_S,
        )  # fmt: skip
        return done.stdout

    def wait_ready(self, name: str, offset: int = 0) -> None:
        """Wait until the process says that it can work; fails at once when it ends instead."""
        process = self._running[name]

        def is_ready() -> bool:
            said = self._log_file(name).read_bytes()[offset:]
            if process.poll() is not None:
                raise AssertionError(
                    f"{name} ended with {process.returncode}: {said[-2000:].decode(errors='replace')}"
                )
            return READY in said

        wait_until(is_ready, within_s=START_TIMEOUT_S, what=f"{name} to be ready")

    def kill(self, name: str) -> None:
        """Kill -9 a process with its children; it stays dead."""
        process = self._running.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def freeze(self, name: str) -> None:
        """Stop a process where it stands: its sockets stay open, its clocks go on."""
        os.killpg(self._running[name].pid, signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        os.killpg(self._running[name].pid, signal.SIGCONT)

    def stop(self, name: str) -> int:
        """Ask a process to end, as a rolling restart does, and give its exit code; killed after 35 s."""
        process = self._running.pop(name)
        process.terminate()
        try:
            return process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise

    def is_running(self, name: str) -> bool:
        return name in self._running and self._running[name].poll() is None

    def pid(self, name: str) -> int:
        return self._running[name].pid

    def rss_mib(self, name: str) -> float:
        return float(psutil.Process(self.pid(name)).memory_info().rss / (1 << 20))

    def log(self, name: str) -> str:
        return self._log_file(name).read_text(errors="replace")

    def close(self) -> None:
        """Kill what still runs."""
        for name in list(self._running):
            with contextlib.suppress(ProcessLookupError):
                self.thaw(name)
            self.kill(name)

    def _log_file(self, name: str) -> Path:
        return self._folder / f"{name}.log"


def kill_pid(pid: int, *, within_s: float = 10) -> None:
    """Kill -9 a server by its id and wait until it is gone; its children end by themselves."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not _is_alive(pid), within_s=within_s, what=f"process {pid} to be gone")


def _is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False

"""Start the harness's own processes and end them again."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import msgspec

from bench.load import Result, Spec
from bench.sink import SinkClient

ROOT = Path(__file__).resolve().parent.parent


class LoadProcess:
    """A load generator at work in its own process."""

    def __init__(self, spec: Spec) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.load"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.pid = self._process.pid
        assert self._process.stdin is not None
        self._process.stdin.write(msgspec.json.encode(spec))
        self._process.stdin.close()
        self._process.stdin = None

    def result(self, timeout_s: float = 600) -> Result:
        """Wait for the end and give the counts."""
        try:
            text, _ = self._process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
            raise
        if self._process.returncode:
            raise RuntimeError(f"the load generator ended with {self._process.returncode}")
        return msgspec.json.decode(text, type=Result)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        """End it, where nobody waited for its result."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()


def run_load(spec: Spec, *, timeout_s: float = 600) -> Result:
    """Run a spec in its own process to its end."""
    return LoadProcess(spec).result(timeout_s)


@contextmanager
def module(name: str, *arguments: str) -> Iterator[tuple[dict[str, Any], int]]:
    """Run a harness server until the block ends: gives its first line of output and its process id."""
    process = subprocess.Popen(
        [sys.executable, "-m", name, *arguments], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"{name} did not start: exit code {process.wait()}")
        yield msgspec.json.decode(line), process.pid
    finally:
        process.stdin.close()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


@contextmanager
def sink(*arguments: str) -> Iterator[tuple[SinkClient, int]]:
    """Run a downstream in its own process: gives its client and its process id."""
    with module("bench.sink", *arguments) as (ports, pid):
        yield SinkClient(ports["port"], ports["control_port"]), pid


@contextmanager
def relay(target: str) -> Iterator[tuple[str, int]]:
    """Run the bare relay towards a URL: gives the URL to send to and its process id."""
    with module("bench.relay", "--target", target) as (ports, pid):
        yield f"http://127.0.0.1:{ports['port']}/in/relay", pid

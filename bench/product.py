"""What the harness knows of the product's outside: commands, addresses, headers, tables. Nothing imported.

When the product's surface changes, this file and ``bench/order.py`` are the two to change.
"""

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg

from bench.measure import processes

ROOT = Path(__file__).resolve().parent.parent
SEVENM = (sys.executable, "-m", "sevenm")
UP = ("up", "--no-demo")
API = "/api/v1"
READY = "7M is ready:"
START_TIMEOUT_S = 180.0
STOP_TIMEOUT_S = 40.0
STATES = {
    1: "accepted",
    2: "running",
    3: "waiting",
    4: "in_doubt",
    5: "succeeded",
    6: "dead",
    7: "cancelled",
    8: "expired",
}
SETTINGS = {"SEVENM_EGRESS_NETWORKS": "127.0.0.0/8", "SEVENM_EGRESS_PORTS": "1024-65535"}


class ProductError(Exception):
    """The product did not do what the harness needs before it can measure."""


def wait_until(probe: Callable[[], Any], *, timeout_s: float, what: str, every_s: float = 0.1) -> Any:
    """Give the first true value of ``probe``; raises TimeoutError that says what was waited for."""
    pause = threading.Event()
    end = time.monotonic() + timeout_s
    while True:
        if found := probe():
            return found
        if time.monotonic() >= end:
            raise TimeoutError(f"waited {timeout_s:g} s in vain: {what}")
        pause.wait(every_s)


def environ(home: Path, **more: str) -> dict[str, str]:
    """Give this process's environment without any setting of the product but its home, and ``more``."""
    ours = ("SEVENM_", "DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, "SEVENM_HOME": str(home), **SETTINGS, **more}


@dataclass
class Product:
    """A running copy of the product, with one tenant that the harness made in it."""

    home: Path
    pid: int
    port: int = 0
    instance: dict[str, Any] = field(default_factory=dict)
    api_key: str = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def runtime(self) -> Path:
        return Path(f"/var/tmp/sevenm-{os.getuid()}-{self.instance['id']}")  # noqa: S108  where the product puts it

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.api_key}", "Content-Type": "application/json"}

    def processes(self) -> list[psutil.Process]:
        found = {process.pid: process for process in processes([self.pid], mentions=self.runtime)}
        return list(found.values())

    def command(self, *arguments: str) -> str:
        """Run a command of the product in this home and give what it printed."""
        done = subprocess.run(
            [*SEVENM, *arguments],
            cwd=ROOT,
            env=environ(self.home),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise ProductError(f"sevenm {' '.join(arguments)}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """Call the API with the tenant's key and give the decoded answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, API + path, text, self.headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if answer.status >= 300:
            raise ProductError(f"{method} {path}: {answer.status} {content[:300].decode(errors='replace')}")
        return json.loads(content) if content else None

    def set_up(self) -> None:
        """Make a tenant with an API key that may do everything the harness does."""
        made = json.loads(self.command("tenant", "create", "Bench", "--json"))
        self.api_key = made["api_key"]

    def publish(self, flow: str) -> str:
        """Import a flow's YAML, publish it, and give the URL of its hook."""
        with tempfile.NamedTemporaryFile("w", suffix=".yaml", delete=False) as file:
            file.write(flow)
        try:
            done = json.loads(self.command("flow", "import", file.name, "--publish", "--json"))
        finally:
            Path(file.name).unlink()
        return self.url + str(done["hook"])

    def replay_dead(self, flow: str) -> None:
        """Ask for the replay of every dead letter of a flow, by its name."""
        self.api("POST", "/replays", {"filter": {"flow": flow}})

    def states(self) -> dict[str, int]:
        """Count the runs in each state, from the database: cheap, and it cannot be told otherwise."""
        sockets, port = self.runtime / "postgres", self.instance["postgres_port"]
        with psycopg.connect(
            host=str(sockets),
            port=port,
            dbname="sevenm",
            user="sevenm_owner",
            password=self.instance["passwords"]["owner"],
        ) as connection:
            found = connection.execute("SELECT state, count(*) FROM engine_run GROUP BY state").fetchall()
        return {STATES.get(state, str(state)): count for state, count in found}


@contextlib.contextmanager
def running(home: Path | None = None) -> Iterator[Product]:
    """Start the product in ``home`` (default: a temporary one) until it is ready; stop it after."""
    with contextlib.ExitStack() as stack:
        is_temporary = home is None
        if home is None:
            home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sevenm-bench-")))
        port = free_port()
        log = stack.enter_context((home / "up.log").open("wb"))
        process = subprocess.Popen(
            [*SEVENM, *UP, "--port", str(port)],
            cwd=ROOT,
            env=environ(home),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        product = Product(home, process.pid, port)
        try:
            wait_until(
                lambda: _is_ready(product, process), timeout_s=START_TIMEOUT_S, what="the product to be ready"
            )
            yield product
        except BaseException:
            for said in [home / "up.log", *sorted((home / "logs").glob("*.log"))]:
                sys.stderr.write(f"--- {said.name}\n{said.read_text(errors='replace')[-3000:]}\n")
            raise
        finally:
            _stop(product, process)
            if is_temporary and product.instance:
                shutil.rmtree(product.runtime, ignore_errors=True)


def free_port() -> int:
    """Give a port that nobody listens on: copies that start at the same moment must not want the same."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _is_ready(product: Product, process: subprocess.Popen[bytes]) -> bool:
    if process.poll() is not None:
        raise ProductError(f"sevenm up ended with {process.returncode}")
    file = product.home / "instance.json"
    if file.exists():
        product.instance = json.loads(file.read_text())
    return READY in (product.home / "up.log").read_text(errors="replace")


def _stop(product: Product, process: subprocess.Popen[bytes]) -> None:
    """Interrupt the supervisor as Ctrl-C does; what does not end in time is killed, by id."""
    left = product.processes() if product.instance else []
    process.send_signal(signal.SIGINT)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(STOP_TIMEOUT_S)
    if process.poll() is None:
        process.kill()
        process.wait()
    for one in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            one.kill()
    psutil.wait_procs(left, timeout=10)

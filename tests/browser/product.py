"""The whole product with its demo, as ``sevenm up`` starts it, but on the session's servers.

It has a database of its own: workers of other tests must not find its runs, nor its worker theirs.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from sevenm import preparation
from sevenm.ports import free_port
from tests.chaos.stack import ROOT, Processes, wait_until
from tests.stack import Stack

MANIFEST = ROOT / "staticfiles" / "build" / "manifest.json"


@dataclass(frozen=True)
class Answer:
    """What a program got that called the product."""

    status: int
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Product:
    """The running product. email, password: of the demo's owner."""

    port: int
    sandbox_port: int
    email: str
    password: str
    processes: Processes

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def call(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Call the product from outside, as a program does."""
        return _call(self.port, method, path, body, headers)

    def twin(self, connector: str, behaviour: str) -> None:
        """Have a vendor's stand-in behave: answers, down or refuses."""
        path = f"/_control/{connector}/faults"
        assert _call(self.sandbox_port, "DELETE", path).status == 200
        fault = {"down": {"mode": "down", "status": 503}, "refuses": {"mode": "error", "status": 422}}
        if behaviour != "answers":
            planted = _call(self.sandbox_port, "POST", path, json.dumps(fault[behaviour]).encode())
            assert planted.status == 201


@contextmanager
def running(stack: Stack, folder: Path) -> Iterator[Product]:
    """Start every process of the product with the demo in an empty database."""
    if not MANIFEST.exists():
        raise FileNotFoundError(f"{MANIFEST.relative_to(ROOT)} is missing: make front")
    port = free_port(20_000)
    sandbox_port = free_port(port + 1)
    with stack.fresh_database() as name:
        settings = {
            "DATABASE_URL": stack.database("owner", name).conninfo,
            "REDIS_URL": f"{stack.config.redis_url}?db=7",
            "SEVENM_PORT": str(port),
            "SEVENM_SANDBOX": "1",
            "SEVENM_SANDBOX_PORT": str(sandbox_port),
        }
        with Processes(stack.environ, folder, **settings) as processes:
            preparation.seed_demo(stack.environ("owner", **settings))
            for process in ("sandbox", "web", "worker", "beat"):
                processes.start(process, wait=False)
            for process in ("sandbox", "web", "worker", "beat"):
                processes.wait_ready(process)
            sign_in = preparation.demo_sign_in(stack.config)
            assert sign_in is not None
            product = Product(port, sandbox_port, *sign_in, processes)
            wait_until(lambda: product.call("GET", "/status").status == 200, within_s=20, what="the pages")
            yield product


def _call(
    port: int, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> Answer:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body, dict(headers or {}))
        response = connection.getresponse()
        return Answer(response.status, response.read())
    finally:
        connection.close()

"""A copy of 7M of its own, with the demo and some history, for pictures: gone when they are taken."""

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event
from time import monotonic

import psycopg
from playwright.sync_api import Page

from integrations.delivery.states import State
from sevenm import preparation
from sevenm.config import PROJECT, Config, Role, load

SEVENM = (sys.executable, "-m", "sevenm")
READY = "7M is ready:"
REFUSING = "shipstation"
OPEN = (State.ACCEPTED, State.RUNNING)


@dataclass(frozen=True)
class Copy:
    """A running copy. email, password: of the demo's owner."""

    config: Config
    environ: dict[str, str]
    email: str
    password: str

    @property
    def url(self) -> str:
        return self.config.public_url

    def rows(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        with psycopg.connect(self.config.databases[Role.OWNER].conninfo) as connection:
            return connection.execute(statement.encode(), values).fetchall()

    def settled(self) -> bool:
        return not self.rows("SELECT 1 FROM engine_run WHERE state = ANY(%s) LIMIT 1", list(OPEN))


@contextmanager
def running() -> Iterator[Copy]:
    """Start everything in a temporary home, and erase it at the end."""
    with tempfile.TemporaryDirectory(prefix="sevenm-pictures-") as folder:
        ours = ("SEVENM_", "DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")
        environ = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        environ |= {"SEVENM_HOME": f"{folder}/home", "PYTHONUNBUFFERED": "1"}
        process = subprocess.Popen(  # noqa: S603  the product itself
            [*SEVENM, "up"],
            cwd=PROJECT,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            _wait_ready(process)
            config = load(environ)
            sign_in = preparation.demo_sign_in(config)
            if sign_in is None:
                raise RuntimeError("the demo has no sign-in")
            yield Copy(config, environ, *sign_in)
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)
            subprocess.run([*SEVENM, "erase", "--yes"], cwd=PROJECT, env=environ, check=True)  # noqa: S603


def _wait_ready(process: subprocess.Popen[str]) -> None:
    said = []
    for line in process.stdout or ():
        said.append(line)
        if READY in line:
            return
    raise RuntimeError("7M did not start:\n" + "".join(said))


def make_history(copy: Copy, page: Page) -> None:
    """Send orders and a stock file through the demo's buttons; some fail, one is replayed."""
    _press(page, "/demo/orders/", how="stream")
    _press(page, "/demo/stock/", details="240")
    _until(copy.settled, "the first orders", least_s=32)
    _press(page, f"/demo/twins/{REFUSING}/", behaviour="refuses")
    _press(page, "/demo/orders/", how="twenty")
    _until(lambda: len(_dead(copy)) >= 20, "dead letters")
    _press(page, f"/demo/twins/{REFUSING}/", behaviour="answers")
    chosen = [word for run_id in _dead(copy)[:7] for word in ("--id", str(run_id))]
    subprocess.run([*SEVENM, "replay", *chosen], cwd=PROJECT, env=copy.environ, check=True)  # noqa: S603
    _press(page, f"/demo/twins/{REFUSING}/", behaviour="down")
    _press(page, "/demo/orders/", how="twenty")
    _until(copy.settled, "the retries", least_s=5)
    _press(page, f"/demo/twins/{REFUSING}/", behaviour="answers")
    _press(page, "/demo/orders/", how="twenty")
    _until(lambda: copy.settled() and not _runs(copy, State.WAITING), "the last orders", least_s=2)
    measured = "SELECT 1 FROM telemetry_board WHERE connector = %s LIMIT 1"
    _until(lambda: bool(copy.rows(measured, REFUSING)), "the public latencies")


def addresses(copy: Copy) -> dict[str, str]:
    """Give the pages worth a picture, by name; those of one thing where there is such a thing."""
    pages = {
        "status": "/status",
        "sign-in": "/accounts/login/",
        "home": "/",
        "flows": "/flows/",
        "runs": "/runs/",
        "dead-letters": "/dead-letters/",
        "dead-letter-messages": "/dead-letters/messages/",
        "replays": "/replays/",
        "batches": "/batches/",
        "alerts": "/alerts/",
        "alert-routes": "/alerts/routes/",
        "translate": "/translate/",
        "connections": "/connections/",
        "templates": "/templates/",
        "template": "/templates/cross-border-order/",
        "flow-new": "/flows/new/",
        "approvals": "/approvals/",
        "catalogue": "/connections/catalogue/",
        "connector": "/connections/catalogue/shopify/",
        "connection-new": "/connections/catalogue/shopify/new/",
        "usage": "/usage/",
        "members": "/members/",
        "api-keys": "/api-keys/",
        "audit": "/audit/",
    }
    calls = "(SELECT count(*) FROM engine_attempt a WHERE a.run_id = r.id)"
    run = f"SELECT id FROM engine_run r WHERE state = %s ORDER BY {calls} DESC, id LIMIT 1"  # noqa: S608
    things = {
        "flow": ("/flows/{}/", "SELECT id FROM flows_flow ORDER BY slug LIMIT 1", ()),
        "builder": ("/flows/{}/build/", "SELECT id FROM flows_flow ORDER BY slug LIMIT 1", ()),
        "mapper": ("/flows/{}/map/vat/", "SELECT id FROM flows_flow ORDER BY slug LIMIT 1", ()),
        "flow-compare": ("/flows/{}/compare/", "SELECT id FROM flows_flow ORDER BY slug LIMIT 1", ()),
        "flow-versions": ("/flows/{}/versions/", "SELECT id FROM flows_flow ORDER BY slug LIMIT 1", ()),
        "flow-hooks": ("/flows/{}/hooks/", "SELECT id FROM flows_flow ORDER BY slug LIMIT 1", ()),
        "run": ("/runs/{}/", run, (State.SUCCEEDED,)),
        "run-dead": ("/runs/{}/", run, (State.DEAD,)),
        "batch": ("/batches/{}/", "SELECT id FROM engine_batch LIMIT 1", ()),
        "replay": ("/replays/{}/", "SELECT id FROM engine_replay LIMIT 1", ()),
        "connection": ("/connections/{}/", "SELECT id FROM connectors_connection ORDER BY name LIMIT 1", ()),
    }
    for name, (path, statement, values) in things.items():
        found = copy.rows(statement, *values)
        if found:
            pages[name] = path.format(found[0][0])
    return pages


def _press(page: Page, path: str, **fields: str) -> None:
    """Send a form of the pages as the browser that is signed in would."""
    response = page.request.post(path, form={**fields, "csrfmiddlewaretoken": _token(page)})
    if not response.ok:
        raise RuntimeError(f"{path} answers {response.status}: {response.text()[:300]}")


def _token(page: Page) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.content())
    if found is None:
        raise RuntimeError(f"{page.url} has no form")
    return found[1]


def _dead(copy: Copy) -> list[object]:
    return _runs(copy, State.DEAD)


def _runs(copy: Copy, state: State) -> list[object]:
    return [row[0] for row in copy.rows("SELECT id FROM engine_run WHERE state = %s ORDER BY id", state)]


def _until(probe: Callable[[], bool], what: str, *, least_s: float = 0.0, most_s: float = 150.0) -> None:
    pause, begun = Event(), monotonic()
    while monotonic() - begun < least_s or not probe():
        if monotonic() - begun > most_s:
            raise TimeoutError(f"waited {most_s:g} s in vain: {what}")
        pause.wait(0.25)

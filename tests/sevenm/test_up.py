"""The supervisor as a person starts it: one command, everything runs, one Ctrl-C, everything is gone."""

import http.client
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from sevenm.config import PROJECT
from tests.stack import product_environ

UP = [sys.executable, "-m", "sevenm", "up", "--no-demo"]


class Copy:
    """A copy of 7M in a home of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        # It must become ready whatever is logged.
        self.environ = {**product_environ(home), "PYTHONUNBUFFERED": "1", "SEVENM_LOG_LEVEL": "ERROR"}
        self.process = subprocess.Popen(  # noqa: S603  the product itself
            UP, cwd=PROJECT, env=self.environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def until(self, text: str) -> str:
        said = ""
        for line in self.process.stdout or ():
            said += line
            if text in line:
                return said
        raise AssertionError(f"it ended before it said {text!r}:\n{said}")

    def sevenm(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "sevenm", *words]
        return subprocess.run(  # noqa: S603  the product itself
            command, cwd=PROJECT, env=self.environ, capture_output=True, text=True, timeout=60, check=False
        )

    def family(self) -> list[psutil.Process]:
        runtime = self.runtime()
        children = psutil.Process(self.process.pid).children(recursive=True)
        servers = [
            one for one in psutil.process_iter(["cmdline"]) if runtime in " ".join(one.info["cmdline"] or [])
        ]
        return [*children, *servers]

    def runtime(self) -> str:
        return f"-{json.loads((self.home / 'instance.json').read_text())['id']}"


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Iterator[Copy]:
    one = Copy(tmp_path_factory.mktemp("home"))
    try:
        one.until("is ready")
        yield one
    finally:
        if one.process.poll() is None:
            one.process.send_signal(signal.SIGINT)
        one.process.communicate(timeout=60)
        one.sevenm("erase", "--yes")


def status(copy: Copy, path: str) -> int:
    port = json.loads((copy.home / "instance.json").read_text())["web_port"]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("path", "expected"), [("/health/ready", 200), ("/accounts/login/", 200), ("/in/none", 404)]
)
def test_one_command_starts_everything(copy, path, expected) -> None:
    assert status(copy, path) == expected


def test_the_doctor_finds_nothing_to_put_right(copy) -> None:
    done = copy.sevenm("doctor", "--quiet")
    assert "FAIL" not in done.stdout
    assert done.returncode == 0, done.stdout


def test_a_second_copy_in_the_same_home_is_refused(copy) -> None:
    done = copy.sevenm("up", "--no-demo")
    assert (done.returncode, done.stderr) == (
        1,
        f"7M already runs in {copy.home} (process {copy.process.pid})\n",
    )


def test_a_new_tenant_gets_a_key_once(copy) -> None:
    made = json.loads(copy.sevenm("tenant", "create", "Acme", "--json").stdout)
    assert made["api_key"].startswith("7m_live_")


def test_an_unknown_command_shows_what_there_is(copy) -> None:
    done = copy.sevenm("fly")
    assert done.returncode == 2
    assert "doctor" in done.stderr


def test_ctrl_c_ends_everything(copy) -> None:
    family = copy.family()
    copy.process.send_signal(signal.SIGINT)
    copy.process.communicate(timeout=60)
    _, alive = psutil.wait_procs(family, timeout=5)
    assert copy.process.returncode == 0
    assert alive == []

"""The guides, run as they are written: what a reader types must do what the page says."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from sevenm.config import PROJECT
from sevenm.ports import free_port
from tests.data.bad_inputs import Target, hook_inputs, send
from tests.stack import product_environ

GUIDE = PROJECT / "docs" / "guides" / "drive-from-the-command-line.md"
BLOCK = re.compile(r"^```sh( terminal)?\n(.*?)^```$", re.DOTALL | re.MULTILINE)


PORT = free_port(19377)


def blocks(*, of_terminal: bool) -> str:
    """Give the commands of the guide; the port it names may be taken on this machine."""
    text = GUIDE.read_text().replace("9377", str(PORT))
    return "\n".join(block for terminal, block in BLOCK.findall(text) if bool(terminal) == of_terminal)


@pytest.fixture(scope="module")
def environ(tmp_path_factory) -> dict[str, str]:
    """Have `sevenm` on the path and nothing else of ours."""
    programs = tmp_path_factory.mktemp("bin")
    command = programs / "sevenm"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m sevenm "$@"\n')
    command.chmod(0o755)
    home = product_environ(tmp_path_factory.mktemp("home"))
    return {**home, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(PROJECT)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory, environ) -> Iterator[Path]:
    """Run what the guide says for the first terminal, until it says that it is ready."""
    folder = tmp_path_factory.mktemp("guide")
    script = blocks(of_terminal=True).replace("sevenm up", "exec sevenm up")
    with subprocess.Popen(  # noqa: S603  the guide itself
        ["bash", "-c", script],  # noqa: S607  the one on the path
        cwd=folder,
        env={**environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        said = ""
        for line in process.stdout or ():
            said += line
            if "is ready" in line:
                break
        else:
            raise AssertionError(said)
        yield folder
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    subprocess.run(["sevenm", "erase", "--yes"], env=environ, check=True, capture_output=True)  # noqa: S607


def test_the_command_line_guide_does_what_it_says(folder, environ) -> None:
    status, said = run_in_session("set -euo pipefail\n" + blocks(of_terminal=False), folder, environ)
    assert status == 0, said
    assert '{"booked":1001}' in said.replace(" ", "")
    assert (folder / "refused.json").read_text()
    progress = json.loads((folder / "progress.json").read_text())
    assert (progress["total"], progress["succeeded"], progress["failed"]) == (1, 1, 0)
    assert len((folder / "received.log").read_text().splitlines()) == 3


def run_in_session(script: str, folder: Path, environ: dict[str, str]) -> tuple[int, str]:
    """Run a script and give its exit code and what it said; what it started ends with it."""
    with subprocess.Popen(  # noqa: S603  the guide itself
        ["bash", "-c", script],  # noqa: S607  the one on the path
        cwd=folder,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            said, _ = process.communicate(timeout=120)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        return process.returncode, said


def test_the_api_refuses_bad_requests_by_the_byte(folder, environ) -> None:
    """B-01 to B-10, B-18, B-21 and B-22 of the security design, as a client over a socket sends them."""
    made = subprocess.run(
        ["sevenm", "tenant", "create", "Bad", "--json"],  # noqa: S607  the one on the path
        env=environ,
        capture_output=True,
        check=True,
    )
    tenant = json.loads(made.stdout)
    url = urlsplit(tenant["url"])
    headers = {"Authorization": f"Bearer {tenant['api_key']}", "Content-Type": "application/json"}
    target = Target(str(url.hostname), int(url.port or 80), "/api/v1/flows", headers, b'{"name":"X"}')
    wrong = []
    for case in hook_inputs(target):
        if case.name == "two idempotency keys":  # the API knows none
            continue
        answer = send(target, case.parts())
        expected = case.expect | ({201} if 202 in case.expect else set()) | ({0} if case.closes else set())
        if answer.status not in expected:
            wrong.append(f"{case}: {answer.status}, not {sorted(case.expect)}")
    assert wrong == []

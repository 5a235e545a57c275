"""The guides, run as they are written: what a reader types must do what the page says."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sevenm.config import PROJECT
from tests.stack import product_environ

GUIDE = PROJECT / "docs" / "guides" / "drive-from-the-command-line.md"
BLOCK = re.compile(r"^```sh( terminal)?\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def blocks(*, of_terminal: bool) -> str:
    return "\n".join(
        text for terminal, text in BLOCK.findall(GUIDE.read_text()) if bool(terminal) == of_terminal
    )


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
    script = "set -euo pipefail\n" + blocks(of_terminal=False)
    done = subprocess.run(  # noqa: S603  the guide itself
        ["bash", "-c", script],  # noqa: S607  the one on the path
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert '{"booked":1001}' in done.stdout.replace(" ", "")
    assert (folder / "refused.json").read_text()
    progress = json.loads((folder / "progress.json").read_text())
    assert (progress["total"], progress["succeeded"], progress["failed"]) == (1, 1, 0)
    assert len((folder / "received.log").read_text().splitlines()) == 3

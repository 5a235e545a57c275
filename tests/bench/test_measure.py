"""CPU and memory are counted by role, and nothing is lost when a process ends."""

import subprocess
import sys

import psutil
import pytest

from bench.measure import Usage, measured, per_thousand, processes, role_of
from bench.product import wait_until

BURN = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass"


@pytest.mark.parametrize(
    ("command", "role"),
    [
        ("/venv/bin/python -m sevenm web", "web"),
        ("/venv/bin/python -m sevenm worker --name worker-1", "worker"),
        ("/venv/bin/python -m sevenm beat", "beat"),
        ("/venv/bin/python -m sevenm up --no-demo", "supervisor"),
        ("postgres: sevenm_engine sevenm [local] idle", "postgres"),
        ("/opt/pg/bin/postgres -D /var/tmp/x", "postgres"),
        ("/x/valkey-server unixsocket:/var/tmp/x", "valkey"),
        ("/bin/sh", "other"),
    ],
)
def test_roles_are_told_by_command_line(command, role):
    assert role_of(command) == role


def _of_children(process):
    times = process.cpu_times()
    return times.children_user + times.children_system


def test_the_time_of_a_child_that_ended_is_its_parents():
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BURN!r}]); input()"
    parent = subprocess.Popen([sys.executable, "-c", child], stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603
    try:
        with measured(lambda: processes([parent.pid]), every_s=0.05) as usage:
            top = psutil.Process(parent.pid)
            wait_until(lambda: _of_children(top) >= 0.25, timeout_s=20, what="the child to end")
    finally:
        parent.communicate(b"\n")
    assert usage["other"].cpu_s >= 0.25
    assert usage["other"].rss_mib > 1
    assert usage["other"].pss_mib > 0


def test_processes_are_found_by_a_path_in_their_command_line(tmp_path):
    code = "input()"
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE)  # noqa: S603
    try:
        assert process.pid in {one.pid for one in processes([], mentions=tmp_path)}
    finally:
        process.communicate(b"\n")
    assert processes([process.pid], mentions=tmp_path) == []


def test_cost_is_given_per_thousand_with_the_sum():
    usage = {"web": Usage(cpu_s=1.0), "postgres": Usage(cpu_s=0.5)}
    assert per_thousand(usage, 2000) == {"postgres": 0.25, "web": 0.5, "total": 0.75}

import asyncio
import os
import signal
import sys

import pytest

from sevenm.logfile import LogFile
from sevenm.supervisor import Program, Supervisor

STEADY = "import os, signal; os.write(1, b'up\\n'); signal.pause()"
SLOW_TO_END = (
    "import os, signal\n"
    "signal.signal(signal.SIGTERM, lambda *_: (os.write(1, b'bye\\n'), os._exit(0)))\n"
    "os.write(1, b'up\\n')\n"
    "while True: signal.pause()\n"
)


def program(name: str, code: str, **more) -> Program:
    return Program(name, [sys.executable, "-c", code], dict(os.environ), ready_text=b"up\n", **more)


def stop_me() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


async def run(tmp_path, *programs: Program, announce=stop_me) -> None:
    async with asyncio.timeout(30):
        await Supervisor(programs, [], logs=tmp_path, verbose=False).run(announce)


async def test_it_announces_when_all_are_ready_and_stops_all(tmp_path) -> None:
    await run(tmp_path, program("one", STEADY), program("two", STEADY))
    assert (tmp_path / "one.log").read_bytes() == b"up\n"
    assert (tmp_path / "two.log").read_bytes() == b"up\n"


async def test_a_process_may_finish_before_it_ends(tmp_path) -> None:
    await run(tmp_path, program("slow", SLOW_TO_END))
    assert (tmp_path / "slow.log").read_bytes() == b"up\nbye\n"


async def test_a_process_that_ends_is_started_again(tmp_path, capsys) -> None:
    mark = tmp_path / "mark"
    begin = (
        f"import pathlib, sys\np = pathlib.Path({str(mark)!r})\nif not p.exists(): p.touch(); sys.exit(3)\n"
    )
    await run(tmp_path, program("flaky", begin + STEADY))
    assert "flaky ended (exit code 3); starting it again in 0.5 s" in capsys.readouterr().out


async def test_a_process_that_does_not_end_is_killed(tmp_path) -> None:
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    await run(tmp_path, program("deaf", deaf + STEADY, stop_timeout_s=0.2))


@pytest.mark.parametrize("chunks", [[b"x" * 40] * 20])
def test_a_log_never_grows_beyond_its_files(tmp_path, chunks) -> None:
    log = LogFile(tmp_path / "log", max_bytes=100)
    for chunk in chunks:
        log.write(chunk)
    log.close()
    sizes = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert sorted(sizes) == ["log", "log.1", "log.2"]
    assert max(sizes.values()) <= 100

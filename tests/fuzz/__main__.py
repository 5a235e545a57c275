"""``make fuzz``: run the coverage-guided fuzzer over decoders, each for so many seconds.

What it finds is kept in ``tests/fuzz/found/<format>/`` and is a test from then on.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import atheris

HERE = Path(__file__).parent
MOST_BYTES = 4096


def fuzz(key: str, corpus: Path, seconds: int) -> None:
    """Fuzz one decoder in this process; it ends with it."""
    with atheris.instrument_imports(include=["integrations.formats"]):
        from tests.fuzz import decoders  # noqa: PLC0415  what is imported here is watched
    for number, seed in enumerate(decoders.seeds(key)):
        (corpus / f"seed-{number}").write_bytes(seed)
    found = HERE / "found" / key
    found.mkdir(parents=True, exist_ok=True)
    options = [
        "fuzz", str(corpus), f"-max_total_time={seconds}", f"-max_len={MOST_BYTES}", "-timeout=10",
        "-rss_limit_mb=1500", f"-artifact_prefix={found}/", "-print_final_stats=1", "-verbosity=0",
    ]  # fmt: skip
    atheris.Setup(options, decoders.attempt(key))
    atheris.Fuzz()


def main() -> int:
    options = argparse.ArgumentParser(prog="make fuzz")
    options.add_argument("--seconds", type=int, default=600, help="for each decoder")
    options.add_argument("--one", help=argparse.SUPPRESS)
    options.add_argument("formats", nargs="*", help="keys; all if none is named")
    chosen = options.parse_args()
    if chosen.one:
        with tempfile.TemporaryDirectory() as corpus:
            fuzz(chosen.one, Path(corpus), chosen.seconds)
        return 0
    from integrations.formats.registry import FORMATS  # noqa: PLC0415  not before the fuzzer watches

    failed = []
    for key in chosen.formats or list(FORMATS):
        words = [sys.executable, "-m", "tests.fuzz", "--one", key, "--seconds", str(chosen.seconds)]
        done = subprocess.run(words, check=False, capture_output=True, text=True)  # noqa: S603
        runs = [line for line in done.stderr.splitlines() if "number_of_executed_units" in line]
        sys.stdout.write(f"{key:14} {'ok' if not done.returncode else 'FAILED'} {' '.join(runs)}\n")
        sys.stdout.flush()
        if done.returncode:
            failed.append(key)
            sys.stdout.write(done.stderr[-3000:] + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
